use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::session::{LevelArgs, Session, check_rules};
use super::ui::Ui;
use foundation::wording::counted;
use nova_ft::aws::backend::BackendKind;
use nova_ft::dataset::{self, Conversion, Manifest, ManifestPhoto, PrepareOptions, Prompt, Side, SplitBy};
use nova_ft::error::Result;
use nova_ft::labels::labeler::{Existing, LabelOptions};
use nova_ft::local::ACCOUNT_ID;
use nova_ft::settings::MissingSettings;

/// The stand-in's bucket where nothing names one; on AWS a bucket is its owner's choice.
const LOCAL_BUCKET: &str = "nova-ft-local";

/// Options of `prepare` and of the same step in `run`.
#[derive(Debug, Args)]
pub(super) struct PrepareArgs {
    /// Label table: CSV with the columns image,seller (or 图片名称,销售方) and optionally sheet
    #[arg(long, value_name = "CSV")]
    labels: Option<PathBuf>,
    /// Folder of the photos
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Folder to write the data set into [default: output/dataset]
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Bucket of the data set [default with the local backend: nova-ft-local]
    #[arg(long, value_name = "BUCKET")]
    s3_bucket: Option<String>,
    /// Prefix of all keys in the bucket
    #[arg(long, value_name = "PREFIX")]
    s3_prefix: Option<String>,
    /// Account that owns the bucket, 12 digits [default with the local backend: 000000000000]
    #[arg(long, value_name = "ACCOUNT")]
    account_id: Option<String>,
    /// Fraction of the groups to hold out for validation [default: 0.2]
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    validation_fraction: Option<f64>,
    /// What must not stand on both sides: sheet or seller [default: sheet if the table has that column, else seller]
    #[arg(long, value_name = "GROUP")]
    split_by: Option<SplitBy>,
    /// Seed of the split [default: 7]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Leave photos as they are, even those that Nova does not take
    #[arg(long)]
    no_convert: bool,
    /// Drop the label rows with a finding of this rule, or of all whose codes begin so (repeatable, or with commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    drop: Vec<String>,
    #[command(flatten)]
    levels: LevelArgs,
}

impl PrepareArgs {
    /// Whether a table is named on the command line.
    pub(super) fn has_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// The options to label the photos into a table, below the folder of the settings, that is then the one to prepare.
    pub(super) fn label_into(
        &mut self,
        table: &str,
        session: &Session<'_>,
        missing: &mut MissingSettings,
    ) -> Result<LabelOptions> {
        let table = session.settings.folder().join(table);
        self.labels = Some(table.clone());
        let default = LabelOptions::default();
        let input_dir = session.settings.command("run").required_path(self.input_dir.clone(), "input_dir");
        Ok(LabelOptions {
            input_dir: missing.take(input_dir)?.unwrap_or_default(),
            output_file: table,
            concurrency: session.settings.command("label").value(None, "concurrency")?.unwrap_or(default.concurrency),
            existing: Existing::Keep,
            levels: session.levels(self.levels.clone())?,
            ..default
        })
    }

    /// The options, with what the settings say where no flag does. What nothing sets is noted as missing, and empty here.
    pub(super) fn resolve(
        self,
        command: &'static str,
        session: &Session<'_>,
        missing: &mut MissingSettings,
    ) -> Result<PrepareOptions> {
        let is_local = session.backend_kind()? == BackendKind::Local;
        let own = session.settings.command(command);
        let default = PrepareOptions::default();
        let local = |value: &str| is_local.then(|| value.to_owned());
        let account_id = own.value(self.account_id, "account_id")?.or_else(|| local(ACCOUNT_ID));
        let s3_bucket = own.value(self.s3_bucket, "s3_bucket")?.or_else(|| local(LOCAL_BUCKET));
        let drop = own.list(self.drop, "drop");
        check_rules("drop", &drop)?;
        let no_convert = own.value(self.no_convert.then_some(true), "no_convert")?.unwrap_or(false);
        Ok(PrepareOptions {
            labels: missing.take(own.required_path(self.labels, "labels"))?.unwrap_or_default(),
            input_dir: missing.take(own.required_path(self.input_dir, "input_dir"))?.unwrap_or_default(),
            output_dir: match own.path(self.output_dir, "output_dir")? {
                Some(folder) => folder,
                None => session.settings.folder().join(default.output_dir),
            },
            s3_bucket: missing.take(own.required(s3_bucket, "s3_bucket"))?.unwrap_or_default(),
            s3_prefix: own.value(self.s3_prefix, "s3_prefix")?.unwrap_or_default(),
            account_id: missing.take(own.required(account_id, "account_id"))?.unwrap_or_default(),
            validation_fraction: own
                .value(self.validation_fraction, "validation_fraction")?
                .unwrap_or(default.validation_fraction),
            split_by: own.value(self.split_by, "split_by")?,
            seed: own.value(self.seed, "seed")?.unwrap_or(default.seed),
            conversion: if no_convert { Conversion::Never } else { Conversion::WhereNeeded },
            prompt: Prompt::from_settings(&session.settings)?,
            drop,
            levels: session.levels(self.levels)?,
        })
    }
}

pub(super) fn execute(args: PrepareArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let mut missing = MissingSettings::default();
    let options = args.resolve("prepare", session, &mut missing)?;
    missing.check()?;
    let prepared = dataset::prepare(&options, session.ui)?;
    session.ui.step_report(&prepared.report);
    show(&prepared, session.ui);
    let summary = Summary::new(Exit::answer(prepared.manifest.is_some()));
    let summary = super::validate::counts(summary, &prepared.report);
    Ok(match &prepared.manifest {
        Some(manifest) => summary
            .with("train", count(manifest, Side::Train))
            .with("validation", count(manifest, Side::Validation))
            .with("output_dir", prepared.folder.display().to_string()),
        None => summary,
    })
}

#[derive(Debug, Serialize)]
struct FileEvent<'a> {
    event: &'static str,
    path: String,
    sha256: String,
    size_bytes: u64,
    records: usize,
    side: &'a str,
}

fn count(manifest: &Manifest, side: Side) -> usize {
    manifest.photos_of(side).count()
}

/// The result of a preparation that findings stopped.
const NOTHING_WRITTEN: &str =
    "nothing was written: fix the labels and images above, or drop their rows with --drop CODE";

/// What was written, or that nothing was.
pub(super) fn show(prepared: &dataset::Prepared, ui: &Ui) {
    let Some(manifest) = &prepared.manifest else {
        return ui.result(NOTHING_WRITTEN);
    };
    let groups =
        |side| manifest.photos_of(side).map(|photo| &photo.group).collect::<std::collections::BTreeSet<_>>().len();
    for side in [Side::Train, Side::Validation] {
        let Some(file) = manifest.records_of(side) else { continue };
        let path = prepared.folder.join(&file.path).display().to_string();
        let records = counted(file.count, "record");
        let groups = counted(groups(side), &manifest.split_by.to_string());
        ui.result(&format!("wrote {path}: {records} of {groups}"));
        ui.event(&FileEvent {
            event: "file",
            path,
            sha256: file.sha256.to_string(),
            size_bytes: file.size_bytes,
            records: file.count,
            side: &side.to_string(),
        });
    }
    for photo in &manifest.photos {
        ui.detail(&said_of(photo));
    }
    let converted = manifest.photos.iter().filter(|photo| photo.converted.is_some()).count();
    let renamed = manifest.photos.iter().filter(|photo| photo.renamed).count();
    let path = prepared.folder.join(dataset::MANIFEST_FILE);
    let photos = counted(manifest.photos.len(), "photo");
    ui.result(&format!("wrote {}: {photos}, {converted} converted, {renamed} renamed", path.display()));
    ui.event(&PathEvent::written("manifest", &path));
}

/// What was decided about a photo.
fn said_of(photo: &ManifestPhoto) -> String {
    let converted = photo.converted.as_ref().map_or(String::new(), |copy| format!(", converted: {}", copy.reason));
    format!("{}: {} side, in the group {}, key {}{converted}", photo.image, photo.side, photo.group, photo.key)
}

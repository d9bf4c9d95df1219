//! The options that say what a job is asked to do, with what the data set knows where none is given.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::session::Session;
use nova_ft::aws::backend::BackendKind;
use nova_ft::aws::s3::S3Uri;
use nova_ft::dataset::{
    MANIFEST_FILE, Manifest, ManifestFile, ObjectKeys, PrepareOptions, Side, TRAIN_FILE, VALIDATION_FILE,
};
use nova_ft::error::{Error, Result};
use nova_ft::images::{Digest, hash_bytes};
use nova_ft::local::ACCOUNT_ID;
use nova_ft::settings::MissingSettings;
use nova_ft::training::job::{JobSpec, default_warmup_steps};

/// Below the data set's prefix: where the metrics go.
const OUTPUT_FOLDER: &str = "output/";

#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct SpecArgs {
    /// Model to tune: its id for tuning, or an ARN [default: amazon.nova-lite-v1:0:300k]
    #[arg(long, value_name = "ID")]
    base_model_id: Option<String>,
    #[command(flatten)]
    of_run: SpecOfRun,
    /// Name of the tuned model [default: as the job's]
    #[arg(long, value_name = "NAME")]
    custom_model_name: Option<String>,
    /// Training records, `s3://…/train.jsonl` [default: where the data set is uploaded to]
    #[arg(long, value_name = "URI")]
    training_data_s3_uri: Option<String>,
    /// Validation records, `s3://…/validation.jsonl`; not sent for Nova 2 Lite [default: as above]
    #[arg(long, value_name = "URI")]
    validation_data_s3_uri: Option<String>,
    /// Prefix that the metrics go below [default: output/ beside the training records]
    #[arg(long, value_name = "URI")]
    output_s3_uri: Option<String>,
    /// Region of the job
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Sent only if given: Nova's hyperparameters have none, and a few services take 1
    #[arg(long, value_name = "N")]
    batch_size: Option<u32>,
    /// Folder of the data set, for the defaults [default: output/dataset]
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
}

/// Those of them that `run` has too.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct SpecOfRun {
    /// Beginning of the job's name; 8 digits of what the job is asked to do follow [default: nova-ft-sellers]
    #[arg(long, value_name = "NAME")]
    job_name: Option<String>,
    /// Role that Bedrock takes on; needed on AWS, and `job policy` prints what it needs
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// How often training goes through the records, 1 to 5 [default: 2]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epoch_count: Option<u32>,
    /// Learning rate, 1e-6 to 1e-4 [default: 1e-5]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// Steps until the learning rate is reached, 0 to 100 [default: 10, less for a small training]
    #[arg(long, value_name = "N")]
    warmup_steps: Option<u32>,
}

impl SpecOfRun {
    /// With what the settings say of `run`, which goes before what they say of `job`.
    pub(in crate::cli) fn with_settings(self, session: &Session<'_>) -> Result<Self> {
        let own = session.settings.command("run");
        Ok(Self {
            job_name: own.value(self.job_name, "job_name")?,
            role_arn: own.value(self.role_arn, "role_arn")?,
            epoch_count: own.value(self.epoch_count, "epoch_count")?,
            learning_rate: own.value(self.learning_rate, "learning_rate")?,
            warmup_steps: own.value(self.warmup_steps, "warmup_steps")?,
        })
    }
}

/// What the options come to.
#[derive(Debug)]
pub(in crate::cli) struct Resolved {
    pub(super) spec: JobSpec,
    /// As given; the backend knows one otherwise.
    pub(super) region: Option<String>,
    /// The data set's folder and manifest, where the records are its own.
    pub(super) dataset: Option<(PathBuf, Manifest)>,
}

impl Resolved {
    /// Training records, where they were counted.
    pub(super) fn train_count(&self) -> Option<usize> {
        let (_, manifest) = self.dataset.as_ref()?;
        file_of(manifest, TRAIN_FILE).map(|file| file.count)
    }
}

fn file_of<'a>(manifest: &'a Manifest, name: &str) -> Option<&'a ManifestFile> {
    manifest.records.iter().find(|file| file.path.file_name().is_some_and(|own| own == name))
}

/// Digest of the photos as they are sent: those to train with, and those held out where their records are sent too.
fn digest_of_photos(manifest: &Manifest, holds_out: bool) -> Digest {
    let photos = manifest.photos.iter().filter(|photo| holds_out || photo.side == Side::Train);
    let lines: Vec<_> = photos.map(|photo| format!("{} {}\n", photo.key, photo.sent_sha256())).collect();
    hash_bytes(lines.concat().as_bytes())
}

/// Where a file of records of the data set is uploaded to.
fn uri_of(manifest: &Manifest, name: &str) -> String {
    S3Uri::new(&manifest.s3_bucket, ObjectKeys::below(&manifest.s3_prefix).file(name)).to_string()
}

fn read_manifest(folder: &Path) -> Result<Option<Manifest>> {
    if folder.join(MANIFEST_FILE).is_file() { Manifest::read(folder).map(Some) } else { Ok(None) }
}

impl SpecArgs {
    /// Those of a job on a data set's records, with what `run` was given and the settings of `job` for the rest; `base` is the
    /// model where the settings name none.
    pub(in crate::cli) fn of_run(
        of_run: SpecOfRun,
        region: Option<String>,
        base: &str,
        session: &Session<'_>,
    ) -> Result<Self> {
        let set: Option<String> = session.settings.command("job").value(None, "base_model_id")?;
        Ok(Self { of_run, region, base_model_id: Some(set.unwrap_or_else(|| base.to_owned())), ..Self::default() })
    }

    /// The same on the data set in a folder.
    pub(in crate::cli) fn for_dataset(mut self, folder: &Path) -> Self {
        self.input_dir = Some(folder.to_path_buf());
        self
    }

    /// The spec, with what the settings say where no flag does, and the data set where neither does. What nothing sets is
    /// noted as missing, and empty here.
    pub(in crate::cli) fn resolve(self, session: &Session<'_>, missing: &mut MissingSettings) -> Result<Resolved> {
        let folder = self.folder(session)?;
        let manifest = read_manifest(&folder)?;
        let role = |_: Option<&Manifest>| role_if_local(session);
        self.resolve_with(&folder, manifest, session, &role, missing)
    }

    /// The spec of a data set that is still to be prepared, for what can be checked before.
    pub(in crate::cli) fn resolve_planned(
        mut self,
        prepare: &PrepareOptions,
        session: &Session<'_>,
        missing: &mut MissingSettings,
    ) -> Result<JobSpec> {
        let keys = ObjectKeys::below(&prepare.s3_prefix);
        let own = session.settings.command("job");
        let uri = |name: &str| S3Uri::new(&prepare.s3_bucket, keys.file(name)).to_string();
        let training: Option<String> = own.value(None, "training_data_s3_uri")?;
        self.training_data_s3_uri = Some(training.unwrap_or_else(|| uri(TRAIN_FILE)));
        let role = |_: Option<&Manifest>| role_if_local(session);
        Ok(self.resolve_with(&prepare.output_dir, None, session, &role, missing)?.spec)
    }

    /// The spec for documents about a role that need not exist yet: of this account, else of the data set's.
    pub(super) fn resolve_for_policy(
        self,
        account: Option<&str>,
        session: &Session<'_>,
        missing: &mut MissingSettings,
    ) -> Result<Resolved> {
        let is_local = session.backend_kind()? == BackendKind::Local;
        let folder = self.folder(session)?;
        let manifest = read_manifest(&folder)?;
        let role = |manifest: Option<&Manifest>| {
            let account = account.or(manifest.map(|manifest| manifest.account_id.as_str()));
            match account.or(is_local.then_some(ACCOUNT_ID)) {
                Some(account) => Ok(role_of(account)),
                // The role is what the documents are for, so it is not asked for.
                None => session.settings.command("job").required(None, "account_id"),
            }
        };
        self.resolve_with(&folder, manifest, session, &role, missing)
    }

    fn folder(&self, session: &Session<'_>) -> Result<PathBuf> {
        match session.settings.command("job").path(self.input_dir.clone(), "input_dir")? {
            Some(folder) => Ok(folder),
            None => session.dataset_dir(None),
        }
    }

    fn resolve_with(
        self,
        folder: &Path,
        manifest: Option<Manifest>,
        session: &Session<'_>,
        role_without_one: &dyn Fn(Option<&Manifest>) -> Result<String>,
        missing: &mut MissingSettings,
    ) -> Result<Resolved> {
        let own = session.settings.command("job");
        let default = JobSpec::default();
        let of_dataset = |name: &str| {
            let manifest = manifest.as_ref()?;
            file_of(manifest, name).map(|_| uri_of(manifest, name))
        };
        let training: Option<String> = own.value(self.training_data_s3_uri, "training_data_s3_uri")?;
        let training = own.required(training.or_else(|| of_dataset(TRAIN_FILE)), "training_data_s3_uri");
        let training = missing.take(training.map_err(|error| or_prepare(error, folder)))?.unwrap_or_default();
        let manifest = manifest.filter(|manifest| uri_of(manifest, TRAIN_FILE) == training);
        let validation: Option<String> = own.value(self.validation_data_s3_uri, "validation_data_s3_uri")?;
        let own_validation =
            manifest.as_ref().and_then(|of| file_of(of, VALIDATION_FILE).map(|_| uri_of(of, VALIDATION_FILE)));
        let is_own_validation = validation.is_none() || validation == own_validation;
        let sha256 =
            |name: &str| manifest.as_ref().and_then(|manifest| file_of(manifest, name)).map(|file| file.sha256);
        let role: Option<String> = own.value(self.of_run.role_arn, "role_arn")?;
        let role_arn = role.map_or_else(|| role_without_one(manifest.as_ref()), Ok);
        let role_arn = missing.take(role_arn)?.unwrap_or_default();
        let epoch_count = own.value(self.of_run.epoch_count, "epoch_count")?.unwrap_or(default.epoch_count);
        let train_count = manifest.as_ref().and_then(|manifest| file_of(manifest, TRAIN_FILE)).map(|file| file.count);
        let output: Option<String> = own.value(self.output_s3_uri, "output_s3_uri")?;
        let warmup_steps: Option<u32> = own.value(self.of_run.warmup_steps, "warmup_steps")?;
        let mut spec = JobSpec {
            base_model_id: own.value(self.base_model_id, "base_model_id")?.unwrap_or(default.base_model_id),
            job_name: own.value(self.of_run.job_name, "job_name")?.unwrap_or(default.job_name),
            custom_model_name: own.value(self.custom_model_name, "custom_model_name")?,
            training_sha256: sha256(TRAIN_FILE),
            validation_sha256: sha256(VALIDATION_FILE).filter(|_| is_own_validation),
            photos_sha256: None,
            validation_data_s3_uri: validation.or(own_validation),
            output_s3_uri: output.unwrap_or_else(|| output_beside(&training)),
            training_data_s3_uri: training,
            role_arn,
            epoch_count,
            learning_rate: own.value(self.of_run.learning_rate, "learning_rate")?.unwrap_or(default.learning_rate),
            warmup_steps: warmup_steps.unwrap_or_default(),
            batch_size: own.value(self.batch_size, "batch_size")?,
        };
        if warmup_steps.is_none() {
            spec.warmup_steps = default_warmup_steps(spec.model().unwrap_or_default(), train_count, epoch_count);
        }
        let holds_out = is_own_validation && spec.sent_validation().is_some();
        spec.photos_sha256 = manifest.as_ref().map(|manifest| digest_of_photos(manifest, holds_out));
        let region = own.value(self.region, "region")?;
        Ok(Resolved { spec, region, dataset: manifest.map(|manifest| (folder.to_path_buf(), manifest)) })
    }
}

/// The role where none is named: the local emulator has every role.
fn role_if_local(session: &Session<'_>) -> Result<String> {
    let is_local = session.backend_kind()? == BackendKind::Local;
    session.settings.command("job").required(is_local.then(|| role_of(ACCOUNT_ID)), "role_arn")
}

/// A role of an account.
fn role_of(account_id: &str) -> String {
    format!("arn:aws:iam::{account_id}:role/nova-ft")
}

/// The folder beside the training records.
fn output_beside(training: &str) -> String {
    let folder = training.rfind('/').map_or("", |slash| &training[..=slash]);
    format!("{folder}{OUTPUT_FOLDER}")
}

/// The error of a job without records says that a data set would do too.
fn or_prepare(error: Error, folder: &Path) -> Error {
    match error {
        Error::Missing { settings, .. } => {
            let advice =
                format!("Or run `nova-ft prepare` and `nova-ft upload`: {} has no data set.", folder.display());
            Error::Missing { settings, advice }
        }
        other => other,
    }
}

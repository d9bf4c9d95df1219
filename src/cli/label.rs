mod asking;
mod batch;

use std::path::PathBuf;

use clap::Args;

use self::asking::{Asking, AskingArgs};
use self::batch::BatchArgs;
use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::label_shards::{self, ShardArgs, Shared};
use super::session::{LevelArgs, Session};
use super::ui::Ui;
use super::validate::counts;
use foundation::wording::counted;
use nova_ft::error::Result;
use nova_ft::labels::labeler::{Existing, LabelOptions, Labeler, Labelled, label};
use nova_ft::reader::Threads;
use nova_ft::settings::MissingSettings;

#[derive(Debug, Args)]
pub(super) struct LabelArgs {
    /// Folder of the photos
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Label table to write, CSV; what was read lies beside it in CSV.journal.jsonl, what a model answered in
    /// CSV.answers.jsonl, so that a stopped run goes on
    #[arg(long, value_name = "CSV")]
    output_file: Option<PathBuf>,
    /// Who labels: reader (on this machine), converse (a model on Bedrock, which is shown the photos) or batch (the same, in
    /// jobs of 100 photos and more, within hours and for half the price) [default: reader]
    #[arg(long, value_name = "LABELER")]
    labeler: Option<Labeler>,
    /// Photos that are read at the same time, 1 to 64 [default: as many as there are cores], or asked about [default: 4]
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Keep the rows of a table that a person has written into, and add those that are missing; else it is not touched
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    asking: AskingArgs,
    #[command(flatten)]
    shards: ShardArgs,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    levels: LevelArgs,
}

pub(super) fn execute(mut args: LabelArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("label");
    if args.shards.are_given() {
        let shards = std::mem::take(&mut args.shards);
        return label_shards::execute(shards, shared(args, session)?, session);
    }
    let concurrency = own.value(args.concurrency, "concurrency")?;
    let mut missing = MissingSettings::default();
    let options = LabelOptions {
        input_dir: missing.take(own.required_path(args.input_dir, "input_dir"))?.unwrap_or_default(),
        output_file: missing.take(own.required_path(args.output_file, "output_file"))?.unwrap_or_default(),
        labeler: own.value(args.labeler, "labeler")?.unwrap_or_default(),
        concurrency: concurrency.unwrap_or(LabelOptions::default().concurrency),
        existing: if args.resume { Existing::Keep } else { Existing::Refuse },
        levels: session.levels(args.levels)?,
    };
    missing.check()?;
    let labelled = match options.labeler {
        Labeler::Reader => label(&options, &session.open_invoice_reader(Threads::One)?, session.ui)?,
        Labeler::Batch => {
            batch::label(Asking::resolve(args.asking, concurrency, session)?, args.batch, &options, session)?
        }
        Labeler::Converse => Asking::resolve(args.asking, concurrency, session)?.label(&options, session)?,
    };
    session.ui.step_report(&labelled.report);
    show(&labelled, session.ui);
    asking::show(&labelled, session);
    let summary = Summary::new(Exit::answer(is_whole(&labelled)))
        .with("photos", labelled.photos)
        .with("rows", labelled.rows)
        .with("kept", labelled.kept)
        .with("recalled", labelled.recalled)
        .with("sheets", labelled.sheets)
        .with("confirmed", labelled.confirmed);
    Ok(counts(asking::with_keys(summary, &labelled), &labelled.report))
}

/// Whether there is a table, no photo failed and none is left.
pub(super) fn is_whole(labelled: &Labelled) -> bool {
    let is_left = labelled.asking.as_ref().is_some_and(|asking| asking.left > 0);
    labelled.rows + labelled.kept > 0 && !labelled.report.has_errors() && !is_left
}

/// What was written.
pub(super) fn show(labelled: &Labelled, ui: &Ui) {
    if labelled.recalled > 0 {
        let what = if labelled.asking.is_some() { "answered in" } else { "read by" };
        ui.status(&format!("{} {what} an earlier run", counted(labelled.recalled, "photo")));
    }
    let path = labelled.file.display();
    if labelled.rows == 0 {
        let kept = counted(labelled.kept, "row");
        return ui.result(&match labelled.kept {
            0 if labelled.asking.as_ref().is_some_and(|asking| asking.left == asking.distinct) => {
                "nothing was written: no photo was asked about".to_owned()
            }
            0 => "nothing was written: no seller can be read on any photo".to_owned(),
            _ => format!("kept {path} as it is: {kept}, and none to add"),
        });
    }
    let kept =
        if labelled.kept > 0 { format!(" below {} that stay", counted(labelled.kept, "row")) } else { String::new() };
    let (rows, photos) = (counted(labelled.rows, "row"), counted(labelled.photos, "photo"));
    let (sheets, confirmed) = (counted(labelled.sheets, "sheet"), labelled.confirmed);
    ui.result(&match &labelled.asking {
        None => {
            format!("wrote {path}: {rows}{kept} for {photos} of {sheets}, {confirmed} confirmed by a second signal")
        }
        Some(asking) => format!("wrote {path}: {rows}{kept} for {photos}, as {} reads them", asking.model),
    });
    ui.event(&PathEvent::written("labels", &labelled.file));
}

/// What a labeling in shards has in common with the others.
fn shared(args: LabelArgs, session: &Session<'_>) -> Result<Shared> {
    let own = session.settings.command("label");
    let labeler: Labeler = own.value(args.labeler, "labeler")?.unwrap_or_default();
    if labeler != Labeler::Reader {
        return Err(nova_ft::error::Error::Setting {
            origin: "--labeler".to_owned(),
            what: format!("shards are for the labeler `reader`, and this is `{labeler}`"),
            hint: "leave --shard, --merge and --parts away.".to_owned(),
        });
    }
    Ok(Shared {
        input_dir: args.input_dir,
        output_file: args.output_file,
        concurrency: own.value(args.concurrency, "concurrency")?.unwrap_or(LabelOptions::default().concurrency),
        existing: if args.resume { Existing::Keep } else { Existing::Refuse },
        levels: session.levels(args.levels)?,
        yes: args.asking.yes,
    })
}

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::session::{LevelArgs, Session, Yes, with_options};
use super::ui::{Ui, with_causes};
use foundation::wording::{counted, visible};
use nova_ft::aws::backend::{Backend, BackendKind, describe_state};
use nova_ft::dataset::{FolderLock, Manifest, RECEIPT_FILE};
use nova_ft::error::{Error, Result};
use nova_ft::findings::Report;
use nova_ft::local::DiskView;
use nova_ft::upload::{self, Action, DryRun, Outcome, UploadOptions, Uploaded};
use nova_ft::validate::{Model, Readiness, Ready, Validation};

#[derive(Debug, Args)]
pub(super) struct UploadArgs {
    /// Folder of the data set, as `prepare` wrote it [default: output/dataset]
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Bucket; the records name it, so it must be the one that `prepare` was told
    #[arg(long, value_name = "BUCKET")]
    s3_bucket: Option<String>,
    /// Prefix; as with the bucket
    #[arg(long, value_name = "PREFIX")]
    s3_prefix: Option<String>,
    /// Region of the bucket
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Model that the data set is for: micro, lite, pro, lite-2 [default: lite]
    #[arg(long, value_name = "MODEL")]
    model: Option<Model>,
    /// Objects on the way at the same time, 1 to 256 [default: 16]
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Print what would be done; send, write and start nothing
    #[arg(long)]
    dry_run: bool,
    /// Send the data set without looking at it; receipt and objects say so
    #[arg(long)]
    unvalidated: bool,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    levels: LevelArgs,
}

#[derive(Debug, Serialize)]
struct ObjectEvent<'a> {
    event: &'static str,
    action: &'static str,
    source: String,
    uri: String,
    size_bytes: u64,
    error: Option<&'a str>,
}

pub(super) fn execute(args: UploadArgs, session: &Session<'_>) -> Result<Summary> {
    let own = session.settings.command("upload");
    let dry_run = if args.dry_run { DryRun::Yes } else { DryRun::No };
    match dry_run {
        DryRun::No => session.start_log()?,
        DryRun::Yes => session.say_settings(),
    }
    let folder = session.dataset_dir(args.input_dir)?;
    let options = UploadOptions {
        concurrency: own.value(args.concurrency, "concurrency")?.unwrap_or(UploadOptions::default().concurrency),
        dry_run,
        backend: session.backend_kind()?.to_string(),
    };
    options.check()?;
    // While it is looked at and sent, nobody else may change it. A folder that is missing is not made.
    let _held = match dry_run {
        DryRun::Yes => FolderLock::shared(&folder, session.ui),
        DryRun::No => folder.is_dir().then(|| FolderLock::acquire(&folder, session.ui)).transpose()?,
    };
    let manifest = Manifest::read(&folder)?;
    let bucket: Option<String> = own.value(args.s3_bucket, "s3_bucket")?;
    let prefix: Option<String> = own.value(args.s3_prefix, "s3_prefix")?;
    check_same("s3-bucket", bucket.as_deref(), &manifest.s3_bucket)?;
    check_same("s3-prefix", prefix.as_deref().map(|prefix| prefix.trim_matches('/')), &manifest.s3_prefix)?;
    let target = Target::open(dry_run, own.value(args.region, "region")?, &manifest, session)?;
    let ready = if args.unvalidated {
        session.ui.warning("this data set is sent without a look at it");
        Ready::unvalidated(&folder)?
    } else {
        let model: Model = own.value(args.model, "model")?.unwrap_or_default();
        let levels = session.levels(args.levels)?;
        let readiness = Ready::check(&folder, model, &levels, session.ui)?;
        let Readiness::Ready(ready, report) = readiness else {
            return Ok(refused(readiness.report(), session.ui));
        };
        session.ui.step_report(&report);
        *ready
    };
    if let Validation::Allowed(codes) = ready.validation() {
        session.ui.warning(&format!("sent with errors that were allowed: {}", codes.join(", ")));
    }
    if let (DryRun::No, Target::Backend(backend)) = (dry_run, &target) {
        let size_bytes: u64 = ready.objects().iter().map(|object| object.size_bytes).sum();
        let files = counted(ready.objects().len(), "file");
        let what = format!("{files} ({} MB) for s3://{}", size_bytes / 1_000_000, manifest.s3_bucket);
        session.ask_before_photos_leave(backend, &what, args.yes)?;
        backend.check_bucket(&manifest.s3_bucket)?;
        backend.ensure_bucket(&manifest.s3_bucket)?;
    }
    let observe = |outcome: &Outcome| show_outcome(outcome, session.ui);
    let uploaded = match &target {
        Target::Backend(backend) => {
            upload::upload_observed(&ready, &backend.object_store(), &options, session.ui, &observe)
        }
        Target::Disk(view) => upload::dry_run_on_disk(&ready, view, &options, session.ui, &observe),
    }?;
    show_summary(&uploaded, dry_run, session.ui);
    if dry_run == DryRun::Yes {
        let place = target_of(&manifest);
        let state = match &target {
            Target::Disk(_) => format!(", state in {}", session.state_dir()?.display()),
            Target::Backend(_) => String::new(),
        };
        session.ui.status(&format!("dry run: nothing was sent or written; target {place}{state}"));
        return Ok(summary(&uploaded).with("dry_run", true).with("target", place));
    }
    show_receipt(&uploaded, ready.folder(), session.ui);
    Ok(summary(&uploaded))
}

/// Where the objects go, or would go.
#[derive(Debug)]
enum Target {
    Backend(Backend),
    /// The stand-in's folder, looked at without starting it.
    Disk(DiskView),
}

impl Target {
    /// Opens the backend; a dry run only looks at the stand-in's folder.
    fn open(dry_run: DryRun, region: Option<String>, manifest: &Manifest, session: &Session<'_>) -> Result<Self> {
        if (dry_run, session.backend_kind()?) != (DryRun::Yes, BackendKind::Local) {
            let backend = session.open_backend(region)?;
            backend.kind().check_account(&manifest.account_id)?;
            return Ok(Self::Backend(backend));
        }
        let state_dir = session.state_dir()?;
        let view = DiskView::open(&state_dir)?;
        session.ui.backend(BackendKind::Local, &describe_state(&state_dir));
        if !view.has_bucket(&manifest.s3_bucket) {
            session.ui.status(&format!("the stand-in has no bucket {} yet: it would be made", manifest.s3_bucket));
        }
        Ok(Self::Disk(view))
    }
}

/// Bucket and prefix of a data set.
fn target_of(manifest: &Manifest) -> String {
    match manifest.s3_prefix.as_str() {
        "" => format!("s3://{}", manifest.s3_bucket),
        prefix => format!("s3://{}/{prefix}", manifest.s3_bucket),
    }
}

/// Where it is written down what is in the bucket.
pub(super) fn show_receipt(uploaded: &Uploaded, folder: &Path, ui: &Ui) {
    if uploaded.receipt.is_some() {
        let path = folder.join(RECEIPT_FILE);
        ui.detail(&format!("wrote {}", path.display()));
        ui.event(&PathEvent::written("receipt", &path));
    }
}

fn refused(report: &Report, ui: &Ui) -> Summary {
    ui.report(report);
    ui.result("nothing was sent: the data set has errors");
    super::validate::counts(Summary::new(Exit::No), report)
}

/// The records of a data set name bucket and prefix; an upload elsewhere would not be found by the job.
fn check_same(option: &str, given: Option<&str>, of_manifest: &str) -> Result<()> {
    match given {
        Some(given) if given != of_manifest => Err(Error::Setting {
            origin: format!("--{option}"),
            what: format!("`{given}` is asked for, but the records of this data set name `{of_manifest}`"),
            hint: format!("give --{option} {of_manifest}, or run `nova-ft prepare --{option} {given}` first."),
        }),
        _ => Ok(()),
    }
}

/// The line, or the event, of one object.
pub(super) fn show_outcome(outcome: &Outcome, ui: &Ui) {
    let line = outcome.to_string();
    ui.result(&line);
    let (action, object, error) = match outcome {
        Outcome::Done(planned) if planned.action == Action::Put => ("put", &planned.object, None),
        Outcome::Done(planned) => ("skip", &planned.object, None),
        Outcome::Failed(object, error) => ("error", object, Some(error.to_string())),
    };
    ui.event(&ObjectEvent {
        event: "object",
        action,
        source: object.path.display().to_string(),
        uri: object.uri.to_string(),
        size_bytes: object.size_bytes,
        error: error.as_deref(),
    });
}

/// What was done, and once more what was not.
pub(super) fn show_summary(uploaded: &Uploaded, dry_run: DryRun, ui: &Ui) {
    let sent = if dry_run == DryRun::Yes { "to send" } else { "sent" };
    let failed = uploaded.failed().count();
    let failures = if failed == 0 { String::new() } else { format!(", {failed} not sent:") };
    ui.status(&format!("{} {sent}, {} there already{failures}", uploaded.put_count(), uploaded.skip_count()));
    let mut shown = uploaded.failed().take(SHOWN_AT_THE_END).peekable();
    while let Some((object, error)) = shown.next() {
        let error_line = with_causes(error);
        // An answer of the service names the object itself.
        let names_it = matches!(error, Error::Service { .. });
        let of = if names_it { String::new() } else { format!("{}: ", object.uri) };
        ui.warning(&format!("not sent: {of}{error_line}"));
        // Twenty objects that fail for one reason get its hint once.
        let hint = error.hint();
        if let Some(hint) = hint.filter(|hint| shown.peek().and_then(|(_, next)| next.hint()).as_ref() != Some(hint)) {
            ui.complaint(&format!("    hint: {}", visible(&with_options(&hint))));
        }
    }
    if failed > SHOWN_AT_THE_END {
        ui.warning(&format!("not sent: {} more, each with an error line above", failed - SHOWN_AT_THE_END));
    }
}

/// Failed objects that are named once more at the end: as many as a screen holds.
const SHOWN_AT_THE_END: usize = 20;

/// The summary event of an upload.
pub(super) fn summary(uploaded: &Uploaded) -> Summary {
    let failed = uploaded.failed().count();
    let summary = Summary::new(Exit::answer(failed == 0));
    let summary = summary.with("put", uploaded.put_count()).with("skip", uploaded.skip_count()).with("failed", failed);
    match &uploaded.receipt {
        Some(receipt) => summary
            .with("training_data_s3_uri", receipt.training_data_s3_uri.clone())
            .with("validation_data_s3_uri", receipt.validation_data_s3_uri.clone()),
        None => summary,
    }
}

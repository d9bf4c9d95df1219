use clap::Args;

use super::evaluate::check_floor;
use super::exit::Exit;
use super::job::spec::{SpecArgs, SpecOfRun};
use super::prepare::{self, PrepareArgs};
use super::prove::{ProveOptions, REPORT_FILE, announce, check_held_out, nothing_held_out, prove};
use super::report::check_report_file;
use super::session::{Session, Yes};
use super::{Summary, label, upload, validate};
use crate::backend::Backend;
use crate::dataset::{PrepareOptions, Side};
use crate::error::{Error, Result};
use crate::finding::limits::TUNING_REGION;
use crate::finding::{Report, Severity};
use crate::labels::labeler;
use crate::pipeline::{self, Event, RunOptions, RunResult, Stage};
use crate::reader::Threads;
use crate::upload::{DryRun, UploadOptions};
use crate::validate::Model;
use crate::wording::counted;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    prepare: PrepareArgs,
    /// Begin with photos alone: label them with the reader, into output/labels.csv; rows that you wrote there stay
    #[arg(short, long, conflicts_with = "labels")]
    generate_labels: bool,
    /// Region of the bucket
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Model to tune: micro, lite, pro, lite-2 [default: lite]
    #[arg(long, value_name = "MODEL")]
    model: Option<Model>,
    /// Objects on the way at the same time, 1 to 256 [default: 16]
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    #[command(flatten)]
    spec: SpecOfRun,
    /// Exit with 1 where the tuned model's exact by sheet is below this, 0 to 1
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    min_exact: Option<f64>,
    /// End after this: upload, job, evaluate (the deployment stays) or clean [default: clean]
    #[arg(long, value_name = "STAGE")]
    until: Option<Stage>,
    #[command(flatten)]
    yes: Yes,
}

/// Where generated labels are written, below the folder of the settings.
const LABELS_FILE: &str = "output/labels.csv";

/// The error of a job without labels says that it can do without.
fn or_generate(error: Error) -> Error {
    match error {
        Error::Setting { origin, what, hint } if origin == "--labels" => {
            let hint = format!("{hint} Or begin with photos alone: --generate-labels has the reader label them.");
            Error::Setting { origin, what, hint }
        }
        other => other,
    }
}

pub(super) fn execute(args: RunArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("run");
    let mut prepare = args.prepare;
    let generates = own.value(args.generate_labels.then_some(true), "generate_labels")?.unwrap_or(false);
    let generates = generates && !prepare.has_labels();
    let generate = if generates { Some(prepare.label_into(LABELS_FILE, session)?) } else { None };
    let options = RunOptions {
        prepare: prepare.resolve("run", session).map_err(or_generate)?,
        model: own.value(args.model, "model")?.unwrap_or_default(),
        concurrency: own.value(args.concurrency, "concurrency")?.unwrap_or(UploadOptions::default().concurrency),
    };
    UploadOptions { concurrency: options.concurrency, ..UploadOptions::default() }.check()?;
    let until: Stage = own.value(args.until, "until")?.unwrap_or_default();
    let min_exact = check_floor(own.value(args.min_exact, "min_exact")?)?;
    let region: Option<String> = own.value(args.region, "region")?;
    let spec = SpecArgs::of_run(args.spec.with_settings(session)?, region.clone());
    let backend = session.open_backend(region)?;
    if until > Stage::Upload {
        check_proof(&options.prepare, until, &backend, session)?;
    }
    let what = format!("the photos of {} for s3://{}", options.prepare.input_dir.display(), options.prepare.s3_bucket);
    session.ask_before_photos_leave(&backend, &what, args.yes)?;
    if let Some(label_options) = &generate {
        let reader = session.open_invoice_reader(Threads::One)?;
        let labelled = labeler::label(label_options, &reader, session.ui)?;
        session.ui.step_report(&labelled.report);
        label::show(&labelled, session.ui);
        if !label::is_whole(&labelled) {
            session.ui.result("the job ends here: mend the photos above, or pass a finding with --allow CODE");
            return Ok(validate::counts(Summary::new(Exit::No), &labelled.report));
        }
    }
    let is_whole = until > Stage::Upload;
    if is_whole {
        announce(Stage::Prepare, until, session);
    }
    let observe = |event: Event<'_>| match event {
        Event::Prepared(prepared) => {
            session.ui.step_report(&prepared.report);
            prepare::show(prepared, session.ui);
            if is_whole && prepared.manifest.is_some() {
                announce(Stage::Validate, until, session);
            }
        }
        Event::Validated(report) => {
            session.ui.step_report(report);
            let errors = counted(report.count(Severity::Error), "error");
            let warnings = counted(report.count(Severity::Warning), "warning");
            session.ui.result(&format!("validated: {errors}, {warnings}"));
            if is_whole && errors_none(report) {
                announce(Stage::Upload, until, session);
            }
        }
        Event::Object(outcome) => upload::show_outcome(outcome, session.ui),
    };
    let result = pipeline::run(&options, &backend, session.ui, &observe)?;
    let summary = conclude(&result, session);
    let manifest = result.prepared.manifest.as_ref().filter(|_| is_whole && result.is_complete());
    let Some(manifest) = manifest else { return Ok(summary) };
    check_held_out(manifest)?;
    let options = ProveOptions {
        spec,
        model: options.model,
        folder: result.prepared.folder.clone(),
        min_exact,
        levels: options.prepare.levels.clone(),
        until,
        yes: args.yes,
    };
    prove(options, &backend, summary, session)
}

/// Refuses, before anything is sent, what would be refused after the upload.
fn check_proof(prepare: &PrepareOptions, until: Stage, backend: &Backend, session: &Session<'_>) -> Result<()> {
    if prepare.validation_fraction == 0.0 {
        return Err(nothing_held_out());
    }
    if backend.region() != TUNING_REGION {
        return Err(Error::Setting {
            origin: "--region".to_owned(),
            what: format!("`{}`: Nova is tuned in {TUNING_REGION} only", backend.region()),
            hint: format!(
                "give --region {TUNING_REGION}, with a bucket there, or end with the upload: --until upload."
            ),
        });
    }
    if until >= Stage::Evaluate {
        check_report_file(&session.output_dir().join(REPORT_FILE))?;
    }
    session.need_models(backend)
}

fn errors_none(report: &Report) -> bool {
    report.count(Severity::Error) == 0
}

fn conclude(result: &RunResult, session: &Session<'_>) -> Summary {
    let report = result.validation.as_ref().unwrap_or(&result.prepared.report);
    let Some(uploaded) = &result.uploaded else { return validate::counts(Summary::new(Exit::No), report) };
    upload::show_summary(uploaded, DryRun::No, session.ui);
    upload::show_receipt(uploaded, &result.prepared.folder, session.ui);
    let mut summary = validate::counts(upload::summary(uploaded), report);
    if let Some(manifest) = &result.prepared.manifest {
        let count = |side| manifest.photos_of(side).count();
        summary = summary.with("train", count(Side::Train)).with("validation", count(Side::Validation));
    }
    if let Some(receipt) = &uploaded.receipt {
        session.ui.result(&format!("ready for a fine-tuning job: {}", receipt.training_data_s3_uri));
    }
    summary
}

use std::cell::RefCell;
use std::ops::ControlFlow;

use clap::Args;

use super::evaluate::check_floor;
use super::exit::Exit;
use super::job::create::{Checked, Look, check};
use super::job::spec::{SpecArgs, SpecOfRun};
use super::prepare::{self, PrepareArgs};
use super::prove::{self, ProveOptions, REPORT_FILE, announce, check_held_out, nothing_held_out, prove};
use super::report::check_report_file;
use super::session::{Session, Yes};
use super::{Summary, label, upload, validate};
use foundation::wording::counted;
use nova_ft::aws::backend::Backend;
use nova_ft::dataset::{Manifest, Side};
use nova_ft::error::{Error, Result};
use nova_ft::evaluate::{ANSWERS_FILE, DeploymentReceipt};
use nova_ft::findings::{Report, Severity};
use nova_ft::labels::labeler::{self, LabelOptions};
use nova_ft::pipeline::{self, Event, RunOptions, RunResult, Stage};
use nova_ft::reader::Threads;
use nova_ft::settings::MissingSettings;
use nova_ft::training::job::{JobReceipt, JobSpec, check_base_model, check_offline_in, tuning_id};
use nova_ft::upload::{DryRun, UploadOptions};
use nova_ft::validate::Model;

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

/// What a run will do, resolved before it does anything.
#[derive(Debug)]
struct Plan {
    /// How to label the images first, where that is asked for.
    label: Option<LabelOptions>,
    run: RunOptions,
    spec: SpecArgs,
    /// The request as far as it is known before there is a data set.
    request: JobSpec,
    region: Option<String>,
    until: Stage,
    min_exact: Option<f64>,
    yes: Yes,
}

impl Plan {
    /// Resolves every option of every stage. What nothing sets is noted as missing.
    fn resolve(args: RunArgs, session: &Session<'_>, missing: &mut MissingSettings) -> Result<Self> {
        let own = session.settings.command("run");
        let mut prepare = args.prepare;
        let generates = own.value(args.generate_labels.then_some(true), "generate_labels")?.unwrap_or(false);
        let generates = generates && !prepare.has_labels();
        let label = if generates { Some(prepare.label_into(LABELS_FILE, session, missing)?) } else { None };
        let run = RunOptions {
            prepare: prepare.resolve("run", session, missing)?,
            model: own.value(args.model, "model")?.unwrap_or_default(),
            concurrency: own.value(args.concurrency, "concurrency")?.unwrap_or(UploadOptions::default().concurrency),
        };
        let region: Option<String> = own.value(args.region, "region")?;
        let spec = SpecArgs::of_run(args.spec.with_settings(session)?, region.clone(), tuning_id(run.model), session)?;
        let until = own.value(args.until, "until")?.unwrap_or_default();
        // An upload alone needs no role.
        let mut unneeded = MissingSettings::default();
        let of_job = if until > Stage::Upload { missing } else { &mut unneeded };
        let request = spec.clone().resolve_planned(&run.prepare, session, of_job)?;
        let min_exact = check_floor(own.value(args.min_exact, "min_exact")?)?;
        Ok(Self { label, run, spec, request, region, until, min_exact, yes: args.yes })
    }

    /// Checks everything that needs no service and no data set: ranges, output files, OCR models.
    fn check(&self, backend: &Backend, session: &Session<'_>) -> Result<Report> {
        let RunOptions { prepare, concurrency, .. } = &self.run;
        prepare.check()?;
        UploadOptions { concurrency: *concurrency, ..UploadOptions::default() }.check()?;
        backend.kind().check_account(&prepare.account_id)?;
        if self.label.is_some() {
            session.check_models()?;
        }
        if self.until == Stage::Upload {
            return Ok(Report::default());
        }
        if prepare.validation_fraction == 0.0 {
            return Err(nothing_held_out());
        }
        let report = check_offline_in(Some(backend.region()), &self.request, None, &prepare.levels);
        if !report.has_errors() {
            check_outputs(session, self.until)?;
        }
        Ok(report)
    }
}

/// Refuses output files that could not be written, before there is anything to write.
fn check_outputs(session: &Session<'_>, until: Stage) -> Result<()> {
    let folder = session.output_dir();
    JobReceipt::check_writable(&folder)?;
    if until >= Stage::Deploy {
        DeploymentReceipt::read(&folder)?;
    }
    if until >= Stage::Evaluate {
        check_report_file(&folder.join(REPORT_FILE))?;
        foundation::atomic::check_writable(&folder.join(ANSWERS_FILE))?;
    }
    Ok(())
}

/// The error of a run without labels says that they can be generated.
fn or_generate(error: Error) -> Error {
    match error {
        Error::Missing { settings, advice } if settings.iter().any(|setting| setting.name == "labels") => {
            let generate = "Or start from images alone: `--generate-labels` labels them by OCR.";
            Error::Missing { settings, advice: format!("{advice} {generate}").trim_start().to_owned() }
        }
        other => other,
    }
}

pub(super) fn execute(args: RunArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let mut missing = MissingSettings::default();
    let plan = Plan::resolve(args, session, &mut missing)?;
    let backend = session.open_backend_unless(missing, plan.region.clone()).map_err(or_generate)?;
    let report = plan.check(&backend, session)?;
    if report.has_errors() {
        return Ok(refuse(&report, Exit::CouldNotRun, session));
    }
    let (prepare, until) = (&plan.run.prepare, plan.until);
    let what = format!("the photos of {} for s3://{}", prepare.input_dir.display(), prepare.s3_bucket);
    session.ask_before_photos_leave(&backend, &what, plan.yes)?;
    backend.check_bucket(&prepare.s3_bucket)?;
    if until > Stage::Upload {
        let base_model = &plan.request.base_model_id;
        let report = check_base_model(base_model, backend.region(), &backend.bedrock(), &prepare.levels)?;
        if report.has_errors() {
            return Ok(refuse(&report, Exit::No, session));
        }
        session.need_models(&backend)?;
    }
    if let Some(label_options) = &plan.label {
        let reader = session.open_invoice_reader(Threads::One)?;
        let labelled = labeler::label(label_options, &reader, session.ui)?;
        session.ui.step_report(&labelled.report);
        label::show(&labelled, session.ui);
        if !label::is_whole(&labelled) {
            session.ui.result("the run stops here: fix the images above, or drop their rows with --drop CODE");
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
        }
        Event::Object(outcome) => upload::show_outcome(outcome, session.ui),
    };
    let refused = RefCell::new(None);
    let before_upload = |manifest: &Manifest| {
        if !is_whole {
            return Ok(ControlFlow::Continue(()));
        }
        check_held_out(manifest)?;
        let report = check_job(&plan, &backend, session)?;
        if report.has_errors() {
            session.ui.step_report(&report);
            session.ui.result("nothing was sent: the request for the fine-tuning job has errors");
            *refused.borrow_mut() = Some(report);
            return Ok(ControlFlow::Break(()));
        }
        announce(Stage::Upload, until, session);
        Ok(ControlFlow::Continue(()))
    };
    let result = pipeline::run_unless(&plan.run, &backend, session.ui, &observe, &before_upload)?;
    if let Some(report) = refused.take() {
        return Ok(validate::counts(Summary::new(Exit::No), &report));
    }
    let summary = conclude(&result, session);
    if !is_whole || !result.is_complete() {
        return Ok(summary);
    }
    let options = ProveOptions {
        spec: plan.spec,
        model: plan.run.model,
        folder: result.prepared.folder.clone(),
        min_exact: plan.min_exact,
        levels: plan.run.prepare.levels.clone(),
        until,
        yes: plan.yes,
    };
    prove(options, &backend, summary, session)
}

/// Shows what is wrong with the request before anything was done.
fn refuse(report: &Report, exit: Exit, session: &Session<'_>) -> Summary {
    session.ui.step_report(report);
    session.ui.result("nothing was done: the request for the fine-tuning job has errors");
    validate::counts(Summary::new(exit), report)
}

/// What the services would refuse of the job on the data set that was prepared. A job that was created earlier is not
/// checked again.
fn check_job(plan: &Plan, backend: &Backend, session: &Session<'_>) -> Result<Report> {
    let resolved = prove::resolve(plan.spec.clone(), &plan.run.prepare.output_dir, session)?;
    let levels = plan.run.prepare.levels.clone();
    Ok(match check(&resolved, backend, Look::BeforeUpload, levels, session)? {
        Checked::Same(_) => Report::default(),
        Checked::Report(report) => report,
    })
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

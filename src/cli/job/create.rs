use clap::Args;

use super::event::{DocumentEvent, JobEvent};
use super::receipt_folder;
use super::spec::{Resolved, SpecArgs};
use crate::cli::Summary;
use crate::cli::event::PathEvent;
use crate::cli::exit::Exit;
use crate::cli::session::{LevelArgs, Session, Yes};
use crate::cli::ui::with_causes;
use nova_ft::aws::backend::{Backend, BackendKind};
use nova_ft::aws::bedrock::{CreateJob, JobState, JobStatus};
use nova_ft::dataset::{TRAIN_FILE, VALIDATION_FILE};
use nova_ft::error::{Error, Result, ServiceErrorKind};
use nova_ft::findings::{Levels, Report, render::render_text};
use nova_ft::progress::Silent;
use nova_ft::settings::MissingSettings;
use nova_ft::training::estimate::{self, EstimateOptions};
use nova_ft::training::job::{
    Found, JOB_FILE, JobReceipt, JobSpec, PreflightOptions, S3Check, Services, Submitted, WriteCheck, check_offline_in,
    find_same, preflight, submit,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct CreateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Print the request as JSON, and what is wrong with it on stderr; send and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not look for the files in S3
    #[arg(long)]
    skip_s3_check: bool,
    /// Look at nothing beforehand, and let the service refuse what it refuses
    #[arg(long)]
    skip_preflight: bool,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    levels: LevelArgs,
}

/// How the request is looked at before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Look {
    Whole,
    /// Before the data set is uploaded; the local emulator has no bucket yet.
    BeforeUpload,
    WithoutS3,
    Skip,
}

/// Whether a request can be sent.
#[derive(Debug)]
pub(in crate::cli) enum Checked {
    /// The same job was created earlier.
    Same(Box<JobState>),
    /// What the preflight found.
    Report(Report),
}

pub(super) fn execute(args: CreateArgs, session: &Session<'_>) -> Result<Summary> {
    let look = match (args.skip_preflight, args.skip_s3_check) {
        (true, _) => Look::Skip,
        (_, true) => Look::WithoutS3,
        _ => Look::Whole,
    };
    let levels = session.levels(args.levels)?;
    let mut missing = MissingSettings::default();
    if args.dry_run {
        session.say_settings();
        let resolved = args.spec.resolve(session, &mut missing)?;
        missing.check()?;
        check_account(&resolved, session)?;
        return dry_run(&resolved, look, &levels, session);
    }
    session.start_log()?;
    let resolved = args.spec.resolve(session, &mut missing)?;
    let backend = session.open_backend_unless(missing, resolved.region.clone())?;
    check_account(&resolved, session)?;
    start(&resolved, &backend, look, levels, args.yes, session)
}

/// Creates the job, or finds the one that was created earlier. The summary has the job's ARN, unless none was created.
pub(in crate::cli) fn start(
    resolved: &Resolved,
    backend: &Backend,
    look: Look,
    levels: Levels,
    yes: Yes,
    session: &Session<'_>,
) -> Result<Summary> {
    let request = resolved.spec.request();
    let report = match check(resolved, backend, look, levels, session)? {
        Checked::Same(job) => return Ok(adopt(&job, resolved, &request, backend, session)),
        Checked::Report(report) => report,
    };
    session.ui.step_report(&report);
    if report.has_errors() {
        session.ui.result("no job was created: the request has errors");
        return Ok(crate::cli::validate::counts(Summary::new(Exit::No), &report));
    }
    session.warn_of_missing_models(backend)?;
    JobReceipt::check_writable(&receipt_folder(session))?;
    ask(resolved, &request, backend, session, yes)?;
    let (bedrock, identity, objects) = (backend.bedrock(), backend.identity(), backend.object_store());
    let submitted = submit(&request, &Services::new(&bedrock, &identity, &objects))?;
    let arn = match submitted {
        Submitted::Created(arn) => {
            hint_that_it_goes_on(session);
            arn
        }
        Submitted::Adopted(job) => {
            let summary = adopt(&job, resolved, &request, backend, session);
            return Ok(crate::cli::validate::counts(summary, &report));
        }
    };
    keep_receipt(&arn, &request, backend, session);
    session.ui.result(&format!("created {arn}"));
    session.ui.event(&JobEvent::of("created", &unseen(&arn, &request)));
    say_what_next(backend, session);
    let summary = crate::cli::validate::counts(Summary::new(Exit::Done), &report);
    Ok(summary.with("job_arn", arn).with("status", JobStatus::InProgress.to_string()))
}

/// Looks for the same job, and else asks the services what they would refuse.
pub(in crate::cli) fn check(
    resolved: &Resolved,
    backend: &Backend,
    look: Look,
    levels: Levels,
    session: &Session<'_>,
) -> Result<Checked> {
    let (bedrock, identity, objects) = (backend.bedrock(), backend.identity(), backend.object_store());
    let services = Services::new(&bedrock, &identity, &objects);
    match find_same(&resolved.spec.request(), &services) {
        Ok(Found::Same(job)) => return Ok(Checked::Same(job)),
        Ok(Found::Other(job, differences)) if look == Look::Skip => return Err(taken(&job, &differences)),
        // An IAM principal that may create jobs need not be allowed to list them; the preflight reports it.
        Ok(_) | Err(Error::Service { kind: ServiceErrorKind::AccessDenied, .. }) => {}
        Err(error) => return Err(error),
    }
    if look == Look::Skip {
        session.ui.warning("this request is sent without preflight checks");
        return Ok(Checked::Report(Report::new(levels)));
    }
    let options = preflight_options(resolved, backend.region(), backend.kind(), look, levels);
    preflight(&resolved.spec, &services, &options, session.ui).map(Checked::Report)
}

/// Refuses a data set that was prepared for the stand-in where AWS is asked.
fn check_account(resolved: &Resolved, session: &Session<'_>) -> Result<()> {
    match &resolved.dataset {
        Some((_, manifest)) => session.backend_kind()?.check_account(&manifest.account_id),
        None => Ok(()),
    }
}

fn preflight_options(
    resolved: &Resolved,
    region: &str,
    kind: BackendKind,
    look: Look,
    levels: Levels,
) -> PreflightOptions {
    PreflightOptions {
        region: region.to_owned(),
        is_local: kind == BackendKind::Local,
        s3: match look {
            Look::Whole => S3Check::Ask,
            Look::BeforeUpload if kind == BackendKind::Aws => S3Check::Buckets,
            _ => S3Check::Skip,
        },
        write: WriteCheck::Put,
        train_count: resolved.train_count(),
        levels,
    }
}

/// The request, and on stderr what is wrong with it. The stand-in is not started for it; AWS is asked where it answers.
fn dry_run(resolved: &Resolved, look: Look, levels: &Levels, session: &Session<'_>) -> Result<Summary> {
    let document = resolved.spec.request().to_json();
    let offline = || check_offline_in(resolved.region.as_deref(), &resolved.spec, resolved.train_count(), levels);
    let report = match (session.backend_kind()?, look) {
        (_, Look::Skip) => Report::new(levels.clone()),
        (BackendKind::Local, _) => {
            session
                .ui
                .status("dry run: the request alone is checked; the stand-in is not started, and nothing is sent");
            offline()
        }
        (BackendKind::Aws, look) => match ask_aws(resolved, look, levels.clone(), session) {
            Ok(report) => report,
            Err(error) => {
                session.ui.warning(&format!("the request alone is checked, no service: {}", with_causes(&error)));
                offline()
            }
        },
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    if session.ui.is_json() {
        session.ui.report(&report);
        session.ui.event(&DocumentEvent::request(&document));
    } else {
        if !report.findings().is_empty() {
            session.ui.complaint(&render_text(&report, None));
        }
        session.ui.print(&text);
    }
    let summary = crate::cli::validate::counts(Summary::new(Exit::answer(!report.has_errors())), &report);
    Ok(summary.with("dry_run", true))
}

fn ask_aws(resolved: &Resolved, look: Look, levels: Levels, session: &Session<'_>) -> Result<Report> {
    let backend = session.open_backend_unsaid(resolved.region.clone())?;
    session.ui.status(&backend.describe());
    session.ui.status(
        "dry run: the services are asked, and nothing is sent or written; whether the output can be is not tried",
    );
    let (bedrock, identity, objects) = (backend.bedrock(), backend.identity(), backend.object_store());
    let options = preflight_options(resolved, backend.region(), backend.kind(), look, levels);
    let options = PreflightOptions { write: WriteCheck::Skip, ..options };
    preflight(&resolved.spec, &Services::new(&bedrock, &identity, &objects), &options, session.ui)
}

/// The job is there already: it is the one.
fn adopt(
    job: &JobState,
    resolved: &Resolved,
    request: &CreateJob,
    backend: &Backend,
    session: &Session<'_>,
) -> Summary {
    if !job.status.is_over() {
        hint_that_it_goes_on(session);
    }
    keep_receipt(&job.job_arn, request, backend, session);
    session.ui.result(&format!("found {}, {}", job.job_arn, job.status));
    session.ui.event(&JobEvent::of("found", job));
    session.ui.status(match resolved.dataset {
        Some(_) => "this job was created earlier with the same options and data; it is not created again",
        None => {
            "this job was created earlier with the same options; whether the data have changed is not known: another \
             --job-name trains anew"
        }
    });
    if let Some(failure) = &job.failure {
        session.ui.result(&format!("failure: {failure}"));
    }
    if !job.status.is_over() {
        say_what_next(backend, session);
    }
    super::conclude(job, session)
}

/// From the moment that there is a job, Ctrl-C says that it stays: before a word of the job is said.
fn hint_that_it_goes_on(session: &Session<'_>) {
    session.ui.set_interrupt_hint(
        "the job goes on, on this machine only while a nova-ft process lives; the same command finds it again"
            .to_owned(),
    );
}

fn taken(job: &JobState, differences: &[String]) -> Error {
    Error::Setting {
        origin: "--job-name".to_owned(),
        what: format!("{} has this name, with another {}", job.job_arn, differences.join(", ")),
        hint: "give another --job-name.".to_owned(),
    }
}

/// What a job of which only the ARN is known is.
fn unseen(job_arn: &str, request: &CreateJob) -> JobState {
    JobState {
        job_arn: job_arn.to_owned(),
        request: request.clone(),
        base_model_arn: request.base_model_identifier.clone(),
        output_model_arn: None,
        status: JobStatus::InProgress,
        phases: Vec::new(),
        failure: None,
        created: None,
        changed: None,
        ended: None,
        training_loss: None,
        validation_losses: Vec::new(),
    }
}

/// Remembers the job for the commands that name none. The job is there, so that this fails is only a warning.
fn keep_receipt(job_arn: &str, request: &CreateJob, backend: &Backend, session: &Session<'_>) {
    let receipt = JobReceipt {
        backend: backend.kind().to_string(),
        region: backend.region().to_owned(),
        job_arn: job_arn.to_owned(),
        job_name: request.job_name.clone(),
        custom_model_name: request.custom_model_name.clone(),
        base_model_identifier: request.base_model_identifier.clone(),
        output_s3_uri: request.output_data_s3_uri.clone(),
    };
    let folder = receipt_folder(session);
    match receipt.write(&folder) {
        Ok(()) => {
            let path = folder.join(JOB_FILE);
            session.ui.detail(&format!("wrote {}", path.display()));
            session.ui.event(&PathEvent::written("job", &path));
        }
        Err(error) => session.ui.warning(&format!("the next commands must name the job: {}", with_causes(&error))),
    }
}

fn say_what_next(backend: &Backend, session: &Session<'_>) {
    session.ui.status(match backend.kind() {
        BackendKind::Local => {
            "first the stand-in reads each photo that it has not read before, which takes seconds for each; training goes on \
             only while a nova-ft process lives: `nova-ft job watch`, or `nova-ft local serve`"
        }
        BackendKind::Aws => "`nova-ft job watch` shows how it goes; it goes on without",
    });
}

/// Says what the job will do and cost, and asks; the stand-in costs nothing.
fn ask(resolved: &Resolved, request: &CreateJob, backend: &Backend, session: &Session<'_>, yes: Yes) -> Result<()> {
    if backend.kind() == BackendKind::Local {
        return Ok(());
    }
    session.ui.status(&format!("job {} tunes {}", request.job_name, request.base_model_identifier));
    session.ui.status(&format!("  on {} as {}", request.training_data_s3_uri, request.role_arn));
    session.ui.status(&format!(
        "  into the model {}, metrics below {}",
        request.custom_model_name, request.output_data_s3_uri
    ));
    session.ui.status(&format!("  cost: {}", cost(resolved)));
    session.confirm("Create the job?", "no job was created", yes)
}

/// What is known of the cost, as a sentence.
fn cost(resolved: &Resolved) -> String {
    let unknown = "not known: `nova-ft estimate` reckons it from the file of the records".to_owned();
    let (Some((folder, _)), Some(model)) = (&resolved.dataset, resolved.spec.model()) else { return unknown };
    let JobSpec { epoch_count, validation_data_s3_uri, .. } = &resolved.spec;
    let options = EstimateOptions {
        file: folder.join(TRAIN_FILE),
        validation: validation_data_s3_uri.as_ref().map(|_| folder.join(VALIDATION_FILE)).filter(|file| file.is_file()),
        model,
        epoch_count: *epoch_count,
        ..EstimateOptions::default()
    };
    let Ok(estimate) = estimate::estimate(&options, &Silent) else { return unknown };
    let Some(row) = estimate.of_chosen() else { return unknown };
    let (low, high) = (row.training.low, row.training.high + row.validation.high);
    let (currency, date) = (&estimate.currency, row.prices.training.date);
    format!(
        "{low:.2} to {high:.2} {currency} for training, and {:.2} {currency} a month as long as the model is kept (prices of {date})",
        row.prices.storage.amount
    )
}

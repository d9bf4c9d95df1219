//! `nova-ft job`: create, look at, watch, list and stop customization jobs.

pub(in crate::cli) mod create;
mod event;
mod list;
mod policy;
pub(in crate::cli) mod spec;
pub(in crate::cli) mod watch;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Summary;
use super::exit::Exit;
use super::session::Session;
use event::JobEvent;
use nova_ft::aws::backend::Backend;
use nova_ft::aws::bedrock::{JobState, JobStatus, Jobs as _};
use nova_ft::error::{Error, Result};
use nova_ft::training::job::{JOB_FILE, JobReceipt, no_such_job, render};

/// What is done with jobs.
#[derive(Debug, Subcommand)]
pub(super) enum JobCommand {
    /// Look for everything that would be refused, then create the fine-tuning job; the same job is created once
    Create(create::CreateArgs),
    /// Say how a job stands
    Status(StatusArgs),
    /// Look at a job until it is over; Ctrl-C ends the watching and leaves the job alone
    Watch(watch::WatchArgs),
    /// List jobs, the newest first
    List(list::ListArgs),
    /// Tell a job to stop
    Stop(StopArgs),
    /// Print the IAM documents for role and caller, exactly for these buckets and prefixes
    Policy(policy::PolicyArgs),
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    job: WhichJob,
}

#[derive(Debug, Args)]
pub(super) struct StopArgs {
    #[command(flatten)]
    job: WhichJob,
}

/// The job that a command is about.
#[derive(Debug, Args)]
pub(super) struct WhichJob {
    /// Name or ARN of the job [default: the one that was created last, from output/job.json]
    job: Option<String>,
    /// Region of the job
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl WhichJob {
    /// Opens the backend and says which job is meant.
    fn open(&self, session: &Session<'_>) -> Result<OpenJob> {
        open_job("job", self.job.clone(), self.region.clone(), session)
    }
}

/// A job, and the backend that has it.
pub(super) struct OpenJob {
    pub(super) backend: Backend,
    /// Its name or ARN.
    pub(super) job: String,
    /// The Region that a flag or the receipt names.
    pub(super) region: Option<String>,
}

/// Opens the backend in the job's Region: a flag's, else the receipt's where it says which job is meant, else the settings'.
pub(super) fn open_job(
    command: &'static str,
    job: Option<String>,
    flag: Option<String>,
    session: &Session<'_>,
) -> Result<OpenJob> {
    let (job, of_receipt) = if let Some(job) = job {
        (job, None)
    } else {
        let receipt = last_job(session)?;
        (receipt.job_arn, Some(receipt.region))
    };
    let region = flag.or(of_receipt);
    let backend = session.open_backend(session.settings.command(command).value(region.clone(), "region")?)?;
    Ok(OpenJob { backend, job, region })
}

/// The folder of the receipt of a job.
fn receipt_folder(session: &Session<'_>) -> PathBuf {
    session.output_dir()
}

/// The receipt of the job that was created last, if it is of this backend.
pub(in crate::cli) fn receipt_of_backend(session: &Session<'_>) -> Result<Option<JobReceipt>> {
    let kind = session.backend_kind()?.to_string();
    Ok(JobReceipt::read(&receipt_folder(session))?.filter(|receipt| receipt.backend == kind))
}

/// The job that was created last with this backend.
pub(in crate::cli) fn last_job(session: &Session<'_>) -> Result<JobReceipt> {
    let folder = receipt_folder(session);
    let kind = session.backend_kind()?.to_string();
    let refused = |what: String| Error::Setting {
        origin: "JOB".to_owned(),
        what,
        hint: "name the job, or its ARN; `nova-ft job list` lists them.".to_owned(),
    };
    match JobReceipt::read(&folder)? {
        Some(receipt) if receipt.backend == kind => Ok(receipt),
        Some(receipt) => Err(refused(format!("the job that was created last is of the backend {}", receipt.backend))),
        None => Err(refused(format!("no job was created here: {} is missing", folder.join(JOB_FILE).display()))),
    }
}

pub(super) fn execute(command: JobCommand, session: &Session<'_>) -> Result<Summary> {
    match command {
        JobCommand::Create(args) => create::execute(args, session),
        JobCommand::Status(args) => status(&args, session),
        JobCommand::Watch(args) => watch::execute(&args, session),
        JobCommand::List(args) => list::execute(args, session),
        JobCommand::Stop(args) => stop(&args, session),
        JobCommand::Policy(args) => policy::execute(args, session),
    }
}

fn status(args: &StatusArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let OpenJob { backend, job, .. } = args.job.open(session)?;
    let Some(state) = backend.bedrock().find_job(&job)? else { return Err(no_such_job(&job)) };
    session.ui.page(render::page(&state, session.clock().now()).trim_end());
    session.ui.event(&JobEvent::of("state", &state));
    Ok(conclude(&state, session))
}

/// How a command ends that shows a job: what to do where it is over and there is no model.
fn conclude(state: &JobState, session: &Session<'_>) -> Summary {
    if let Some(advice) = render::advice(state) {
        session.ui.complaint(&format!("  hint: {advice}"));
    }
    let is_well = !matches!(state.status, JobStatus::Failed | JobStatus::Stopped);
    summary(Summary::new(Exit::answer(is_well)), state)
}

fn summary(summary: Summary, state: &JobState) -> Summary {
    summary
        .with("job_arn", state.job_arn.clone())
        .with("status", state.status.to_string())
        .with("model_arn", state.output_model_arn.clone())
}

fn stop(args: &StopArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let OpenJob { backend, job, .. } = args.job.open(session)?;
    let bedrock = backend.bedrock();
    let Some(state) = bedrock.find_job(&job)? else { return Err(no_such_job(&job)) };
    if state.status.is_over() {
        session.ui.result(&format!("{} is {} already", state.job_arn, state.status));
        session.ui.event(&JobEvent::of("state", &state));
        return Ok(summary(Summary::new(Exit::Done), &state));
    }
    bedrock.stop_job(&state.job_arn)?;
    let state = JobState { status: JobStatus::Stopping, ..state };
    session.ui.result(&format!("stopping {}", state.job_arn));
    session.ui.event(&JobEvent::of("stopping", &state));
    session.ui.status("what it has cost so far may be billed; `nova-ft job watch` shows when it has stopped");
    Ok(summary(Summary::new(Exit::Done), &state))
}

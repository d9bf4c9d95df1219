//! `nova-ft job`: create, look at, watch, list and stop customization jobs.

mod create;
mod event;
mod list;
mod policy;
mod spec;
mod watch;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Summary;
use super::exit::Exit;
use super::session::Session;
use crate::backend::Backend;
use crate::bedrock::{JobState, JobStatus, Jobs as _};
use crate::error::{Error, Result};
use crate::job::{JOB_FILE, JobReceipt, render};
use event::JobEvent;

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
    fn open(&self, session: &Session<'_>) -> Result<(Backend, String)> {
        let region = session.settings.command("job").value(self.region.clone(), "region")?;
        let receipt = match &self.job {
            Some(_) => None,
            None => Some(last_job(session)?),
        };
        let region = region.or_else(|| receipt.as_ref().map(|receipt| receipt.region.clone()));
        let backend = session.open_backend(region)?;
        let job = self.job.clone().or(receipt.map(|receipt| receipt.job_arn)).unwrap_or_default();
        Ok((backend, job))
    }
}

/// The folder of the receipt of a job.
fn receipt_folder(session: &Session<'_>) -> PathBuf {
    session.settings.folder().join("output")
}

/// The job that was created last with this backend.
fn last_job(session: &Session<'_>) -> Result<JobReceipt> {
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

/// The error of a job that nobody has.
fn no_such_job(job: &str) -> Error {
    Error::Service {
        operation: "GetModelCustomizationJob",
        target: job.to_owned(),
        code: "ResourceNotFoundException".to_owned(),
        message: "there is no such job".to_owned(),
        hint: "`nova-ft job list` lists those that there are.".to_owned(),
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
    let (backend, job) = args.job.open(session)?;
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
    let (backend, job) = args.job.open(session)?;
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

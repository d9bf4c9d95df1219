//! `nova-ft deploy`: make a tuned model answer, see how that stands, end it.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Summary;
use super::evaluate::{is_local, last_deployment};
use super::event::PathEvent;
use super::exit::Exit;
use super::job::last_job;
use super::session::{Session, Yes};
use nova_ft::aws::backend::Backend;
use nova_ft::aws::bedrock::{CustomModel, Deployment, DeploymentStatus, JobState, JobStatus, Jobs as _, Models as _};
use nova_ft::error::{Error, Result};
use nova_ft::evaluate::{
    DEPLOYMENT_FILE, DeploymentReceipt, WaitOptions, deploy, deployment_name, tear_down, wait_until_active,
};
use nova_ft::training::job::WallPace;

/// What is done with deployments.
#[derive(Debug, Subcommand)]
pub(super) enum DeployCommand {
    /// Deploy a tuned model, or find the deployment that it has, and wait until it answers
    Create(CreateArgs),
    /// Say how a deployment stands
    Status(WhichDeployment),
    /// End a deployment; the model stays
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Name or ARN of the tuned model [default: that of the job that was created last]
    #[arg(long, value_name = "MODEL")]
    custom_model: Option<String>,
    /// Name of the deployment [default: the model's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Region of the model
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    #[command(flatten)]
    yes: Yes,
}

#[derive(Debug, Args)]
pub(super) struct WhichDeployment {
    /// Name or ARN of the deployment [default: the one that was made last, from output/deployment.json]
    deployment: Option<String>,
    /// Region of the deployment
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    which: WhichDeployment,
    #[command(flatten)]
    yes: Yes,
}

#[derive(Debug, Serialize)]
struct DeploymentEvent<'a> {
    event: &'static str,
    action: &'static str,
    deployment_arn: &'a str,
    name: &'a str,
    model_arn: &'a str,
    status: &'a str,
    failure: Option<&'a str>,
}

pub(super) fn execute(command: DeployCommand, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    match command {
        DeployCommand::Create(args) => create(args, session),
        DeployCommand::Status(args) => status(&args, session),
        DeployCommand::Delete(args) => delete(&args, session),
    }
}

fn create(args: CreateArgs, session: &Session<'_>) -> Result<Summary> {
    let own = session.settings.command("deploy");
    let (model, job) = if let Some(model) = args.custom_model {
        (model, None)
    } else {
        let job = last_job(session)?;
        (job.custom_model_name.clone(), Some(job))
    };
    let region = own.value(args.region, "region")?.or(job.as_ref().map(|job| job.region.clone()));
    let backend = session.open_backend(region)?;
    let bedrock = backend.bedrock();
    let Some(model) = bedrock.find_model(&model)? else {
        // Why it is not there is known where its job is.
        let state = job.map_or(Ok(None), |job| bedrock.find_job(&job.job_arn))?;
        return Err(state.as_ref().and_then(model_to_come).unwrap_or_else(|| no_such_model(&model)));
    };
    let deployment = deploy_model(&model, args.name.as_deref(), &backend, args.yes, session)?;
    Ok(summary(&deployment, Exit::Done))
}

/// The error of a model whose job has not made it, or not yet.
fn model_to_come(job: &JobState) -> Option<Error> {
    let (what, hint) = match &job.status {
        JobStatus::Completed => return None,
        status if status.is_over() => {
            (format!("{} is {status} and made no model", job.job_arn), "`nova-ft job status` says why.")
        }
        status => (
            format!("{} is not over but {status}, so there is no model yet", job.job_arn),
            "`nova-ft job watch` waits for it.",
        ),
    };
    Some(Error::Setting { origin: "--custom-model".to_owned(), what, hint: hint.to_owned() })
}

pub(super) fn no_such_model(model: &str) -> Error {
    let hint = "`nova-ft job status` shows whether its job is over; a model that was removed needs a new job, with another \
                --job-name.";
    Error::not_found("GetCustomModel", model, "there is no such model", hint)
}

/// Deploys a model after asking, remembers that, and waits until it answers.
pub(super) fn deploy_model(
    model: &CustomModel,
    name: Option<&str>,
    backend: &Backend,
    yes: Yes,
    session: &Session<'_>,
) -> Result<Deployment> {
    let name = name.map_or_else(|| deployment_name(&model.model_name), str::to_owned);
    let bedrock = backend.bedrock();
    if !is_local(backend) && bedrock.find_deployment(&name)?.is_none() {
        session.ui.status(&format!("deployment {name} of {}", model.model_arn));
        session.ui.status("  cost: nothing while nobody asks; each question by its tokens, at the base model's price");
        session.confirm("Deploy the model?", "nothing was deployed", yes)?;
    }
    let folder = session.output_dir();
    let receipt = DeploymentReceipt {
        backend: backend.kind().to_string(),
        region: backend.region().to_owned(),
        name: name.clone(),
        model_arn: model.model_arn.clone(),
        deployment_arn: None,
    };
    // Before it is made: a process that is killed in between leaves nothing that nobody knows of.
    receipt.write(&folder)?;
    let pace = WallPace::new(session.clock());
    let deployed = deploy(&bedrock, &name, &model.model_arn, &pace)?;
    let arn = deployed.deployment_arn.clone();
    DeploymentReceipt { deployment_arn: Some(arn.clone()), ..receipt }.write(&folder)?;
    session.ui.event(&PathEvent::written("deployment", &folder.join(DEPLOYMENT_FILE)));
    session.ui.set_interrupt_hint(format!(
        "{arn} stays and can be asked; `nova-ft deploy delete` removes it, `nova-ft clean` everything"
    ));
    let (word, action) = if deployed.was_there { ("found", "found") } else { ("deployed", "created") };
    session.ui.result(&format!("{word} {arn}"));
    session
        .ui
        .status("it stays until `nova-ft deploy delete`, or `nova-ft clean`; on AWS each question to it costs money");
    let wait = if is_local(backend) {
        WaitOptions { interval: Duration::from_millis(200), deadline: Duration::from_mins(1) }
    } else {
        WaitOptions::default()
    };
    let active = wait_until_active(&bedrock, &arn, &wait, &pace, session.ui)?;
    say(action, &active, session);
    Ok(active)
}

fn say(action: &'static str, deployment: &Deployment, session: &Session<'_>) {
    let status = deployment.status.to_string();
    session.ui.event(&DeploymentEvent {
        event: "deployment",
        action,
        deployment_arn: &deployment.deployment_arn,
        name: &deployment.name,
        model_arn: &deployment.model_arn,
        status: &status,
        failure: deployment.failure.as_deref(),
    });
}

fn summary(deployment: &Deployment, exit: Exit) -> Summary {
    Summary::new(exit)
        .with("deployment_arn", deployment.deployment_arn.clone())
        .with("model_arn", deployment.model_arn.clone())
        .with("status", deployment.status.to_string())
}

impl WhichDeployment {
    fn open(&self, session: &Session<'_>) -> Result<(Backend, String)> {
        let region = session.settings.command("deploy").value(self.region.clone(), "region")?;
        let receipt = match &self.deployment {
            Some(_) => None,
            None => Some(last_deployment(session, "DEPLOYMENT")?),
        };
        let backend =
            session.open_backend(region.or_else(|| receipt.as_ref().map(|receipt| receipt.region.clone())))?;
        let of_receipt = receipt.map(|receipt| receipt.deployment_arn.unwrap_or(receipt.name));
        Ok((backend, self.deployment.clone().or(of_receipt).unwrap_or_default()))
    }
}

fn status(args: &WhichDeployment, session: &Session<'_>) -> Result<Summary> {
    let (backend, name) = args.open(session)?;
    let Some(found) = backend.bedrock().find_deployment(&name)? else {
        return Err(no_such_deployment(name, "`nova-ft deploy create` makes one."));
    };
    session.ui.result(&format!("{} is {}", found.deployment_arn, found.status));
    session.ui.result(&format!("model {}", found.model_arn));
    if let Some(failure) = &found.failure {
        session.ui.result(&format!("failure: {failure}"));
    }
    say("state", &found, session);
    Ok(summary(&found, Exit::answer(found.status != DeploymentStatus::Failed)))
}

fn no_such_deployment(name: String, hint: &str) -> Error {
    Error::not_found("GetCustomModelDeployment", name, "there is no such deployment", hint)
}

fn delete(args: &DeleteArgs, session: &Session<'_>) -> Result<Summary> {
    let (backend, name) = args.which.open(session)?;
    let receipt = DeploymentReceipt::read(&session.output_dir())?;
    match backend.bedrock().find_deployment(&name)? {
        Some(found) => {
            session.ui.status(&format!("deployment {} of {}", found.deployment_arn, found.model_arn));
            session.confirm_removal("Remove the deployment? Whoever asks it gets no more answers", args.yes)?;
        }
        // One that the receipt knows was there once; any other name may be a typing error, and the real one goes on costing.
        None if receipt.is_none_or(|receipt| !is_named(&receipt, &name, &backend)) => {
            return Err(no_such_deployment(name, "`nova-ft deploy status` names the one that was created last."));
        }
        None => {}
    }
    remove_deployment(&name, &backend, session)?;
    session.ui.status("the model stays, and on AWS costs money each month; `nova-ft clean` removes it");
    Ok(Summary::new(Exit::Done))
}

/// Whether a receipt is of the deployment of this name or ARN.
fn is_named(receipt: &DeploymentReceipt, name: &str, backend: &Backend) -> bool {
    receipt.backend == backend.kind().to_string()
        && (receipt.name == name || receipt.deployment_arn.as_deref() == Some(name))
}

/// Ends a deployment and forgets its receipt.
pub(super) fn remove_deployment(name: &str, backend: &Backend, session: &Session<'_>) -> Result<()> {
    let bedrock = backend.bedrock();
    let found = bedrock.find_deployment(name)?;
    let was_there = match &found {
        Some(found) => tear_down(&bedrock, &found.deployment_arn)?,
        None => false,
    };
    let folder = session.output_dir();
    let is_of_receipt = |receipt: &DeploymentReceipt| {
        is_named(receipt, name, backend)
            || found.as_ref().is_some_and(|found| receipt.deployment_arn.as_ref() == Some(&found.deployment_arn))
    };
    if DeploymentReceipt::read(&folder)?.as_ref().is_some_and(is_of_receipt) {
        DeploymentReceipt::forget(&folder)?;
    }
    let word = if was_there { "removed" } else { "gone already:" };
    session.ui.result(&format!("{word} deployment {name}"));
    if let Some(found) = &found {
        say("deleted", found, session);
    }
    Ok(())
}

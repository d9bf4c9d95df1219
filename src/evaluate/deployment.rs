//! A deployment makes a tuned model answer on demand. It is made once, waited for, and taken away.

use std::time::Duration;

use crate::aws::bedrock::{Deployment, DeploymentStatus, Models, NewDeployment};
use crate::error::{Error, Result, ServiceErrorKind};
use crate::findings::limits::MAX_NAME_CHARS;
use crate::images::hash_bytes;
use crate::progress::Progress;
use crate::training::job::Pace;

/// A deployment that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Its ARN.
    pub deployment_arn: String,
    /// Whether it was there before.
    pub was_there: bool,
}

/// How long to wait until a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitOptions {
    /// Time between two looks.
    pub interval: Duration,
    /// After this the waiting ends; the deployment stays.
    pub deadline: Duration,
}

impl Default for WaitOptions {
    /// A look every ten seconds; about eight minutes are usual on AWS.
    fn default() -> Self {
        Self { interval: Duration::from_secs(10), deadline: Duration::from_hours(1) }
    }
}

/// The name of a model's deployment: the model's own, which is as long as a name may be at most.
pub fn deployment_name(model_name: &str) -> String {
    model_name.chars().take(MAX_NAME_CHARS).collect()
}

/// Deploys a model under a name, or finds the deployment that it has already.
///
/// # Errors
/// Where the service refuses, and where another model has the name.
pub fn deploy(models: &dyn Models, name: &str, model_arn: &str, pace: &dyn Pace) -> Result<Deployed> {
    if let Some(found) = existing(models, name, model_arn)? {
        return Ok(Deployed { deployment_arn: found.deployment_arn, was_there: true });
    }
    // Only a retry of this very request is the same one: a deployment that was deleted since must not come back by its token.
    let token = hash_bytes(format!("{model_arn} {name} {}", pace.now().unix_timestamp_nanos()).as_bytes()).to_string();
    let new = NewDeployment {
        name: name.to_owned(),
        model_arn: model_arn.to_owned(),
        description: Some("made by nova-ft".to_owned()),
        client_request_token: format!("nova-ft-{}", &token[..32]),
    };
    match models.create_deployment(&new) {
        Ok(deployment_arn) => Ok(Deployed { deployment_arn, was_there: false }),
        // Somebody else made it in the meantime.
        Err(error) => match existing(models, name, model_arn) {
            Ok(Some(found)) => Ok(Deployed { deployment_arn: found.deployment_arn, was_there: true }),
            _ => Err(error),
        },
    }
}

/// The deployment of this name, or another one of the model. One that failed is taken away first.
fn existing(models: &dyn Models, name: &str, model_arn: &str) -> Result<Option<Deployment>> {
    match models.find_deployment(name)? {
        Some(found) if found.model_arn != model_arn => Err(Error::Setting {
            origin: "name".to_owned(),
            what: format!("the deployment {name} is of another model, {}", found.model_arn),
            hint: "give another `name`, or remove that one with `nova-ft deploy delete`.".to_owned(),
        }),
        Some(found) if found.status == DeploymentStatus::Failed => {
            models.delete_deployment(&found.deployment_arn)?;
            Ok(None)
        }
        Some(found) => Ok(Some(found)),
        None => {
            let others = models.list_deployments(Some(model_arn))?.into_iter();
            Ok(others
                .filter(|other| other.status != DeploymentStatus::Failed)
                .find(|other| other.model_arn == model_arn))
        }
    }
}

/// Waits until a deployment answers. Looks that fail in a way that may pass are repeated.
///
/// # Errors
/// Where it fails, is gone, or is not ready at the deadline; it stays there then, and is removed by `deploy delete`.
pub fn wait_until_active(
    models: &dyn Models,
    deployment: &str,
    options: &WaitOptions,
    pace: &dyn Pace,
    progress: &dyn Progress,
) -> Result<Deployment> {
    let began = pace.elapsed();
    let refused = |kind, code: &str, message: String| Error::Service {
        kind,
        operation: "GetCustomModelDeployment",
        target: deployment.to_owned(),
        code: code.to_owned(),
        message,
        hint: "`nova-ft deploy status` shows how it stands; `nova-ft deploy delete` removes it.".to_owned(),
    };
    let mut said = false;
    loop {
        let looked = models.find_deployment(deployment);
        match looked {
            Ok(None) => {
                let message = "there is no such deployment".to_owned();
                return Err(refused(ServiceErrorKind::NotFound, "ResourceNotFoundException", message));
            }
            Ok(Some(found)) if found.status == DeploymentStatus::Active => return Ok(found),
            Ok(Some(found)) if found.status == DeploymentStatus::Failed => {
                let message = found.failure.unwrap_or_else(|| "it failed".to_owned());
                return Err(refused(ServiceErrorKind::Other, "Failed", message));
            }
            Err(error) if !error.is_transient() => return Err(error),
            Ok(Some(_)) | Err(_) => {}
        }
        if pace.elapsed().saturating_sub(began) >= options.deadline {
            let minutes = options.deadline.as_secs() / 60;
            let message = format!("it is not ready after {minutes} minutes");
            return Err(refused(ServiceErrorKind::Other, "DeadlinePassed", message));
        }
        if !std::mem::replace(&mut said, true) {
            progress.line(&format!("waiting until {deployment} answers"));
        }
        pace.pause(options.interval);
    }
}

/// Ends a deployment; one that is gone is ended already. Returns whether it was there.
///
/// # Errors
/// Where the service refuses.
pub fn tear_down(models: &dyn Models, deployment: &str) -> Result<bool> {
    match models.delete_deployment(deployment) {
        Ok(()) => Ok(true),
        Err(Error::Service { kind: ServiceErrorKind::NotFound, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

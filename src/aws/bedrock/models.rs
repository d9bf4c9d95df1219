//! The calls on models and their deployments.

use std::fmt;

use aws_sdk_bedrock::types::{
    CustomModelDeploymentSummary, CustomModelSummary, FoundationModelLifecycle, FoundationModelSummary,
};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use super::BedrockClient;
use super::job::words;
use super::moment::moment;
use crate::aws::error::{bedrock_error, check_named, if_found, named};
use crate::aws::s3::pages::{Page, collect_pages};
use crate::error::Result;

/// A foundation model as `ListFoundationModels` describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundationModel {
    /// Its id.
    pub model_id: String,
    /// Its ARN.
    pub model_arn: String,
    /// Its lifecycle in this Region, where the service reports it.
    pub lifecycle: Option<ModelLifecycle>,
}

/// The lifecycle of a foundation model in a Region (`modelLifecycle`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLifecycle {
    /// The state.
    pub status: LifecycleStatus,
    /// When it enters the Legacy state, or entered it.
    pub legacy: Option<OffsetDateTime>,
    /// When it reaches its end of life.
    pub end_of_life: Option<OffsetDateTime>,
}

/// The state of a foundation model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LifecycleStatus {
    /// In full use.
    Active,
    /// To be retired: it takes no new fine-tuning jobs.
    Legacy,
    /// A word that this version does not know.
    Other(String),
}

impl FoundationModel {
    pub(super) fn of(summary: &FoundationModelSummary) -> Self {
        Self {
            model_id: summary.model_id().to_owned(),
            model_arn: summary.model_arn().to_owned(),
            lifecycle: summary.model_lifecycle().map(ModelLifecycle::of),
        }
    }
}

impl ModelLifecycle {
    fn of(lifecycle: &FoundationModelLifecycle) -> Self {
        Self {
            status: match lifecycle.status().as_str() {
                "ACTIVE" => LifecycleStatus::Active,
                "LEGACY" => LifecycleStatus::Legacy,
                other => LifecycleStatus::Other(other.to_owned()),
            },
            legacy: lifecycle.legacy_time().and_then(moment),
            end_of_life: lifecycle.end_of_life_time().and_then(moment),
        }
    }
}

/// A model that was tuned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomModel {
    /// Its ARN.
    pub model_arn: String,
    /// Its name.
    pub model_name: String,
    /// The job that made it, where the service says so.
    pub job_arn: Option<String>,
    /// What it was tuned from.
    pub base_model_arn: Option<String>,
    /// When it was made.
    pub created: Option<OffsetDateTime>,
    /// `Active`, `Creating` or `Failed`, where the service says so.
    pub status: Option<String>,
}

words! {
    /// How a deployment stands.
    DeploymentStatus {
        /// Not ready yet.
        Creating,
        /// It answers.
        Active,
        /// It never will.
        Failed,
    }
}

/// A deployment to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDeployment {
    /// Its name.
    pub name: String,
    /// The model to deploy.
    pub model_arn: String,
    /// What it is for.
    pub description: Option<String>,
    /// Of two requests with the same token the service runs one.
    pub client_request_token: String,
}

/// A tuned model that answers on demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its ARN, by which the model is asked.
    pub deployment_arn: String,
    /// Its name.
    pub name: String,
    /// The model behind it.
    pub model_arn: String,
    /// How it stands.
    pub status: DeploymentStatus,
    /// Why it failed.
    pub failure: Option<String>,
    /// When it was created.
    pub created: Option<OffsetDateTime>,
}

/// What is done with tuned models.
pub trait Models {
    /// The model of a name or an ARN, if there is one.
    fn find_model(&self, model: &str) -> Result<Option<CustomModel>>;
    /// The models whose name holds a text.
    fn list_models(&self, name_contains: Option<&str>) -> Result<Vec<CustomModel>>;
    /// Deletes a model.
    fn delete_model(&self, model: &str) -> Result<()>;
    /// Deploys a model; returns the deployment's ARN.
    fn create_deployment(&self, deployment: &NewDeployment) -> Result<String>;
    /// The deployment of a name or an ARN, if there is one.
    fn find_deployment(&self, deployment: &str) -> Result<Option<Deployment>>;
    /// The deployments of a model, or all.
    fn list_deployments(&self, model_arn: Option<&str>) -> Result<Vec<Deployment>>;
    /// Ends a deployment.
    fn delete_deployment(&self, deployment: &str) -> Result<()>;
}

impl Models for BedrockClient {
    fn find_model(&self, model: &str) -> Result<Option<CustomModel>> {
        const OPERATION: &str = "GetCustomModel";
        let answer = self.runtime.block_on(self.control.get_custom_model().model_identifier(model).send())?;
        let answer = if_found(answer.map_err(|error| bedrock_error(OPERATION, model, &error)))?;
        let Some(answer) = answer else { return Ok(None) };
        check_named(OPERATION, model, "modelArn", answer.model_arn())?;
        Ok(Some(CustomModel {
            model_arn: answer.model_arn().to_owned(),
            model_name: answer.model_name().to_owned(),
            job_arn: answer.job_arn().map(str::to_owned),
            base_model_arn: answer.base_model_arn().map(str::to_owned),
            created: moment(answer.creation_time()),
            status: answer.model_status().map(|status| status.as_str().to_owned()),
        }))
    }

    fn list_models(&self, name_contains: Option<&str>) -> Result<Vec<CustomModel>> {
        const OPERATION: &str = "ListCustomModels";
        let call = self.control.list_custom_models().set_name_contains(name_contains.map(str::to_owned));
        self.runtime.block_on(collect_pages(OPERATION, "models", usize::MAX, |token| {
            let call = call.clone().set_next_token(token);
            async {
                let answer = call.send().await.map_err(|error| bedrock_error(OPERATION, "models", &error))?;
                let items = answer.model_summaries.map(|models| models.iter().map(custom_model).collect());
                Ok(Page { items, next_token: answer.next_token })
            }
        }))?
    }

    fn delete_model(&self, model: &str) -> Result<()> {
        let answer = self.runtime.block_on(self.control.delete_custom_model().model_identifier(model).send())?;
        answer.map_err(|error| bedrock_error("DeleteCustomModel", model, &error))?;
        Ok(())
    }

    fn create_deployment(&self, deployment: &NewDeployment) -> Result<String> {
        const OPERATION: &str = "CreateCustomModelDeployment";
        let call = self
            .control
            .create_custom_model_deployment()
            .model_deployment_name(&deployment.name)
            .model_arn(&deployment.model_arn)
            .set_description(deployment.description.clone())
            .client_request_token(&deployment.client_request_token);
        let answer = self.runtime.block_on(call.send())?;
        let answer = answer.map_err(|error| bedrock_error(OPERATION, &deployment.name, &error))?;
        named(OPERATION, &deployment.name, "customModelDeploymentArn", answer.custom_model_deployment_arn)
    }

    fn find_deployment(&self, deployment: &str) -> Result<Option<Deployment>> {
        const OPERATION: &str = "GetCustomModelDeployment";
        let call = self.control.get_custom_model_deployment().custom_model_deployment_identifier(deployment);
        let answer = self.runtime.block_on(call.send())?;
        let answer = if_found(answer.map_err(|error| bedrock_error(OPERATION, deployment, &error)))?;
        let Some(answer) = answer else { return Ok(None) };
        check_named(OPERATION, deployment, "customModelDeploymentArn", answer.custom_model_deployment_arn())?;
        Ok(Some(Deployment {
            deployment_arn: answer.custom_model_deployment_arn().to_owned(),
            name: answer.model_deployment_name().to_owned(),
            model_arn: answer.model_arn().to_owned(),
            status: DeploymentStatus::from(answer.status().as_str()),
            failure: answer.failure_message().map(str::to_owned),
            created: moment(answer.created_at()),
        }))
    }

    fn list_deployments(&self, model_arn: Option<&str>) -> Result<Vec<Deployment>> {
        const OPERATION: &str = "ListCustomModelDeployments";
        let call = self.control.list_custom_model_deployments().set_model_arn_equals(model_arn.map(str::to_owned));
        self.runtime.block_on(collect_pages(OPERATION, "deployments", usize::MAX, |token| {
            let call = call.clone().set_next_token(token);
            async {
                let answer = call.send().await.map_err(|error| bedrock_error(OPERATION, "deployments", &error))?;
                let items = answer.model_deployment_summaries.map(|all| all.iter().map(deployment).collect());
                Ok(Page { items, next_token: answer.next_token })
            }
        }))?
    }

    fn delete_deployment(&self, deployment: &str) -> Result<()> {
        let call = self.control.delete_custom_model_deployment().custom_model_deployment_identifier(deployment);
        self.runtime
            .block_on(call.send())?
            .map_err(|error| bedrock_error("DeleteCustomModelDeployment", deployment, &error))?;
        Ok(())
    }
}

fn deployment(summary: &CustomModelDeploymentSummary) -> Deployment {
    Deployment {
        deployment_arn: summary.custom_model_deployment_arn().to_owned(),
        name: summary.custom_model_deployment_name().to_owned(),
        model_arn: summary.model_arn().to_owned(),
        status: DeploymentStatus::from(summary.status().as_str()),
        failure: summary.failure_message().map(str::to_owned),
        created: moment(summary.created_at()),
    }
}

fn custom_model(summary: &CustomModelSummary) -> CustomModel {
    CustomModel {
        model_arn: summary.model_arn().to_owned(),
        model_name: summary.model_name().to_owned(),
        job_arn: None,
        base_model_arn: Some(summary.base_model_arn().to_owned()),
        created: moment(summary.creation_time()),
        status: summary.model_status().map(|status| status.as_str().to_owned()),
    }
}

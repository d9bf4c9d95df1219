//! What the stand-in remembers of tuning jobs, custom models and deployments: a JSON file each.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::stamp::Stamp;
use crate::ACCOUNT_ID;

/// Something that has a file of its own.
pub(super) trait Record: Clone + Serialize + DeserializeOwned {
    /// The folder of its kind.
    const FOLDER: &'static str;

    /// The twelve characters that end its ARN.
    fn id(&self) -> &str;

    /// Its place in the order in which records were made.
    fn sequence(&self) -> u64;
}

/// A tag, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum JobStatus {
    InProgress,
    Completed,
    Failed,
    Stopping,
    Stopped,
}

impl JobStatus {
    pub(super) const WORDS: [&str; 5] = ["InProgress", "Completed", "Failed", "Stopping", "Stopped"];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
        }
    }

    /// Whether nothing happens any more.
    pub(super) fn is_final(self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// Where a phase of a job stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PhaseStatus {
    #[default]
    NotStarted,
    InProgress,
    Completed,
    Stopping,
    Stopped,
    Failed,
}

/// A phase of a job, in the shape in which `statusDetails` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Phase {
    pub(super) status: PhaseStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) creation_time: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_modified_time: Option<Stamp>,
}

impl Phase {
    pub(super) fn set(&mut self, status: PhaseStatus, now: Stamp) {
        self.status = status;
        self.creation_time.get_or_insert(now);
        self.last_modified_time = Some(now);
    }
}

/// The phases in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Phases {
    #[serde(rename = "validationDetails")]
    pub(super) validation: Phase,
    #[serde(rename = "dataProcessingDetails")]
    pub(super) data_processing: Phase,
    #[serde(rename = "trainingDetails")]
    pub(super) training: Phase,
}

impl Phases {
    /// The one that is under way, or the next.
    pub(super) fn current(&mut self) -> Option<&mut Phase> {
        [&mut self.validation, &mut self.data_processing, &mut self.training]
            .into_iter()
            .find(|phase| phase.status != PhaseStatus::Completed)
    }
}

/// The network of a job. It is kept and has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VpcConfig {
    pub(super) subnet_ids: Vec<String>,
    pub(super) security_group_ids: Vec<String>,
}

/// What a job was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JobSpec {
    pub(super) name: String,
    pub(super) model_name: String,
    pub(super) role_arn: String,
    /// The tuning id of the foundation model.
    pub(super) base: String,
    /// The custom model that training starts from; else it starts from the foundation model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base_custom_model: Option<String>,
    pub(super) training_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) validation_uri: Option<String>,
    pub(super) output_uri: String,
    pub(super) hyper_parameters: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) vpc: Option<VpcConfig>,
    pub(super) model_tags: Vec<Tag>,
}

/// A request that was done, so that its repetition does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) token: String,
    /// The sha256 of everything else in the request.
    pub(super) request: String,
}

/// A customization job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) sequence: u64,
    pub(super) region: String,
    pub(super) spec: JobSpec,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Token>,
    /// The id that its model gets.
    pub(super) model_id: String,
    pub(super) status: JobStatus,
    pub(super) phases: Phases,
    pub(super) created: Stamp,
    pub(super) modified: Stamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) training_loss: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) validation_loss: Option<f64>,
    pub(super) tags: Vec<Tag>,
}

impl Job {
    pub(super) fn arn(&self) -> String {
        let (region, base, id) = (&self.region, &self.spec.base, &self.id);
        format!("arn:aws:bedrock:{region}:{ACCOUNT_ID}:model-customization-job/{base}/{id}")
    }

    /// The ARN of the model that it makes.
    pub(super) fn model_arn(&self) -> String {
        custom_model_arn(&self.region, &self.spec.base, &self.model_id)
    }
}

impl Record for Job {
    const FOLDER: &'static str = "jobs";

    fn id(&self) -> &str {
        &self.id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}

fn custom_model_arn(region: &str, base: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}:{ACCOUNT_ID}:custom-model/{base}/{id}")
}

/// A model that a job made. Its weights have a file of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CustomModel {
    pub(super) id: String,
    pub(super) sequence: u64,
    pub(super) region: String,
    pub(super) spec: JobSpec,
    pub(super) job_arn: String,
    pub(super) created: Stamp,
    pub(super) training_loss: Option<f64>,
    pub(super) validation_loss: Option<f64>,
    pub(super) tags: Vec<Tag>,
}

impl CustomModel {
    pub(super) fn arn(&self) -> String {
        custom_model_arn(&self.region, &self.spec.base, &self.id)
    }
}

impl Record for CustomModel {
    const FOLDER: &'static str = "models";

    fn id(&self) -> &str {
        &self.id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// Another model on its way into a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Update {
    pub(super) model_arn: String,
    pub(super) started: Stamp,
}

/// A deployment of a custom model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) sequence: u64,
    pub(super) region: String,
    pub(super) name: String,
    pub(super) model_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) update: Option<Update>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Token>,
    pub(super) created: Stamp,
    pub(super) tags: Vec<Tag>,
}

impl Deployment {
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:bedrock:{}:{ACCOUNT_ID}:custom-model-deployment/{}", self.region, self.id)
    }
}

impl Record for Deployment {
    const FOLDER: &'static str = "deployments";

    fn id(&self) -> &str {
        &self.id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}

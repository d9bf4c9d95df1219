//! A customization job as its request, and as the service tells of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The request for a customization job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateJob {
    /// Name of the job.
    pub job_name: String,
    /// Name of the model that it makes.
    pub custom_model_name: String,
    /// The role that Bedrock takes on to read and write.
    pub role_arn: String,
    /// Of two requests with the same token the service runs one.
    pub client_request_token: String,
    /// The model to tune: an id for tuning, or an ARN.
    pub base_model_identifier: String,
    /// Training records, `s3://…/train.jsonl`.
    pub training_data_s3_uri: String,
    /// Validation records, where there are any.
    pub validation_data_s3_uri: Option<String>,
    /// Where the metrics go: a prefix.
    pub output_data_s3_uri: String,
    /// Values as the service takes them: texts.
    pub hyper_parameters: BTreeMap<String, String>,
}

/// How it is tuned.
pub(super) const CUSTOMIZATION_TYPE: &str = "FINE_TUNING";

impl CreateJob {
    /// The request as it is sent, and as `aws bedrock create-model-customization-job --cli-input-json` takes it.
    pub fn to_json(&self) -> Value {
        let mut request = json!({
            "jobName": self.job_name,
            "customModelName": self.custom_model_name,
            "roleArn": self.role_arn,
            "clientRequestToken": self.client_request_token,
            "baseModelIdentifier": self.base_model_identifier,
            "customizationType": CUSTOMIZATION_TYPE,
            "trainingDataConfig": {"s3Uri": self.training_data_s3_uri},
        });
        if let Some(uri) = &self.validation_data_s3_uri {
            request["validationDataConfig"] = json!({"validators": [{"s3Uri": uri}]});
        }
        request["outputDataConfig"] = json!({"s3Uri": self.output_data_s3_uri});
        request["hyperParameters"] = json!(self.hyper_parameters);
        request
    }
}

/// Declares an enum of the service's words, which may get new ones.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that this version does not know.
            Other(String),
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $(stringify!($variant) => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$variant => stringify!($variant),)+
                    Self::Other(other) => other,
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
pub(super) use words;

words! {
    /// How a job stands.
    JobStatus {
        /// It waits or works.
        InProgress,
        /// The model is there.
        Completed,
        /// It gave up; the failure message says why.
        Failed,
        /// It was told to stop.
        Stopping,
        /// It was stopped.
        Stopped,
    }
}

words! {
    /// How a phase of a job stands.
    PhaseStatus {
        /// Its turn has not come.
        NotStarted,
        /// It works.
        InProgress,
        /// Done.
        Completed,
        /// The job was told to stop.
        Stopping,
        /// The job was stopped.
        Stopped,
        /// It is why the job failed.
        Failed,
    }
}

impl JobStatus {
    /// Whether nothing will change any more.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Stopped)
    }
}

impl FromStr for JobStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = ["InProgress", "Completed", "Failed", "Stopping", "Stopped"];
        let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
        match known.into_iter().find(|known| plain(known) == plain(text)) {
            Some(known) => Ok(Self::from(known)),
            None => Err(format!("a status is one of {}", known.join(", "))),
        }
    }
}

/// The phases of a job, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The data are looked at.
    Validation,
    /// The data are made ready.
    DataProcessing,
    /// The model learns.
    Training,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Validation => "Validation",
            Self::DataProcessing => "Data processing",
            Self::Training => "Training",
        })
    }
}

/// How one phase stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseState {
    /// Which one.
    pub phase: Phase,
    /// How it stands.
    pub status: PhaseStatus,
    /// When it began.
    pub began: Option<OffsetDateTime>,
    /// When it last changed.
    pub changed: Option<OffsetDateTime>,
}

/// What the service tells of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobState {
    /// Its ARN.
    pub job_arn: String,
    /// The request as far as the service gives it back.
    pub request: CreateJob,
    /// The base model's ARN.
    pub base_model_arn: String,
    /// The model, once it is there.
    pub output_model_arn: Option<String>,
    /// How it stands.
    pub status: JobStatus,
    /// Its phases, as far as the service tells of them.
    pub phases: Vec<PhaseState>,
    /// Why it failed.
    pub failure: Option<String>,
    /// When it was created.
    pub created: Option<OffsetDateTime>,
    /// When it last changed.
    pub changed: Option<OffsetDateTime>,
    /// When it ended.
    pub ended: Option<OffsetDateTime>,
    /// The loss on the training records at the end.
    pub training_loss: Option<f32>,
    /// The loss on each file of validation records at the end.
    pub validation_losses: Vec<f32>,
}

/// A line of a list of jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// Its ARN.
    pub job_arn: String,
    /// Its name.
    pub job_name: String,
    /// The base model's ARN.
    pub base_model_arn: String,
    /// How it stands.
    pub status: JobStatus,
    /// Its phases, as far as the service tells of them.
    pub phases: Vec<PhaseState>,
    /// When it was created.
    pub created: Option<OffsetDateTime>,
    /// When it ended.
    pub ended: Option<OffsetDateTime>,
    /// The model, once it is there.
    pub custom_model_arn: Option<String>,
    /// Name of the model.
    pub custom_model_name: Option<String>,
}

/// Which jobs to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those that stand so.
    pub status: Option<JobStatus>,
    /// Only those whose name holds this.
    pub name_contains: Option<String>,
    /// The newest, at most so many.
    pub limit: usize,
}

impl Default for JobFilter {
    fn default() -> Self {
        Self { status: None, name_contains: None, limit: 20 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_validation_has_no_member_for_it() {
        let job = CreateJob { job_name: "a-1".to_owned(), ..CreateJob::default() };
        assert_eq!(job.to_json().get("validationDataConfig"), None);
        let job = CreateJob { validation_data_s3_uri: Some("s3://b/v.jsonl".to_owned()), ..job };
        assert_eq!(
            job.to_json().pointer("/validationDataConfig/validators/0/s3Uri"),
            Some(&Value::from("s3://b/v.jsonl"))
        );
    }

    #[test]
    fn a_filter_that_names_no_limit_lists_some_jobs() {
        assert_eq!(JobFilter::default().limit, 20);
    }

    #[test]
    fn words_of_the_service_read_back_and_new_ones_are_kept() {
        for word in ["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Paused"] {
            assert_eq!(JobStatus::from(word).to_string(), word);
        }
        assert_eq!("in-progress".parse(), Ok(JobStatus::InProgress));
        assert!("done".parse::<JobStatus>().unwrap_err().contains("Completed"));
        assert!(JobStatus::Failed.is_over() && !JobStatus::Stopping.is_over());
    }
}

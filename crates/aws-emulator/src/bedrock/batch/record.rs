//! What the stand-in remembers of a batch job.

use serde::{Deserialize, Serialize};
use time::Duration;

use super::super::record::{Record, Tag, Token, VpcConfig};
use super::super::stamp::Stamp;
use crate::ACCOUNT_ID;

/// Where a batch job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bedrock) enum BatchStatus {
    Submitted,
    Validating,
    Scheduled,
    InProgress,
    Completed,
    PartiallyCompleted,
    Failed,
    Stopping,
    Stopped,
    Expired,
}

impl BatchStatus {
    const ALL: [Self; 10] = [
        Self::Submitted,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
        Self::Stopping,
        Self::Stopped,
        Self::PartiallyCompleted,
        Self::Expired,
        Self::Validating,
        Self::Scheduled,
    ];
    /// The words of [`BatchStatus::word`], in the order of the service model.
    pub(super) const WORDS: [&str; 10] = {
        let mut words = [""; 10];
        let mut at = 0;
        while at < words.len() {
            words[at] = Self::ALL[at].word();
            at += 1;
        }
        words
    };

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "Submitted",
            Self::Validating => "Validating",
            Self::Scheduled => "Scheduled",
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::PartiallyCompleted => "PartiallyCompleted",
            Self::Failed => "Failed",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Expired => "Expired",
        }
    }

    /// Whether nothing happens any more.
    pub(in crate::bedrock) fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::PartiallyCompleted | Self::Failed | Self::Stopped | Self::Expired)
    }

    /// Whether no record had its turn yet.
    pub(super) fn is_before_work(self) -> bool {
        matches!(self, Self::Submitted | Self::Validating | Self::Scheduled)
    }
}

/// What each record's input is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Invocation {
    #[default]
    InvokeModel,
    Converse,
}

impl Invocation {
    pub(super) const WORDS: [&str; 2] = ["InvokeModel", "Converse"];
}

/// A place in S3 with the account that its bucket shall be of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<String>,
}

/// What a batch job was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BatchSpec {
    pub(super) name: String,
    pub(super) role_arn: String,
    /// As the request names it.
    pub(super) model: String,
    pub(super) input: Place,
    pub(super) output: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) vpc: Option<VpcConfig>,
    pub(super) timeout_hours: u32,
    pub(super) invocation: Invocation,
}

/// How far the records are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
}

impl Counts {
    pub(super) fn processed(self) -> u64 {
        self.succeeded + self.failed
    }
}

/// A batch job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bedrock) struct BatchJob {
    pub(in crate::bedrock) id: String,
    pub(in crate::bedrock) sequence: u64,
    pub(in crate::bedrock) region: String,
    pub(super) spec: BatchSpec,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Token>,
    pub(in crate::bedrock) status: BatchStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    pub(super) counts: Counts,
    pub(super) submitted: Stamp,
    pub(super) modified: Stamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Stamp>,
    pub(in crate::bedrock) tags: Vec<Tag>,
}

impl BatchJob {
    pub(in crate::bedrock) fn arn(&self) -> String {
        format!("arn:aws:bedrock:{}:{ACCOUNT_ID}:model-invocation-job/{}", self.region, self.id)
    }

    /// When its time is up.
    pub(super) fn expires(&self) -> Stamp {
        Stamp(self.submitted.0 + Duration::hours(self.spec.timeout_hours.into()))
    }
}

impl Record for BatchJob {
    const FOLDER: &'static str = "batches";

    fn id(&self) -> &str {
        &self.id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}

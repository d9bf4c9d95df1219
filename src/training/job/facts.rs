//! What the services say about a request before it is sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::bedrock::{FoundationModel, JobState};
use crate::aws::iam::{Caller, Role};
use crate::aws::s3::{BucketRegion, Encryption, S3Uri, Sight, WriteProbe};
use crate::findings::Report;
use crate::images::Digest;

/// An answer to a question that need not be allowed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Answer<T> {
    /// Nobody asked: something else that is wrong makes the question pointless, or it was not wanted.
    #[default]
    NotAsked,
    /// The answer.
    Told(T),
    /// The service did not say; its code and message.
    Refused(String),
}

impl<T> Answer<T> {
    /// The answer, where there is one.
    pub(crate) fn told(&self) -> Option<&T> {
        match self {
            Self::Told(answer) => Some(answer),
            Self::NotAsked | Self::Refused(_) => None,
        }
    }
}

/// What is known of a bucket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BucketFacts {
    /// Members of the request that name it.
    pub(crate) pointers: Vec<String>,
    /// Where it is.
    pub(crate) region: Answer<BucketRegion>,
    /// What is done to its objects.
    pub(crate) encryption: Answer<Encryption>,
}

/// What is known of a file of records.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordsFacts {
    /// The member of the request that names it.
    pub(crate) pointer: String,
    /// Where it is.
    pub(crate) uri: S3Uri,
    /// What is seen of it.
    pub(crate) sight: Answer<Sight>,
    /// The sha256 that it should have.
    pub(crate) expected: Option<Digest>,
    /// The photos that its records name.
    pub(crate) photos: Answer<PhotosFacts>,
}

/// What is known of the photos that a file of records names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PhotosFacts {
    /// Records.
    pub(crate) records: usize,
    /// Different photos.
    pub(crate) photos: usize,
    /// Those that are not there, with the first line that names each.
    pub(crate) missing: BTreeMap<S3Uri, u64>,
    /// Those in another bucket than the records, with the first line that names each.
    pub(crate) elsewhere: BTreeMap<S3Uri, u64>,
}

/// Everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// Where the job will run.
    pub(crate) region: String,
    /// The account is the stand-in's, which has no policies.
    pub(crate) is_local: bool,
    /// Whose credentials are in use.
    pub(crate) caller: Answer<Caller>,
    /// What IAM says of the role.
    pub(crate) role: Answer<Role>,
    /// The models that can be fine-tuned in this Region.
    pub(crate) tunable: Answer<Vec<FoundationModel>>,
    /// The job that has the name already.
    pub(crate) same_name: Answer<Option<JobState>>,
    /// The ARN of the model that has the name already.
    pub(crate) same_model: Answer<Option<String>>,
    /// The buckets of the request, by name.
    pub(crate) buckets: BTreeMap<String, BucketFacts>,
    /// The files of records.
    pub(crate) records: Vec<RecordsFacts>,
    /// What is wrong inside of those of which nobody says that they are valid.
    pub(crate) in_records: Report,
    /// Whether the output can be written.
    pub(crate) output: Answer<WriteProbe>,
}

/// The account of a role's ARN; `None` where it is no such ARN.
pub fn account_of_role(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The name of a role, without its path.
pub(crate) fn name_of_role(arn: &str) -> Option<&str> {
    let (_, path) = arn.split_once(":role/")?;
    path.rsplit('/').next().filter(|name| !name.is_empty())
}

/// Up to three names, and how many more there are.
pub(crate) fn some_of<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: BTreeSet<_> = names.collect();
    let shown: Vec<_> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_an_account_and_a_name() {
        let arn = "arn:aws:iam::123456789012:role/service-role/team/tune";
        assert_eq!((account_of_role(arn), name_of_role(arn)), (Some("123456789012"), Some("tune")));
        assert_eq!(account_of_role("arn:aws:iam:::role/tune"), None);
        assert_eq!(name_of_role("arn:aws:iam::123456789012:user/me"), None);
    }

    #[test]
    fn many_names_are_cut() {
        let names: Vec<_> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(some_of(names[..2].iter()), "`a`, `b`");
        assert_eq!(some_of(names.iter()), "`a`, `b`, `c` and 2 more");
    }
}

//! The customization job: its request, checked together with the data before anything is sent; sending and watching it.
//!
//! [`check_request`] looks at the JSON that `aws bedrock create-model-customization-job --cli-input-json` takes and asks no
//! service. [`JobSpec`] is what a job is asked to do; [`preflight`] asks the services what they would refuse; [`submit`] sends
//! it, once; [`watch`] looks at it until it is over.

mod base_model;
mod facts;
mod fix;
mod names;
mod policy;
mod preflight;
mod receipt;
pub mod render;
mod request;
pub mod rules;
mod span;
mod spec;
mod submit;
#[cfg(test)]
pub(crate) mod testing;
mod watch;

use std::path::Path;

pub use crate::pace::{Pace, WallPace};
pub use base_model::tuning_id;
pub use facts::account_of_role;
pub use fix::{FixRequestOptions, fix_request};
pub use policy::{Policies, key_arn};
pub use preflight::{
    PreflightOptions, S3Check, Services, WriteCheck, check_base_model, check_offline, check_offline_in, preflight,
};
pub use receipt::{JOB_FILE, JobReceipt};
pub use span::Span;
pub use spec::{DEFAULT_JOB_NAME, DEFAULT_LEARNING_RATE, JobSpec, default_warmup_steps};
pub use submit::{Found, Submitted, find_same, submit};
pub use watch::no_such_job;
pub use watch::{Notice, Outcome, Stall, WatchOptions, watch};

use crate::error::Result;
use crate::findings::Finding;
use crate::validate::Model;
use request::Request;

/// What is known of the data that a job trains on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataFacts {
    /// The model that they were checked for.
    pub model: Model,
    /// Training records.
    pub train_count: usize,
    /// The bucket that their files are in, where they have any.
    pub bucket: Option<String>,
    /// Where the job will run, where that is said.
    pub region: Option<String>,
    /// Whether Bedrock's list of models for fine-tuning was read, so that it decides what is offered.
    pub has_model_list: bool,
}

/// Checks the file of a request against every rule on requests.
///
/// # Errors
/// Where the file cannot be read or is too large to be a request. Whatever is wrong inside it is a finding.
pub fn check_request(file: &Path, data: &DataFacts) -> Result<Vec<Finding>> {
    Ok(match Request::parse(file, &request::read_bytes(file)?) {
        Ok(request) => findings_of(&request, data),
        Err(finding) => vec![*finding],
    })
}

fn findings_of(request: &Request, data: &DataFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in rules::CHECKS {
        check(request, data, &mut findings);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// Values that a member may hold by mistake.
    fn odd() -> impl Strategy<Value = Value> {
        let values = [
            json!(null),
            json!(7),
            json!(1e-5),
            json!(""),
            json!("a:b:c:d"),
            json!("arn:a:b:c:d:e/f"),
            json!("us.amazon."),
            json!("s3://"),
            json!("发票"),
            json!([]),
            json!([null, "x", {"s3Uri": 3}, {"key": "键"}]),
            json!({}),
            json!({"s3Uri": ["x"], "validators": [[], {"s3Uri": ""}], "epochCount": [2], "~/": "1"}),
        ];
        proptest::sample::select(values.to_vec())
    }

    proptest! {
        #[test]
        fn a_request_of_any_shape_has_findings_and_is_no_fault(
            members in proptest::collection::vec((proptest::sample::select(vec![
                "jobName", "customModelName", "roleArn", "clientRequestToken", "baseModelIdentifier", "customizationType",
                "customModelKmsKeyId", "jobTags", "customModelTags", "trainingDataConfig", "validationDataConfig",
                "outputDataConfig", "hyperParameters", "vpcConfig", "customizationConfig", "a/b~c",
            ]), odd()), 0..16),
            train_count in 0_usize..30_000,
        ) {
            let value: Value = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let request = Request { file: Some("job.json".into()), value };
            let findings = findings_of(&request, &DataFacts { train_count, ..DataFacts::default() });
            prop_assert!(!findings.is_empty());
            // Every pointer leads to what the finding is about.
            for pointer in findings.iter().filter_map(|finding| finding.place.member.as_deref()) {
                prop_assert!(request.value.pointer(pointer).is_some(), "{pointer}");
            }
        }
    }
}

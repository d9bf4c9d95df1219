//! The customization job: its request, checked together with the data before anything is sent.
//!
//! [`check_request`] looks at the JSON that `aws bedrock create-model-customization-job --cli-input-json` takes. Nothing here
//! asks a service.

mod base_model;
mod fix;
mod names;
mod request;
pub mod rules;

use std::path::Path;

pub use base_model::tuning_id;
pub use fix::{FixRequestOptions, fix_request};

use crate::error::Result;
use crate::finding::Finding;
use crate::validate::Model;
use request::Request;

/// What is known of the data that a job trains on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DataFacts {
    /// The model that they were checked for.
    pub model: Model,
    /// Training records.
    pub train_count: usize,
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

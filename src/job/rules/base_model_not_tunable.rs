use crate::finding::{Finding, Severity};
use crate::job::DataFacts;
use crate::job::base_model::BaseModel;
use crate::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `baseModelIdentifier` that is not the id of a Nova model for tuning: an id for inference (`us.amazon.…`, or
    /// without the context length `:300k`), a model that is not tuned on Bedrock, another vendor's. A model of your own is a
    /// warning.
    ///
    /// ## Why is this bad?
    /// The service refuses the job. Ids for tuning and for inference look alike and are not the same. Whether a model that was
    /// tuned can be tuned again, AWS's pages disagree: one allows it, one tells of a refusal for Nova Lite.
    ///
    /// ## Example
    /// `"baseModelIdentifier": "us.amazon.nova-lite-v1:0"`
    ///
    /// ## Use instead
    /// `"baseModelIdentifier": "amazon.nova-lite-v1:0:300k"`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BASE_MODEL_NOT_TUNABLE = "JOB010", "base-model-not-tunable", Error, Job, fix None;
}

const POINTER: &str = "/baseModelIdentifier";

/// Base models that cannot be tuned.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(id) = request.text(POINTER) else { return };
    match BaseModel::parse(id) {
        BaseModel::Tunable(_) => {}
        BaseModel::Unfit(why) => findings.push(request.finding(&BASE_MODEL_NOT_TUNABLE, POINTER, why)),
        BaseModel::Custom(_) => {
            let message = format!("`{id}` is a model of your own: a second round of tuning may be refused");
            let mut finding = request.finding(&BASE_MODEL_NOT_TUNABLE, POINTER, message);
            finding.severity = Severity::Warning;
            findings.push(finding);
        }
    }
}

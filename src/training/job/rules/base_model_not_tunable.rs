use crate::findings::{Finding, Severity};
use crate::training::job::DataFacts;
use crate::training::job::base_model::BaseModel;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `baseModelIdentifier` that is not the id of a Nova model for fine-tuning: an id for inference (`us.amazon.…`, or
    /// without the context length `:300k`) or another vendor's. A Nova id that this version does not know is a warning: where
    /// Bedrock is asked, its list of models decides (JOB018). A model of your own is a warning.
    ///
    /// ## Why is this bad?
    /// The service refuses the job. Ids for fine-tuning and for inference look alike and are not the same. AWS's user guide
    /// (page "Customize a model with fine-tuning", copy of October 2026) lists Nova Micro, Lite, Pro, 2 Lite and Canvas; AWS may add
    /// models. Whether a model that was tuned can be tuned again, AWS's pages disagree: the user guide allows it, a blog post of
    /// AWS China of January 2026 reports a refusal for Nova Lite.
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
pub(crate) fn check(request: &Request, data: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(id) = request.text(POINTER) else { return };
    match BaseModel::parse(id) {
        BaseModel::Tunable(_) => {}
        BaseModel::Unfit(why) => findings.push(request.finding(&BASE_MODEL_NOT_TUNABLE, POINTER, why)),
        BaseModel::Custom(_) => findings.push(warning(
            request,
            format!("`{id}` is a model of your own: a second round of tuning may be refused"),
        )),
        // Where Bedrock was asked, its list decides: that is JOB018's.
        BaseModel::Unlisted(_) if data.has_model_list => {}
        BaseModel::Unlisted(_) => findings.push(warning(
            request,
            format!("`{id}` is not a model that this version knows; whether Bedrock offers it for fine-tuning was not checked"),
        )),
    }
}

/// A base model that may be refused.
pub(super) fn warning(request: &Request, message: String) -> Finding {
    Finding { severity: Severity::Warning, ..request.finding(&BASE_MODEL_NOT_TUNABLE, POINTER, message) }
}

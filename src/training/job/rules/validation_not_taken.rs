use crate::findings::Finding;
use crate::training::job::DataFacts;
use crate::training::job::base_model::BaseModel;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports validation data in a request for Nova 2 Lite.
    ///
    /// ## Why is this bad?
    /// The documentation's page on its data says that they are not supported, and AWS's validator refuses them.
    ///
    /// ## Example
    /// `amazon.nova-2-lite-v1:0:256k` with a `validationDataConfig`.
    ///
    /// ## Use instead
    /// The request without it; compare base and tuned model on the held-out photos afterwards.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) VALIDATION_NOT_TAKEN = "JOB016", "validation-not-taken", Error, Job, fix None;
}

/// Validation data that the model does not take.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(id) = request.text("/baseModelIdentifier") else { return };
    let Some(model) = BaseModel::parse(id).family() else { return };
    let pointer = "/validationDataConfig";
    if !model.takes_validation() && request.value.pointer(pointer).is_some_and(|data| !data.is_null()) {
        let message = format!("{} takes no validation data: leave this out", model.title());
        findings.push(request.finding(&VALIDATION_NOT_TAKEN, pointer, message));
    }
}

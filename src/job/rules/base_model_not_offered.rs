use crate::finding::Finding;
use crate::job::base_model::{Arn, BaseModel};
use crate::job::facts::{Facts, some_of};
use crate::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `baseModelIdentifier` that the list of models for fine-tuning in the job's Region does not have.
    ///
    /// ## Why is this bad?
    /// The service answers `ValidationException: The provided model identifier is invalid`. Models come to Regions one by one and leave
    /// them again; the list is what holds today.
    ///
    /// ## Example
    /// `amazon.nova-lite-v1:0:300k` in eu-west-1.
    ///
    /// ## Use instead
    /// A model of `aws bedrock list-foundation-models --by-customization-type FINE_TUNING`, in its Region.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BASE_MODEL_NOT_OFFERED = "JOB018", "base-model-not-offered", Error, Job, fix None;
}

/// Base models that are not offered.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(id) = request.text("/baseModelIdentifier") else { return };
    // What was tuned already is in no list of Amazon's, and what cannot be tuned anywhere is another rule's.
    let (Some(offered), BaseModel::Tunable(_)) = (facts.tunable.told(), BaseModel::parse(id)) else { return };
    let id = Arn::parse(id).and_then(|arn| arn.resource.strip_prefix("foundation-model/")).unwrap_or(id);
    if offered.iter().any(|model| model.model_id == id) {
        return;
    }
    let novas: Vec<_> = offered.iter().map(|model| &model.model_id).filter(|id| id.contains("nova")).collect();
    let offered = match novas.as_slice() {
        [] => "no Nova model can be".to_owned(),
        novas => format!("offered are {}", some_of(novas.iter().copied())),
    };
    let message = format!("`{id}` cannot be fine-tuned in {}: {offered}", facts.region);
    findings.push(request.finding(&BASE_MODEL_NOT_OFFERED, "/baseModelIdentifier", message));
}

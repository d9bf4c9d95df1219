use super::base_model_not_tunable;
use crate::aws::bedrock::{FoundationModel, LifecycleStatus};
use crate::findings::Finding;
use crate::training::job::base_model::{Arn, BaseModel};
use crate::training::job::facts::{Facts, some_of};
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `baseModelIdentifier` that Bedrock's list of models for fine-tuning in the job's Region does not have, or has in
    /// the Legacy state.
    ///
    /// ## Why is this bad?
    /// The service answers `ValidationException: The provided model identifier is invalid`. Models come to Regions one by one and leave
    /// them again; the list is what holds today. A model in the Legacy state takes no new fine-tuning jobs (AWS user guide, page
    /// "Model lifecycle (Legacy)", copy of October 2026).
    ///
    /// ## Example
    /// `amazon.nova-lite-v1:0:300k` in eu-west-1.
    ///
    /// ## Use instead
    /// A model of `aws bedrock list-foundation-models --by-customization-type FINE_TUNING` whose `modelLifecycle` is `ACTIVE`, in its
    /// Region.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BASE_MODEL_NOT_OFFERED = "JOB018", "base-model-not-offered", Error, Job, fix None;
}

/// Base models that are not offered.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(id) = request.text("/baseModelIdentifier") else { return };
    // A custom model is not in the list, and an id that is certainly wrong is another rule's.
    let parsed = BaseModel::parse(id);
    let (Some(listed), BaseModel::Tunable(_) | BaseModel::Unlisted(_)) = (facts.tunable.told(), &parsed) else {
        return;
    };
    let id = Arn::parse(id).and_then(|arn| arn.resource.strip_prefix("foundation-model/")).unwrap_or(id);
    let region = &facts.region;
    let problem = match listed.iter().find(|model| model.model_id == id) {
        Some(model) if is_legacy(model) => {
            format!("`{id}` is in the Legacy state in {region}{}: it takes no new fine-tuning jobs", dates(model))
        }
        Some(_) => {
            if let BaseModel::Unlisted(_) = parsed {
                let message = format!("`{id}` is not a model that this version knows: its limits are not checked");
                findings.push(base_model_not_tunable::warning(request, message));
            }
            return;
        }
        None => format!("`{id}` cannot be fine-tuned in {region}"),
    };
    let novas = listed.iter().filter(|model| model.model_id.contains("nova") && !is_legacy(model));
    let novas: Vec<_> = novas.map(|model| &model.model_id).collect();
    let offered = match novas.as_slice() {
        [] => "no Nova model can be".to_owned(),
        novas => format!("offered are {}", some_of(novas.iter().copied())),
    };
    findings.push(request.finding(&BASE_MODEL_NOT_OFFERED, "/baseModelIdentifier", format!("{problem}; {offered}")));
}

fn is_legacy(model: &FoundationModel) -> bool {
    model.lifecycle.as_ref().is_some_and(|lifecycle| lifecycle.status == LifecycleStatus::Legacy)
}

/// Since when the model is in the Legacy state and until when it lives, where the list says so.
fn dates(model: &FoundationModel) -> String {
    let Some(lifecycle) = &model.lifecycle else { return String::new() };
    let since = lifecycle.legacy.map(|at| format!(" since {}", at.date()));
    let end = lifecycle.end_of_life.map(|at| format!(" (end of life {})", at.date()));
    [since, end].into_iter().flatten().collect()
}

use crate::findings::Finding;
use crate::training::job::DataFacts;
use crate::training::job::base_model::BaseModel;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a base model that is not the one that the records are checked for (`--model`).
    ///
    /// ## Why is this bad?
    /// Limits differ between the models: photos, fewest samples, formats, validation file. The report about the records is then
    /// about another job.
    ///
    /// ## Example
    /// `nova-ft validate train.jsonl --model lite --job job.json`, where the request has `amazon.nova-pro-v1:0:300k`.
    ///
    /// ## Use instead
    /// `--model pro`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) BASE_MODEL_OF_OTHER_DATA = "JOB011", "base-model-of-other-data", Warning, Job, fix None;
}

/// Base models that the records were not checked for.
pub(crate) fn check(request: &Request, data: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(id) = request.text("/baseModelIdentifier") else { return };
    let Some(model) = BaseModel::parse(id).family() else { return };
    if model != data.model {
        let message = format!(
            "the request tunes {}, the records are checked for {}: give --model {model}",
            model.title(),
            data.model.title()
        );
        findings.push(request.finding(&BASE_MODEL_OF_OTHER_DATA, "/baseModelIdentifier", message));
    }
}

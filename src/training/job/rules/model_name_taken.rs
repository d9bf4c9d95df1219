use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `customModelName` that a model of the account has already.
    ///
    /// ## Why is this bad?
    /// The service answers `ConflictException`.
    ///
    /// ## Example
    /// `"customModelName": "sellers"` for the second job.
    ///
    /// ## Use instead
    /// Another `--custom-model-name`; without the option the name is made of the job's, and differs for each job.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) MODEL_NAME_TAKEN = "JOB030", "model-name-taken", Error, Job, fix None;
}

/// Names that a model has.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(Some(arn)) = facts.same_model.told() else { return };
    let message = format!("the model {arn} has this name: give another --custom-model-name");
    findings.push(request.finding(&MODEL_NAME_TAKEN, "/customModelName", message));
}

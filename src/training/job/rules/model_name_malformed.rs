use crate::findings::Finding;
use crate::findings::limits::MAX_NAME_CHARS;
use crate::training::job::DataFacts;
use crate::training::job::names::is_model_name;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `customModelName` that is not 1 to 63 letters and digits with single `_` or `-` between them.
    ///
    /// ## Why is this bad?
    /// The service refuses the request. A dot, which a job's name may have, is not allowed here, and neither is `--`.
    ///
    /// ## Example
    /// `"customModelName": "seller--v1.2"`
    ///
    /// ## Use instead
    /// `"customModelName": "seller-v1_2"`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) MODEL_NAME_MALFORMED = "JOB008", "model-name-malformed", Error, Job, fix None;
}

/// Names of models that are refused.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(name) = request.text("/customModelName").filter(|name| !is_model_name(name)) else { return };
    let message = match name.chars().count() {
        count if count > MAX_NAME_CHARS => format!("{count} characters; a model's name has at most {MAX_NAME_CHARS}"),
        _ => format!("`{name}`: a model's name is letters and digits, with single `_` or `-` between them"),
    };
    findings.push(request.finding(&MODEL_NAME_MALFORMED, "/customModelName", message));
}

use crate::findings::Finding;
use crate::findings::limits::MAX_NAME_CHARS;
use crate::training::job::DataFacts;
use crate::training::job::names::is_job_name;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `jobName` that is not 1 to 63 letters, digits, `-`, `+` and `.`, the first of them a letter or digit.
    ///
    /// ## Why is this bad?
    /// The service refuses the request. An underscore, which a model's name may have, is not allowed here.
    ///
    /// ## Example
    /// `"jobName": "seller_tune_1"`
    ///
    /// ## Use instead
    /// `"jobName": "seller-tune-1"`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) JOB_NAME_MALFORMED = "JOB007", "job-name-malformed", Error, Job, fix None;
}

/// Names of jobs that are refused.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(name) = request.text("/jobName").filter(|name| !is_job_name(name)) else { return };
    let message = match name.chars().count() {
        count if count > MAX_NAME_CHARS => format!("{count} characters; a job's name has at most {MAX_NAME_CHARS}"),
        _ => format!("`{name}`: a job's name is letters, digits, `-`, `+`, `.`, and begins with a letter or digit"),
    };
    findings.push(request.finding(&JOB_NAME_MALFORMED, "/jobName", message));
}

use crate::aws::iam::Role;
use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `roleArn` that the account does not have (`GetRole` of IAM).
    ///
    /// ## Why is this bad?
    /// The service answers `ValidationException: Could not assume provided IAM role`.
    ///
    /// ## Example
    /// `"roleArn": "arn:aws:iam::123456789012:role/tunee"`, where the role is called `tune`.
    ///
    /// ## Use instead
    /// A role that is there; `nova-ft job policy` prints the documents that it needs.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) ROLE_MISSING = "JOB020", "role-missing", Error, Job, fix None;
}

/// Roles that are not there.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.role.told() == Some(&Role::Missing) {
        let arn = request.text("/roleArn").unwrap_or_default();
        let message = format!("the account has no role `{arn}`: `nova-ft job policy` prints what one needs");
        findings.push(request.finding(&ROLE_MISSING, "/roleArn", message));
    }
}

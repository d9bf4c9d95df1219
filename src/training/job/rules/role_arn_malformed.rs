use crate::findings::Finding;
use crate::training::job::DataFacts;
use crate::training::job::names::is_role_arn;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `roleArn` that is no ARN of an IAM role.
    ///
    /// ## Why is this bad?
    /// The service refuses the request. A role's name, a user's ARN, or that of an assumed role are often given by mistake.
    ///
    /// ## Example
    /// `"roleArn": "arn:aws:sts::123456789012:assumed-role/tune/me"`
    ///
    /// ## Use instead
    /// `"roleArn": "arn:aws:iam::123456789012:role/tune"`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) ROLE_ARN_MALFORMED = "JOB015", "role-arn-malformed", Error, Job, fix None;
}

/// Roles that are none.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(arn) = request.text("/roleArn").filter(|arn| !is_role_arn(arn)) else { return };
    let message = format!("`{arn}`: a role is written arn:aws:iam::123456789012:role/NAME");
    findings.push(request.finding(&ROLE_ARN_MALFORMED, "/roleArn", message));
}

use crate::findings::Finding;
use crate::training::job::facts::{Facts, account_of_role};
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a `roleArn` of another account than the one whose credentials are in use (`GetCallerIdentity` of STS).
    ///
    /// ## Why is this bad?
    /// The service answers `AccessDeniedException: Cross-account pass role is not allowed`.
    ///
    /// ## Example
    /// `"roleArn": "arn:aws:iam::999999999999:role/tune"`, with credentials of account 123456789012.
    ///
    /// ## Use instead
    /// A role of the caller's account, or the credentials of the role's: `AWS_PROFILE`.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) ROLE_OF_ANOTHER_ACCOUNT = "JOB019", "role-of-another-account", Error, Job, fix None;
}

/// Roles of other accounts.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let (Some(arn), Some(caller)) = (request.text("/roleArn"), facts.caller.told()) else { return };
    let Some(account) = account_of_role(arn).filter(|account| *account != caller.account_id) else { return };
    let message = format!(
        "the role is of account {account}, the credentials in use are of {} ({})",
        caller.account_id, caller.arn
    );
    findings.push(request.finding(&ROLE_OF_ANOTHER_ACCOUNT, "/roleArn", message));
}

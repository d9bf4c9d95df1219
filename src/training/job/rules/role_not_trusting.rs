use crate::aws::iam::{Role, TrustFault, TrustPolicy};
use crate::findings::Finding;
use crate::training::job::facts::{Facts, account_of_role, some_of};
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a role whose trust policy does not let Bedrock take it on for this job: no statement allows `sts:AssumeRole` to
    /// `bedrock.amazonaws.com`, one denies it, or a condition asks for another account (`aws:SourceAccount`) or another source
    /// (`aws:SourceArn`) than customization jobs of this account and Region. A denial on any other condition is not reported:
    /// whether it holds cannot be told from here.
    ///
    /// ## Why is this bad?
    /// The service answers `ValidationException: Could not assume provided IAM role`; so it did seven times in one project.
    ///
    /// ## Example
    /// ```json
    /// {"Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole", "Effect": "Allow"}
    /// ```
    ///
    /// ## Use instead
    /// The trust policy that `nova-ft job policy` prints.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) ROLE_NOT_TRUSTING = "JOB021", "role-not-trusting", Error, Job, fix None;
}

/// Roles that Bedrock may not take on.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(Role::Found { trust_policy }) = facts.role.told() else { return };
    let caller = facts.caller.told().map(|caller| caller.account_id.as_str());
    let of_role = request.text("/roleArn").and_then(account_of_role);
    let Some(account) = of_role.or(caller) else { return };
    let checked = TrustPolicy::parse(trust_policy).and_then(|policy| policy.check(account, &facts.region));
    let Err(fault) = checked else { return };
    let why = match fault {
        TrustFault::Unreadable => "its trust policy cannot be read".to_owned(),
        TrustFault::ServiceMissing => "its trust policy does not allow it to bedrock.amazonaws.com".to_owned(),
        TrustFault::Denied => "its trust policy denies it".to_owned(),
        TrustFault::Condition { key, values } => {
            format!("its trust policy asks that `{key}` be {}", some_of(values.iter()))
        }
    };
    let message = format!(
        "Bedrock may not take the role on for a job of {account} in {}: {why}; see `nova-ft job policy`",
        facts.region
    );
    findings.push(request.finding(&ROLE_NOT_TRUSTING, "/roleArn", message));
}

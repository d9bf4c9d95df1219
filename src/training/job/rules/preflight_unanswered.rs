use crate::aws::iam::Role;
use crate::findings::{Finding, Severity};
use crate::training::job::facts::{Answer, Facts};
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports what a service did not say because the caller may not ask: the role's trust policy, the models on offer, the account,
    /// whether names are taken. As a note it also says what nobody can see from outside: whether the role may read and write.
    ///
    /// ## Why is this bad?
    /// The job may be refused for a reason that the preflight could have named.
    ///
    /// ## Example
    /// Credentials without `iam:GetRole`.
    ///
    /// ## Use instead
    /// The permissions for the caller that `nova-ft job policy` prints; or go on, and see what Bedrock says.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PREFLIGHT_UNANSWERED = "JOB022", "preflight-unanswered", Warning, Job, fix None;
}

/// Questions without an answer.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let mut report = |pointer: &str, what: &str, why: &str| {
        let message = format!("{what} is not known: {why}");
        findings.push(request.finding(&PREFLIGHT_UNANSWERED, pointer, message));
    };
    if let Answer::Refused(why) = &facts.caller {
        report("/roleArn", "whether the role is of the caller's account", why);
    }
    match &facts.role {
        Answer::Refused(why) => report("/roleArn", "whether Bedrock may take the role on", why),
        Answer::Told(Role::Denied { message }) => {
            report("/roleArn", "whether Bedrock may take the role on", &format!("GetRole: {message}"));
        }
        Answer::Told(Role::Found { .. } | Role::Missing) | Answer::NotAsked => {}
    }
    if let Answer::Refused(why) = &facts.tunable {
        report("/baseModelIdentifier", "whether the model can be fine-tuned in this Region", why);
    }
    if let Answer::Refused(why) = &facts.same_name {
        report("/jobName", "whether a job has this name", why);
    }
    if let Answer::Refused(why) = &facts.same_model {
        report("/customModelName", "whether a model has this name", why);
    }
    for records in &facts.records {
        if let Answer::Refused(why) = &records.photos {
            report(&records.pointer, "whether the photos are there", why);
        }
    }
    if let (Some(Role::Found { .. }), false) = (facts.role.told(), facts.is_local) {
        let message = "whether the role may read the data and write the output cannot be seen from here: `nova-ft job \
                       policy` prints what it must be allowed";
        let mut note = request.finding(&PREFLIGHT_UNANSWERED, "/roleArn", message);
        note.severity = Severity::Note;
        findings.push(note);
    }
}

use crate::aws::s3::Sight;
use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports records in S3 whose metadata do not say that the data set passed validation: they were put there by another program, or
    /// by `nova-ft upload` with `--unvalidated` or `--allow`.
    ///
    /// ## Why is this bad?
    /// What `nova-ft validate` would name in a second, Bedrock names after hours.
    ///
    /// ## Example
    /// `aws s3 cp train.jsonl s3://bucket/p/`
    ///
    /// ## Use instead
    /// `nova-ft upload`, which validates first.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) RECORDS_NOT_VALIDATED = "JOB031", "records-not-validated", Warning, S3, fix None;
}

/// Records of which nobody says that they are valid.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for records in &facts.records {
        let Some(Sight::There(object)) = records.sight.told() else { continue };
        let why = match object.validation.as_deref() {
            Some("passed") => continue,
            Some("skipped") => "was sent with --unvalidated".to_owned(),
            Some(allowed) if allowed.starts_with("allowed ") => {
                format!("was sent with errors that were allowed: {}", &allowed["allowed ".len()..])
            }
            _ => "does not say that it was validated: `nova-ft upload` validates first".to_owned(),
        };
        findings.push(request.finding(&RECORDS_NOT_VALIDATED, &records.pointer, format!("{} {why}", records.uri)));
    }
}

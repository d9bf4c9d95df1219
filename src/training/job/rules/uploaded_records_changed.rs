use crate::aws::s3::Sight;
use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports records in S3 that have other bytes than those of the data set in its folder on this machine, by its manifest.
    ///
    /// ## Why is this bad?
    /// The job would train on something else than what lies on this machine: it was prepared anew and not uploaded, or somebody
    /// else has uploaded to the same prefix.
    ///
    /// ## Example
    /// `nova-ft prepare --seed 8` after the upload, then the job.
    ///
    /// ## Use instead
    /// `nova-ft upload` once more; or a prefix of your own (`--s3-prefix`).
    ///
    /// ## Fix
    /// By hand.
    pub(crate) UPLOADED_RECORDS_CHANGED = "JOB032", "uploaded-records-changed", Error, S3, fix None;
}

/// Records that are not those of the data set.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for records in &facts.records {
        let (Some(Sight::There(object)), Some(expected)) = (records.sight.told(), records.expected) else { continue };
        let why = match object.sha256 {
            Some(found) if found == expected => continue,
            Some(_) => "has other bytes than the data set on this machine",
            None => "does not say its sha256: nova-ft did not put it there",
        };
        let message = format!("{} {why}: run `nova-ft upload`", records.uri);
        findings.push(request.finding(&UPLOADED_RECORDS_CHANGED, &records.pointer, message));
    }
}

use crate::finding::Finding;
use crate::job::facts::Facts;
use crate::job::request::Request;
use crate::store::Sight;

crate::rule! {
    /// ## What it does
    /// Reports records in S3 that have other bytes than those that `nova-ft upload` sent last, by the receipt in the data set's folder.
    ///
    /// ## Why is this bad?
    /// The job would train on something else than what lies on this machine: somebody has uploaded after you, or an upload of another
    /// folder went to the same prefix.
    ///
    /// ## Example
    /// Two people with one bucket and one prefix.
    ///
    /// ## Use instead
    /// A prefix of your own (`--s3-prefix`), or `nova-ft upload` once more.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) RECORDS_CHANGED = "JOB032", "records-changed", Error, S3, fix None;
}

/// Records that are not those of the receipt.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for records in &facts.records {
        let (Some(Sight::There(object)), Some(expected)) = (records.sight.told(), records.expected) else { continue };
        let why = match object.sha256 {
            Some(found) if found == expected => continue,
            Some(_) => "has other bytes than the last upload sent",
            None => "does not say its sha256: nova-ft did not put it there",
        };
        let message = format!("{} {why}: run `nova-ft upload`", records.uri);
        findings.push(request.finding(&RECORDS_CHANGED, &records.pointer, message));
    }
}

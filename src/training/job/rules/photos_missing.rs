use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports photos that the records in S3 name and that are not there, or that the caller may not read.
    ///
    /// ## Why is this bad?
    /// The job fails on the first of them, after it has waited for its turn.
    ///
    /// ## Example
    /// A record with `s3://bucket/p/images/7.jpg`, whose upload failed.
    ///
    /// ## Use instead
    /// `nova-ft upload`: it sends what is missing.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTOS_MISSING = "JOB024", "photos-missing", Error, S3, fix None;
}

/// Photos that are not there.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for records in &facts.records {
        let Some(photos) = records.photos.told() else { continue };
        let Some((first, line)) = photos.missing.iter().min_by_key(|(_, line)| **line) else { continue };
        let (missing, all) = (photos.missing.len(), counted(photos.photos, "photo"));
        let message = format!(
            "{missing} of {all} of {} are not in S3, the first {first} (line {line}): run `nova-ft upload`",
            records.uri
        );
        findings.push(request.finding(&PHOTOS_MISSING, &records.pointer, message));
    }
}

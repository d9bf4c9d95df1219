use crate::findings::Finding;
use crate::training::job::facts::Facts;
use crate::training::job::request::Request;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports photos of the records in S3 that are in another bucket than the records themselves.
    ///
    /// ## Why is this bad?
    /// All photos must lie in the bucket of the JSONL file; Bedrock reads no other.
    ///
    /// ## Example
    /// `s3://my-records/train.jsonl` with records that name `s3://my-photos/1.jpg`.
    ///
    /// ## Use instead
    /// One bucket for records and photos: `nova-ft prepare --s3-bucket`, then `nova-ft upload`.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTOS_IN_ANOTHER_BUCKET = "JOB025", "photos-in-another-bucket", Error, S3, fix None;
}

/// Photos of other buckets.
pub(crate) fn check(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    for records in &facts.records {
        let Some(photos) = records.photos.told() else { continue };
        let Some((first, line)) = photos.elsewhere.iter().min_by_key(|(_, line)| **line) else { continue };
        let count = counted(photos.elsewhere.len(), "photo");
        let message = format!("{count} outside the bucket `{}`, the first {first} (line {line})", records.uri.bucket);
        findings.push(request.finding(&PHOTOS_IN_ANOTHER_BUCKET, &records.pointer, message));
    }
}

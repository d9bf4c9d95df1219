use crate::aws::s3::split_uri;
use crate::findings::Finding;
use crate::training::job::DataFacts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports training or validation data in another bucket than the photos that the records name.
    ///
    /// ## Why is this bad?
    /// All photos must lie in the bucket of the JSONL file; Bedrock reads no other.
    ///
    /// ## Example
    /// `"trainingDataConfig": {"s3Uri": "s3://my-records/train.jsonl"}`, and records with `s3://my-photos/1.jpg`.
    ///
    /// ## Use instead
    /// One bucket for records and photos.
    ///
    /// ## Fix
    /// By hand: copy the objects, and change the request or the records.
    pub(crate) DATA_IN_ANOTHER_BUCKET = "JOB017", "data-in-another-bucket", Error, Job, fix None;
}

/// Records that would not lie beside their photos.
pub(crate) fn check(request: &Request, data: &DataFacts, findings: &mut Vec<Finding>) {
    let Some(photos) = &data.bucket else { return };
    for (pointer, uri) in request.record_uris() {
        // What is no URI of S3 another rule says.
        let Ok((bucket, _)) = split_uri(uri) else { continue };
        if bucket != photos {
            let message = format!("bucket `{bucket}`, where the records' photos are in `{photos}`");
            findings.push(request.finding(&DATA_IN_ANOTHER_BUCKET, &pointer, message));
        }
    }
}

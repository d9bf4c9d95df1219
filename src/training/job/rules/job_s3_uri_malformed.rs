use crate::findings::Finding;
use crate::findings::limits::MAX_S3_URI_BYTES;
use crate::training::job::DataFacts;
use crate::training::job::names::is_s3_uri;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a place in S3 that the control plane does not take: no `s3://`, no bucket's name, a key with other characters
    /// than letters, digits and `- ! _ * ' ( ) .`, an empty part (`//`), more than 1,024 characters.
    ///
    /// ## Why is this bad?
    /// The service refuses the request.
    ///
    /// ## Example
    /// `"s3Uri": "s3://my-bucket//发票 train.jsonl"`
    ///
    /// ## Use instead
    /// `"s3Uri": "s3://my-bucket/invoices/train.jsonl"`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) JOB_S3_URI_MALFORMED = "JOB013", "job-s3-uri-malformed", Error, Job, fix None;
}

/// Places in S3 that are refused.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for (pointer, uri) in request.s3_uris().into_iter().filter(|(_, uri)| !is_s3_uri(uri)) {
        let message = if !uri.starts_with("s3://") {
            format!("`{uri}`: an S3 URI begins with s3://")
        } else if uri.len() > MAX_S3_URI_BYTES {
            format!("the URI is longer than {MAX_S3_URI_BYTES} characters")
        } else {
            format!(
                "`{uri}`: the bucket's name or the key has what the control plane refuses (spaces, Chinese, `//` …)"
            )
        };
        findings.push(request.finding(&JOB_S3_URI_MALFORMED, &pointer, message));
    }
}

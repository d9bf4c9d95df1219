use crate::findings::Finding;
use crate::training::job::DataFacts;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports training or validation data whose URI does not end in `.jsonl`.
    ///
    /// ## Why is this bad?
    /// The job reads one file of records. A folder is in no example of the documentation, and AWS's sample validator takes no
    /// other ending.
    ///
    /// ## Example
    /// `"trainingDataConfig": {"s3Uri": "s3://my-bucket/invoices/"}`
    ///
    /// ## Use instead
    /// `"trainingDataConfig": {"s3Uri": "s3://my-bucket/invoices/train.jsonl"}`
    ///
    /// ## Fix
    /// By hand.
    pub(crate) RECORDS_URI_NOT_A_FILE = "JOB014", "records-uri-not-a-file", Error, Job, fix None;
}

/// Data that are no `.jsonl` file.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for (pointer, uri) in request.record_uris() {
        let name = uri.rsplit('/').next().unwrap_or_default();
        if name.strip_suffix(".jsonl").is_some_and(|stem| !stem.is_empty()) {
            continue;
        }
        let what = if uri.ends_with('/') { "a folder" } else { "no .jsonl file" };
        let message = format!("`{uri}` is {what}: name the file of records");
        findings.push(request.finding(&RECORDS_URI_NOT_A_FILE, &pointer, message));
    }
}

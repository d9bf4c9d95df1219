use crate::error::Error;
use crate::finding::Finding;
use crate::validate::record::{MediaAt, RecordView};

crate::rule! {
    /// ## What it does
    /// Reports a record whose photo is not where the manifest or `--input-dir` says, or cannot be read.
    ///
    /// ## Why is this bad?
    /// What is not here cannot be uploaded, and Bedrock fails a job that names an object that does not exist.
    ///
    /// ## Example
    /// The photo was moved after `nova-ft prepare`.
    ///
    /// ## Use instead
    /// Put the photo back, or run `nova-ft prepare` again.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_MISSING = "IMG003", "photo-missing", Error, Image, fix None;
}

/// A photo that cannot be read.
pub(super) fn check(record: &RecordView<'_>, at: &MediaAt<'_>, error: &Error, findings: &mut Vec<Finding>) {
    let cause = std::error::Error::source(error).map_or(String::new(), |source| format!(": {source}"));
    let hint = "if it was moved, run `nova-ft prepare` again";
    findings.push(record.finding(&PHOTO_MISSING, at.uri_pointer(), format!("{error}{cause}; {hint}")));
}

/// A photo that the manifest does not know.
pub(super) fn check_unknown(record: &RecordView<'_>, at: &MediaAt<'_>, findings: &mut Vec<Finding>) {
    let message = "the manifest has no photo with this key".to_owned();
    findings.push(record.finding(&PHOTO_MISSING, at.uri_pointer(), message));
}

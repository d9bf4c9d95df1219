use std::io::ErrorKind;

use crate::error::Error;
use crate::files::Refused;
use crate::findings::Finding;
use crate::validate::record::{MediaAt, RecordView};

crate::rule! {
    /// ## What it does
    /// Reports a record whose image is not where the manifest or `--input-dir` says, or is not a regular file there. An image that
    /// is there and cannot be read, for want of permission for one, is an error of the run.
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

/// Whether an image could not be opened because it is not there: nothing has its name, or a folder or a FIFO has.
pub(super) fn is_missing(error: &Error) -> bool {
    let Error::Io { source, .. } = error else { return false };
    matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
        || Refused::of(source).is_some()
}

/// An image that is not there.
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

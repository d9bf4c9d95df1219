use crate::error::shown;
use crate::finding::Finding;
use crate::images::Digest;
use crate::validate::photos::Located;
use crate::validate::record::{MediaAt, RecordView};

crate::rule! {
    /// ## What it does
    /// Reports a photo whose bytes are not those that `nova-ft prepare` saw.
    ///
    /// ## Why is this bad?
    /// The manifest says what a data set was made of; a photo that changed afterwards may show another invoice than its label.
    ///
    /// ## Example
    /// A photo was rotated in place after `nova-ft prepare`.
    ///
    /// ## Use instead
    /// Run `nova-ft prepare` again.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_CHANGED = "IMG006", "photo-changed", Error, Image, fix None;
}

/// A photo that is another than the manifest's.
pub(super) fn check(
    record: &RecordView<'_>,
    at: &MediaAt<'_>,
    located: &Located,
    sha256: Digest,
    findings: &mut Vec<Finding>,
) {
    if located.expected_sha256.is_some_and(|expected| expected != sha256) {
        let message = format!("{} has changed since the data set was made", shown(&located.path));
        findings.push(record.finding(&PHOTO_CHANGED, at.uri_pointer(), message));
    }
}

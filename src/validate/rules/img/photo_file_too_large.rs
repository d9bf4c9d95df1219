use super::ReadPhoto;
use crate::findings::limits::{MAX_IMAGE_BYTES, SURE_IMAGE_BYTES};
use crate::findings::{Finding, Severity};

crate::rule! {
    /// ## What it does
    /// Reports a photo of more than 10 MB. Above 10 × 1024 × 1024 bytes it is an error, between 10,000,000 and that a warning.
    ///
    /// ## Why is this bad?
    /// The page on the data format says 10 MB for each image
    /// (<https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html>) and not which megabyte. The
    /// check in AWS's own nova-forge-sdk takes 10 × 1024 × 1024, so nothing larger can pass; below it, only 10,000,000 is sure.
    ///
    /// ## Example
    /// An uncompressed scan as PNG.
    ///
    /// ## Use instead
    /// `nova-ft prepare`, which saves it as a JPEG of less than 10,000,000 bytes.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_FILE_TOO_LARGE = "IMG013", "photo-file-too-large", Error, Image, fix None;
}

/// A file that is larger than AWS takes, or may be.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let size_bytes = photo.facts.size_bytes;
    if size_bytes <= SURE_IMAGE_BYTES {
        return None;
    }
    if size_bytes > MAX_IMAGE_BYTES {
        let what = format!("has {size_bytes} bytes; at most {MAX_IMAGE_BYTES} (10 MB) are taken");
        return Some(photo.finding(&PHOTO_FILE_TOO_LARGE, what));
    }
    let what = format!("has {size_bytes} bytes; it is not sure that more than {SURE_IMAGE_BYTES} (10 MB) are taken");
    let mut finding = photo.finding(&PHOTO_FILE_TOO_LARGE, what);
    finding.severity = Severity::Warning;
    Some(finding)
}

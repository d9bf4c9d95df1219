use super::ReadPhoto;
use crate::findings::Finding;
use crate::findings::limits::{MIN_IMAGE_PX, READABLE_IMAGE_PX};
use crate::images::Header;

crate::rule! {
    /// ## What it does
    /// Reports a photo whose shorter side has less than 300 px.
    ///
    /// ## Why is this bad?
    /// A VAT invoice has about 30 lines of print one below the other. With 300 px each has 10, which a Chinese character needs
    /// at least: many have more than ten strokes. Nova enlarges a small picture until a side has 896 px
    /// (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>), but what is not there does not come back.
    ///
    /// ## Example
    /// A photo that a messenger has made small.
    ///
    /// ## Use instead
    /// The original photo.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_TOO_SMALL_TO_READ = "IMG015", "photo-too-small-to-read", Warning, Image, fix None;
}

/// A photo whose print is too small.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let Header { width_px, height_px, .. } = *photo.header()?;
    let what = || {
        format!("is {width_px}×{height_px} px; the print of an invoice needs {READABLE_IMAGE_PX} on the shorter side")
    };
    let is_too_small = (MIN_IMAGE_PX..READABLE_IMAGE_PX).contains(&width_px.min(height_px));
    is_too_small.then(|| photo.finding(&PHOTO_TOO_SMALL_TO_READ, what()))
}

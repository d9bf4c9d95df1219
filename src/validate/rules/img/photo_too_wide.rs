use super::ReadPhoto;
use crate::findings::Finding;
use crate::findings::limits::MAX_IMAGE_PX;
use crate::images::Header;

crate::rule! {
    /// ## What it does
    /// Reports a photo with a side of more than 8,000 px.
    ///
    /// ## Why is this bad?
    /// Nova takes at most 8,000 × 8,000 px when it is asked
    /// (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>). For training no limit is published, but a model
    /// cannot be asked with photos like those that it was trained with.
    ///
    /// ## Example
    /// A panorama; a scan at 1,200 dpi.
    ///
    /// ## Use instead
    /// `nova-ft prepare`, which makes it smaller.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_TOO_WIDE = "IMG016", "photo-too-wide", Warning, Image, fix None;
}

/// A photo with more pixels than Nova takes.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let Header { width_px, height_px, .. } = *photo.header()?;
    let what = || {
        format!(
            "is {width_px}×{height_px} px; Nova takes at most {MAX_IMAGE_PX} a side, and `nova-ft prepare` makes it smaller"
        )
    };
    (width_px.max(height_px) > MAX_IMAGE_PX).then(|| photo.finding(&PHOTO_TOO_WIDE, what()))
}

use super::ReadPhoto;
use crate::findings::Finding;
use crate::findings::limits::MAX_IMAGE_PROPORTION;
use crate::images::Header;

crate::rule! {
    /// ## What it does
    /// Reports a photo that is more than nine times as long as it is wide, or the other way round.
    ///
    /// ## Why is this bad?
    /// Nova first looks for the nearest proportions from 1:1 to 1:9
    /// (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>); what is longer is squeezed, and its print with
    /// it.
    ///
    /// ## Example
    /// A strip that was cut out of a scan: 3000×200 px.
    ///
    /// ## Use instead
    /// The whole invoice, or a less narrow part of it.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_EXTREME_PROPORTIONS = "IMG017", "photo-extreme-proportions", Warning, Image, fix None;
}

/// A photo that Nova would squeeze.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let Header { width_px, height_px, .. } = *photo.header()?;
    let (longer, shorter) = (width_px.max(height_px), width_px.min(height_px));
    let what = || format!("is {width_px}×{height_px} px; Nova squeezes what is longer than 1:{MAX_IMAGE_PROPORTION}");
    (longer > shorter.saturating_mul(MAX_IMAGE_PROPORTION)).then(|| photo.finding(&PHOTO_EXTREME_PROPORTIONS, what()))
}

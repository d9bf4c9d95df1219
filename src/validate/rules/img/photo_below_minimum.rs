use super::ReadPhoto;
use crate::findings::Finding;
use crate::findings::limits::MIN_IMAGE_PX;
use crate::images::Header;

crate::rule! {
    /// ## What it does
    /// Reports a photo with a side of less than 25 px.
    ///
    /// ## Why is this bad?
    /// AWS's own check (aws/nova-forge-sdk, `image_dimensions`) refuses it, and nothing can be read on it.
    ///
    /// ## Example
    /// An icon, or the preview picture of a photo.
    ///
    /// ## Use instead
    /// The photo itself.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_BELOW_MINIMUM = "IMG014", "photo-below-minimum", Error, Image, fix None;
}

/// A photo that AWS refuses for its size.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let Header { width_px, height_px, .. } = *photo.header()?;
    let what = || format!("is {width_px}×{height_px} px; a side must have at least {MIN_IMAGE_PX}");
    (width_px.min(height_px) < MIN_IMAGE_PX).then(|| photo.finding(&PHOTO_BELOW_MINIMUM, what()))
}

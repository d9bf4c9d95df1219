use super::ReadPhoto;
use crate::findings::Finding;
use crate::findings::limits::READABLE_IMAGE_PX;
use crate::images::LEAST_STROKE_SHARE;

crate::rule! {
    /// ## What it does
    /// Reports a photo with nothing to read on it: an empty page, a desk, a lens cap. The picture is made small and gray, and
    /// each pixel compared with the median of what surrounds it; where not even two of a hundred parts of the picture have
    /// strokes that stand out from the noise, it counts as blank. Dark, pale and blurred photos of an invoice stay far above
    /// that.
    ///
    /// ## Why is this bad?
    /// A label to a photo without writing teaches the model to invent an answer.
    ///
    /// ## Example
    /// The back of an invoice.
    ///
    /// ## Use instead
    /// The photo that the label belongs to; or leave the record out.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_BLANK = "IMG018", "photo-blank", Error, Image, fix None;
}

/// A photo with nothing on it.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    // What is too small for print is another rule's.
    let is_readable = photo.header().is_some_and(|header| header.width_px.min(header.height_px) >= READABLE_IMAGE_PX);
    let is_blank = photo.picture()?.stroke_share < LEAST_STROKE_SHARE;
    (is_readable && is_blank).then(|| photo.finding(&PHOTO_BLANK, "shows nothing to read: no writing, no lines"))
}

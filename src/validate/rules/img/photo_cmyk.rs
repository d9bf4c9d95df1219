use super::ReadPhoto;
use crate::findings::Finding;
use crate::images::ColorModel;

crate::rule! {
    /// ## What it does
    /// Reports a photo whose colors are printing inks (CMYK).
    ///
    /// ## Why is this bad?
    /// Decoders do not agree on what such numbers mean: in some the picture comes out as its negative. What Nova makes of them is
    /// not published; this is a precaution of ours.
    ///
    /// ## Example
    /// A JPEG out of a print shop's program.
    ///
    /// ## Use instead
    /// `nova-ft prepare`, which converts it, or save it in RGB.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_CMYK = "IMG010", "photo-cmyk", Warning, Image, fix None;
}

/// A photo in printing inks.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let is_cmyk = photo.header()?.color == ColorModel::Cmyk;
    is_cmyk.then(|| photo.finding(&PHOTO_CMYK, "has the colors of printing inks (CMYK); `nova-ft prepare` converts it"))
}

use super::ReadPhoto;
use crate::findings::Finding;
use crate::images::Frames;

crate::rule! {
    /// ## What it does
    /// Reports a photo that holds several pictures: an animated GIF, PNG or WebP, a TIFF of several pages.
    ///
    /// ## Why is this bad?
    /// Only the first picture is used
    /// (<https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html>); an invoice on the second page
    /// is not seen.
    ///
    /// ## Example
    /// A scanner that puts all pages into one GIF.
    ///
    /// ## Use instead
    /// One file for each page, with a record each.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_ANIMATED = "IMG012", "photo-animated", Warning, Image, fix None;
}

/// A photo that is several.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let header = photo.header()?;
    let what = || format!("is {} that holds several pictures; only the first is used", header.format.noun());
    (header.frames == Frames::Many).then(|| photo.finding(&PHOTO_ANIMATED, what()))
}

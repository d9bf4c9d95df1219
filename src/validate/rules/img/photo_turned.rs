use super::ReadPhoto;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that is stored lying or mirrored, with an EXIF note on how to turn it.
    ///
    /// ## Why is this bad?
    /// Viewers follow the note. Whether Nova does is not published, and many programs between camera and model drop it: then
    /// the model sees the invoice on its side.
    ///
    /// ## Example
    /// A phone held upright: EXIF orientation 6.
    ///
    /// ## Use instead
    /// `nova-ft prepare`, which turns the pixels.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_TURNED = "IMG011", "photo-turned", Warning, Image, fix None;
}

/// A photo that only a note turns upright.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let turn = photo.header()?.turn;
    let what = || format!("is stored {turn} (EXIF orientation {}); `nova-ft prepare` turns it", turn.exif_number());
    (!turn.is_upright()).then(|| photo.finding(&PHOTO_TURNED, what()))
}

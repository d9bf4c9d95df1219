use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Says that a row's photo was found although its name is written differently: with another extension, in capitals or
    /// not, or in another folder. Only one photo fits.
    ///
    /// ## Why is this bad?
    /// It is not, when the photo is the one that was meant.
    ///
    /// ## Example
    /// `vat_0001.jpeg,佳作天成（北京）科技有限公司` for the photo `vat_0001.jpg`.
    ///
    /// ## Use instead
    /// `vat_0001.jpg,佳作天成（北京）科技有限公司`
    ///
    /// ## Fix
    /// None needed.
    pub INEXACT_PHOTO_NAME = "LBL011", "inexact-photo-name", Note, Label, fix None;
}

/// The note that `photo` was taken for `image`.
pub(in crate::labels) fn found(place: Place, image: &str, photo: &str) -> Finding {
    Finding::new(&INEXACT_PHOTO_NAME, place, format!("{image} is not there; {photo} was taken for it"))
}

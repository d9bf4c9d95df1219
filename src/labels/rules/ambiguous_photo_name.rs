use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a row whose name fits several photos and is the full name of none. The row is not used.
    ///
    /// ## Why is this bad?
    /// Any choice could give a photo the seller of another.
    ///
    /// ## Example
    /// `vat_0001.jpeg,…` with `vat_0001.jpg` and `vat_0001.png` in the folder, or `vat_0001.jpg,…` with
    /// `2018/vat_0001.jpg` and `2019/vat_0001.jpg`.
    ///
    /// ## Use instead
    /// The full name: `2019/vat_0001.jpg,…`
    ///
    /// ## Fix
    /// By hand: write the name of the photo that is meant.
    pub AMBIGUOUS_PHOTO_NAME = "LBL012", "ambiguous-photo-name", Error, Label, fix None;
}

/// The finding for a row about `image`, with the photos that fit.
pub(in crate::labels) fn found<'a>(
    place: Place,
    image: &str,
    photos: &[usize],
    name: impl Fn(usize) -> &'a str,
) -> Finding {
    const SHOWN: usize = 3;
    let mut named = photos.iter().take(SHOWN).map(|photo| name(*photo)).collect::<Vec<_>>().join(", ");
    if photos.len() > SHOWN {
        named = format!("{named} and {} more", photos.len() - SHOWN);
    }
    Finding::new(&AMBIGUOUS_PHOTO_NAME, place, format!("{image} can be each of {named}"))
}

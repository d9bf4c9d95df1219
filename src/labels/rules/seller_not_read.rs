use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo on which no seller's name can be read, neither on itself nor on another photo of its sheet. `label`
    /// writes no row for it, and `audit` cannot say whether its label is right.
    ///
    /// ## Why is this bad?
    /// It is a photo of something else, or one on which nobody can read the name: neither teaches a model to read.
    ///
    /// ## Example
    /// A photo of the desk among those of invoices.
    ///
    /// ## Use instead
    /// A sharp photo of the whole sheet; move others out of the folder.
    ///
    /// ## Fix
    /// By hand: look at the photo.
    pub SELLER_NOT_READ = "LBL027", "seller-not-read", Warning, Label, fix None;
}

/// The finding for a photo or the label of one.
pub(crate) fn found(place: impl Into<Place>, consequence: &str) -> Finding {
    Finding::new(&SELLER_NOT_READ, place, format!("no seller can be read on this photo; {consequence}"))
}

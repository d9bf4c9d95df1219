use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a label that is far from every line that was read on the photo, and another name than the seller's. A warning
    /// where the seller was not read with confidence.
    ///
    /// ## Why is this bad?
    /// The name was made up: models do that where they cannot read.
    ///
    /// ## Example
    /// `南京天达商贸有限公司`, and no line of the photo is like it.
    ///
    /// ## Use instead
    /// The name in the block 销售方 of the photo.
    ///
    /// ## Fix
    /// `nova-ft audit --fix OUT.csv` writes the name of the photo where two independent signals say so; the rest by hand.
    pub LABEL_NOT_ON_PHOTO = "LBL025", "label-not-on-photo", Error, Label, fix None;
}

/// The finding for a label that no line is near to.
pub(crate) fn found(place: Place, label: &str, seller: &str, evidence: &str) -> Finding {
    let message = format!("no line of the photo is like \"{label}\"; it says \"{seller}\" ({evidence})");
    Finding::new(&LABEL_NOT_ON_PHOTO, place, message)
}

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a label that is another name than the one read on the photo. A warning where the reading is not confident, or
    /// is alone with its name and the label stands on the photo too.
    ///
    /// ## Why is this bad?
    /// The model learns the wrong name, and the loss goes down all the same.
    ///
    /// ## Example
    /// `东天电气股份有限公司`, where the photo says `东大电子股份有限公司`.
    ///
    /// ## Use instead
    /// The name in the block 销售方 of the photo.
    ///
    /// ## Fix
    /// `nova-ft audit --fix OUT.csv` writes the name of the photo where two independent signals say so; the rest by hand.
    pub LABEL_DIFFERS_FROM_PHOTO = "LBL024", "label-differs-from-photo", Error, Label, fix None;
}

/// The finding for a label beside the name on the photo.
pub(crate) fn found(place: Place, label: &str, seller: &str, evidence: &str) -> Finding {
    Finding::new(&LABEL_DIFFERS_FROM_PHOTO, place, format!("\"{label}\", and the photo says \"{seller}\" ({evidence})"))
}

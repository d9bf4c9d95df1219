use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a label that differs in one or two characters from the name read on the photo. An error where the reading is
    /// confident and a second signal confirms it, the same name on another photo of the sheet or under the same taxpayer id,
    /// or where no character of it was in doubt. A warning otherwise, since then the reader may have misread a character.
    ///
    /// ## Why is this bad?
    /// One or two wrong characters are the usual mistake of who reads an invoice, and nobody sees them in a table.
    ///
    /// ## Example
    /// `北京坤远睿科技有限公司`, where the photo says `北京恒远睿科技有限公司`.
    ///
    /// ## Use instead
    /// `北京恒远睿科技有限公司`
    ///
    /// ## Fix
    /// `nova-ft audit --fix OUT.csv` writes the name of the photo where two independent signals say so; the rest by hand.
    pub LABEL_NEAR_PHOTO = "LBL026", "label-near-photo", Error, Label, fix None;
}

/// The finding for a label that differs in so many characters.
pub(crate) fn found(place: Place, edits: usize, label: &str, seller: &str, evidence: &str) -> Finding {
    let characters = crate::wording::counted(edits, "character");
    let message = format!("\"{label}\" is {characters} from \"{seller}\", which the photo says ({evidence})");
    Finding::new(&LABEL_NEAR_PHOTO, place, message)
}

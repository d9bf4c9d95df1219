use std::path::Path;

use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Tells of a photo whose own reading gave way to that of the other photos of its sheet, or with its taxpayer id.
    ///
    /// ## Why is this bad?
    /// It is not, as a rule: one sheet has one seller, and a blurred photo is misread. Where the sheet or the id was misread
    /// instead, the label is wrong.
    ///
    /// ## Example
    /// Three photos of a sheet say `北京恒远睿科技有限公司`, and the fourth, blurred one `北京坤远睿科技有限公司`.
    ///
    /// ## Use instead
    /// Nothing; or a sharper photo.
    ///
    /// ## Fix
    /// None needed; look at the photo where in doubt.
    pub READING_OUTVOTED = "LBL029", "reading-outvoted", Note, Label, fix None;
}

/// The finding for a photo that was read as one name and is labelled with another.
pub(crate) fn found(photo: &Path, own: &str, seller: &str) -> Finding {
    Finding::new(&READING_OUTVOTED, photo, format!("read as \"{own}\", labelled \"{seller}\" as the other photos say"))
}

use std::path::Path;

use crate::finding::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that no row names. It is not used.
    ///
    /// ## Why is this bad?
    /// It may be meant so. If not, a row is missing or names another photo.
    ///
    /// ## Example
    /// `vat_0051.jpg` is in the folder, and no row begins with it.
    ///
    /// ## Use instead
    /// A row for it: `vat_0051.jpg,北京宇音天下科技有限公司`.
    ///
    /// ## Fix
    /// By hand: label the photo, or move it out of the folder.
    pub PHOTO_WITHOUT_LABEL = "LBL010", "photo-without-label", Warning, Label, fix None;
}

/// The finding for a photo.
pub(in crate::labels) fn found(photo: &Path) -> Finding {
    Finding::new(&PHOTO_WITHOUT_LABEL, photo, "no row of the labels names this photo; it is not used")
}

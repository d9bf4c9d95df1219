use std::path::Path;

use crate::finding::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that the reader could not read at all: missing, cut off, no picture. `label` writes no row for it.
    ///
    /// ## Why is this bad?
    /// There is no label for it. The message of a failure never becomes a label.
    ///
    /// ## Example
    /// `vat_0007.jpg` is cut off.
    ///
    /// ## Use instead
    /// Copy the photo again, or move it out of the folder.
    ///
    /// ## Fix
    /// By hand; run the same command again, the others are not read again.
    pub PHOTO_NOT_READ = "LBL028", "photo-not-read", Error, Label, fix None;
}

/// The finding for a photo, with what the reader said.
pub(crate) fn found(photo: &Path, why: &str) -> Finding {
    Finding::new(&PHOTO_NOT_READ, photo, format!("not read: {why}"))
}

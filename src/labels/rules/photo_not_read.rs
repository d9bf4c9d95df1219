use std::path::Path;

use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that could not be read at all: missing, cut off, no picture; or that the model which labels could not be
    /// asked about, or did not answer, however often it was asked. `label` writes no row for it.
    ///
    /// ## Why is this bad?
    /// There is no label for it. The message of a failure never becomes a label.
    ///
    /// ## Example
    /// `vat_0007.jpg` is cut off.
    ///
    /// ## Use instead
    /// Copy the photo again, or move it out of the folder. Where a model did not answer, the message says why.
    ///
    /// ## Fix
    /// By hand; run the same command again, the others are neither read nor asked about again.
    pub PHOTO_NOT_READ = "LBL028", "photo-not-read", Error, Label, fix None;
}

/// The finding for a photo, with what the reader said.
pub(crate) fn found(photo: &Path, why: &str) -> Finding {
    Finding::new(&PHOTO_NOT_READ, photo, format!("not read: {why}"))
}

/// The finding for a photo that a model was asked about, with what came instead of an answer.
pub(crate) fn not_labelled(photo: &Path, why: &str) -> Finding {
    Finding::new(&PHOTO_NOT_READ, photo, format!("not labelled: {why}"))
}

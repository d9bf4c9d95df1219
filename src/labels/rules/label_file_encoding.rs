use std::path::Path;

use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Says that a label file is not UTF-8 and how it was read: GBK (reported as gb18030, which contains it) or UTF-16.
    ///
    /// ## Why is this bad?
    /// It is not, when the names look right. But a file does not say that it is GBK; that is a guess from its bytes, and
    /// a wrong guess gives wrong names.
    ///
    /// ## Example
    /// A CSV saved by Excel or WPS on a Chinese Windows with Save As, "CSV".
    ///
    /// ## Use instead
    /// The same file saved with Save As, "CSV UTF-8".
    ///
    /// ## Fix
    /// By hand: look at the names, and save the file as UTF-8.
    pub LABEL_FILE_ENCODING = "LBL001", "label-file-encoding", Note, File, fix None;
}

/// The note that `file` was read with an encoding.
pub(in crate::labels) fn found(file: &Path, encoding: &str) -> Finding {
    Finding::new(&LABEL_FILE_ENCODING, file, format!("not UTF-8; read as {encoding}. Check that the names look right"))
}

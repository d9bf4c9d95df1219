use std::path::Path;

use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Says that the columns of a label file are separated by tabs or semicolons, and that it was read that way.
    ///
    /// ## Why is this bad?
    /// It is not. Other programs that read CSV may want commas.
    ///
    /// ## Example
    /// ```csv
    /// image;seller
    /// vat_0001.jpg;北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0001.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand, if another program needs commas.
    pub LABEL_FILE_SEPARATOR = "LBL002", "label-file-separator", Note, File, fix None;
}

/// The note that `file` was read with a separator.
pub(in crate::labels) fn found(file: &Path, separator: u8) -> Finding {
    let name = if separator == b'\t' { "tabs" } else { "semicolons" };
    Finding::new(&LABEL_FILE_SEPARATOR, file, format!("the columns are separated by {name}, and were read so"))
}

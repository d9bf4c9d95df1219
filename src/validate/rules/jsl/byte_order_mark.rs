use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports a byte order mark (the invisible bytes EF BB BF) before a record: at the beginning of the file, or where
    /// a file that begins with one was appended.
    ///
    /// ## Why is this bad?
    /// JSON must not begin with one (RFC 8259, section 8.1), and many parsers refuse it: "Unexpected UTF-8 BOM". Nobody
    /// says what Bedrock does.
    ///
    /// ## Example
    /// A file that was saved as "UTF-8 with BOM", as older editors on Windows do.
    ///
    /// ## Use instead
    /// The same file saved as "UTF-8".
    ///
    /// ## Fix
    /// Safe: the mark is left out.
    pub(crate) BYTE_ORDER_MARK = "JSL005", "byte-order-mark", Warning, File, fix Safe;
}

/// Lines that begin with a mark.
pub(super) fn check(file: &Path, line: &Line<'_>) -> Option<Finding> {
    let finding =
        || Finding::new(&BYTE_ORDER_MARK, Place::line(file, line.number), "the line begins with a byte order mark");
    line.has_byte_order_mark().then(|| finding().with_fix(vec![Edit::DropByteOrderMark]))
}

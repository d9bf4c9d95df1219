use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a line that ends in the middle of a record.
    ///
    /// ## Why is this bad?
    /// It is no JSON: "Unable to parse Amazon S3 file". Most often it is the last line, of a file whose writing was broken off; then
    /// records may be missing too.
    ///
    /// ## Example
    /// ```text
    /// {"schemaVersion": "bedrock-conversation-2024", "messages": [{"ro
    /// ```
    ///
    /// ## Use instead
    /// The whole record; or make the file again with `nova-ft prepare`.
    ///
    /// ## Fix
    /// By hand: nobody knows what is missing.
    pub(crate) CUT_RECORD = "JSL011", "cut-record", Error, File, fix None;
}

/// A line that ends too early.
pub(super) fn finding(file: &Path, line: &Line<'_>, message: String) -> Finding {
    Finding::new(&CUT_RECORD, Place::line(file, line.number), message)
}

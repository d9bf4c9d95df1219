use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a line with more than 127 objects and lists inside each other.
    ///
    /// ## Why is this bad?
    /// A record needs 8. Parsers stop at such lines, some with a crash.
    ///
    /// ## Example
    /// ```text
    /// [[[[[[…
    /// ```
    ///
    /// ## Use instead
    /// A record of the schema `bedrock-conversation-2024`.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) NESTED_TOO_DEEP = "JSL013", "nested-too-deep", Error, File, fix None;
}

/// A line that nests too deep.
pub(super) fn finding(file: &Path, line: &Line<'_>, message: String) -> Finding {
    Finding::new(&NESTED_TOO_DEEP, Place::line(file, line.number), message)
}

use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a line with more than 100,000 JSON values. The line is not checked further.
    ///
    /// ## Why is this bad?
    /// A record of ten images has about 100 values. Such a line is no record: findings about each of its values would fill the
    /// memory.
    ///
    /// ## Example
    /// ```text
    /// {"messages": [{}, {}, {}, …
    /// ```
    ///
    /// ## Use instead
    /// A record of the schema `bedrock-conversation-2024`.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) TOO_MANY_VALUES = "JSL016", "too-many-values", Error, File, fix None;
}

/// A line with too many values.
pub(super) fn finding(file: &Path, line: &Line<'_>, message: String) -> Finding {
    Finding::new(&TOO_MANY_VALUES, Place::line(file, line.number), message)
}

use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a control character inside a text that stands there without its escape (a tab, an escape character of a
    /// terminal), and a zero byte (NUL) anywhere.
    ///
    /// ## Why is this bad?
    /// It is no JSON (RFC 8259, section 7): "Unable to parse Amazon S3 file". A zero byte mostly comes from a damaged file.
    ///
    /// ## Example
    /// A prompt with a tab that was pasted from a table.
    ///
    /// ## Use instead
    /// `\t` for the tab, nothing for what nobody can see.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) CONTROL_CHARACTER = "JSL014", "control-character", Error, File, fix None;
}

/// A line with a control character.
pub(super) fn finding(file: &Path, line: &Line<'_>, message: String) -> Finding {
    Finding::new(&CONTROL_CHARACTER, Place::line(file, line.number), message)
}

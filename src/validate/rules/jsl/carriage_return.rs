use std::path::Path;

use crate::dataset::jsonl::{Layout, Line};
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports lines that end in CR LF, as programs on Windows write. Said once for a file.
    ///
    /// ## Why is this bad?
    /// JSONL divides records by LF; the CR before it is white space to most parsers. Nobody says what Bedrock does.
    ///
    /// ## Example
    /// A file that was edited with Notepad, or checked out by git with `core.autocrlf`.
    ///
    /// ## Use instead
    /// Line breaks of one byte, LF.
    ///
    /// ## Fix
    /// Safe: the CR is left out.
    pub(crate) CARRIAGE_RETURN = "JSL007", "carriage-return", Warning, File, fix Safe;
}

/// Lines that end in CR LF.
pub(super) fn check(file: &Path, line: &Line<'_>) -> Option<Finding> {
    let ends_so = line.layout == Layout::Line && line.line_break() == b"\r\n";
    let finding = || Finding::new(&CARRIAGE_RETURN, Place::line(file, line.number), "the line ends in CR LF");
    ends_so.then(|| finding().with_fix(vec![Edit::LineFeed]))
}

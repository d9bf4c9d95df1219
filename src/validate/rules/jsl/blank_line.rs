use std::path::Path;

use crate::dataset::jsonl::{Layout, Line};
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports a line with nothing but white space.
    ///
    /// ## Why is this bad?
    /// Bedrock does not skip it: "Unable to parse Amazon S3 file". AWS's sample validator does skip it and says nothing.
    ///
    /// ## Example
    /// An empty line between two records, or two line breaks at the end of the file.
    ///
    /// ## Use instead
    /// No empty line anywhere.
    ///
    /// ## Fix
    /// Safe: the line is left out.
    pub(crate) BLANK_LINE = "JSL003", "blank-line", Error, File, fix Safe;
}

/// Lines of white space.
pub(super) fn check(file: &Path, line: &Line<'_>) -> Option<Finding> {
    if line.layout != Layout::Line {
        return None;
    }
    let finding = Finding::new(&BLANK_LINE, Place::line(file, line.number), "the line is blank");
    Some(finding.with_fix(vec![Edit::DropLine]))
}

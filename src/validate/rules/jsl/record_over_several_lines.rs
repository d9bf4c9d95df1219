use std::path::Path;

use crate::dataset::jsonl::{Layout, Line};
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports a record that takes more than one line: pretty-printed JSON.
    ///
    /// ## Why is this bad?
    /// JSONL has one record a line. Bedrock parses each line by itself and refuses the file at the first one.
    ///
    /// ## Example
    /// ```json
    /// {
    ///   "schemaVersion": "bedrock-conversation-2024"
    /// }
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion":"bedrock-conversation-2024"}
    /// ```
    ///
    /// ## Fix
    /// Safe: the same JSON is written on one line.
    pub(crate) RECORD_OVER_SEVERAL_LINES = "JSL002", "record-over-several-lines", Error, File, fix Safe;
}

/// Records of more than one line. Those in a list are that rule's.
pub(super) fn check(file: &Path, line: &Line<'_>) -> Option<Finding> {
    if line.line_count < 2 || line.layout != Layout::Line {
        return None;
    }
    let message = format!("the record takes {} lines; JSONL has one a line", line.line_count);
    let finding = Finding::new(&RECORD_OVER_SEVERAL_LINES, Place::line(file, line.number), message);
    Some(finding.with_fix(vec![Edit::OneLine]))
}

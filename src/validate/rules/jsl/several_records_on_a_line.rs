use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports a line on which a second object follows the first.
    ///
    /// ## Why is this bad?
    /// JSONL has one record a line: "Unable to parse Amazon S3 file".
    ///
    /// ## Example
    /// ```text
    /// {"schemaVersion": "bedrock-conversation-2024"} {"schemaVersion": "bedrock-conversation-2024"}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion": "bedrock-conversation-2024"}
    /// {"schemaVersion": "bedrock-conversation-2024"}
    /// ```
    ///
    /// ## Fix
    /// Safe: the second one is put on a line of its own.
    pub(crate) SEVERAL_RECORDS_ON_A_LINE = "JSL015", "several-records-on-a-line", Error, File, fix Safe;
}

/// A line whose second record begins at a byte of its text.
pub(super) fn finding(file: &Path, line: &Line<'_>, at: usize, message: String) -> Finding {
    let ends_in_cr = line.text().get(..at).is_some_and(|first| first.ends_with(b"\r"));
    let message = if ends_in_cr { format!("{message}; a CR alone ends no line") } else { message };
    let finding = Finding::new(&SEVERAL_RECORDS_ON_A_LINE, Place::line(file, line.number), message);
    finding.with_fix(vec![Edit::BreakLine { at }])
}

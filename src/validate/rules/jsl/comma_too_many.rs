use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports a comma with nothing after it: before `}` or `]`, or after the record, as the items of a JSON list stand on theirs.
    ///
    /// ## Why is this bad?
    /// It is no JSON. JavaScript takes it, Bedrock does not: "Unable to parse Amazon S3 file".
    ///
    /// ## Example
    /// ```text
    /// {"schemaVersion": "bedrock-conversation-2024", "messages": [],},
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion": "bedrock-conversation-2024", "messages": []}
    /// ```
    ///
    /// ## Fix
    /// Safe: the comma is left out.
    pub(crate) COMMA_TOO_MANY = "JSL010", "comma-too-many", Error, File, fix Safe;
}

/// A line with such a comma.
pub(super) fn finding(file: &Path, line: &Line<'_>, message: String) -> Finding {
    let finding = Finding::new(&COMMA_TOO_MANY, Place::line(file, line.number), message);
    // Where something else is wrong too, that must be repaired first.
    if line.without_extra_commas().is_some() { finding.with_fix(vec![Edit::DropCommas]) } else { finding }
}

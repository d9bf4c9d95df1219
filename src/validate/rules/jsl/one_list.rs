use std::path::Path;

use crate::dataset::jsonl::{Layout, Line};
use crate::error::Place;
use crate::findings::{Edit, Finding};

crate::rule! {
    /// ## What it does
    /// Reports a file that is one JSON list, `[{…}, {…}]`, instead of one record a line. Said once for a file.
    ///
    /// ## Why is this bad?
    /// Bedrock parses each line by itself: "Data files must conform to JSONL format".
    ///
    /// ## Example
    /// ```json
    /// [{"schemaVersion": "bedrock-conversation-2024"}, {"schemaVersion": "bedrock-conversation-2024"}]
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion": "bedrock-conversation-2024"}
    /// {"schemaVersion": "bedrock-conversation-2024"}
    /// ```
    ///
    /// ## Fix
    /// Safe: each item of the list is written on a line of its own, without the brackets and commas around it; one that is no
    /// record is written there as it is.
    pub(crate) ONE_LIST = "JSL009", "one-list", Error, File, fix Safe;
}

/// Items of a list.
pub(super) fn check(file: &Path, line: &Line<'_>) -> Option<Finding> {
    if line.layout != Layout::Item {
        return None;
    }
    let message = "the file is one JSON list, not one record a line";
    let edit = if line.text().is_empty() { Edit::DropLine } else { Edit::OneLine };
    Some(Finding::new(&ONE_LIST, Place::line(file, line.number), message).with_fix(vec![edit]))
}

use std::path::Path;

use crate::dataset::jsonl::{Line, LineContent};
use crate::error::Place;
use crate::finding::Finding;
use crate::finding::limits::MAX_LINE_BYTES;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports a line that is not one JSON object: a syntax error, a line that ends too early, bytes that are not UTF-8, a
    /// line over 10 MiB.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the whole file: "Unable to parse Amazon S3 file … Data files must conform to JSONL format".
    ///
    /// ## Example
    /// ```text
    /// {"schemaVersion": "bedrock-conversation-2024", "messages": [
    /// ```
    ///
    /// ## Use instead
    /// One complete JSON object a line, in UTF-8.
    ///
    /// ## Fix
    /// By hand, or make the file again with `nova-ft prepare`.
    pub(crate) INVALID_JSON = "JSL001", "invalid-json", Error, File, fix None;
}

/// Lines that hold no JSON object.
pub(super) fn check(file: &Path, line: &Line) -> Option<Finding> {
    let message = match &line.content {
        LineContent::Broken(what) => what.clone(),
        LineContent::TooLong => format!("the line is longer than {} MiB", MAX_LINE_BYTES / (1 << 20)),
        LineContent::Json(value) if !value.is_object() => {
            let kind = match value {
                serde_json::Value::Array(items) => format!("a list of {}", counted(items.len(), "value")),
                serde_json::Value::String(_) => "a text".to_owned(),
                _ => "a single value".to_owned(),
            };
            format!("{kind} where a record (a JSON object) is needed")
        }
        LineContent::Json(_) | LineContent::Blank => return None,
    };
    Some(Finding::new(&INVALID_JSON, Place::line(file, line.number), message))
}

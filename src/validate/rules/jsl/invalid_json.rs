use std::path::Path;

use crate::dataset::json::Json;
use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::Finding;
use crate::wording::counted;

crate::rule! {
    /// ## What it does
    /// Reports a line that is not one JSON object: a syntax error such as single quotes, `None`, a comment or a missing
    /// comma, or another value than an object. Faults with a repair of their own have codes of their own.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the whole file: "Unable to parse Amazon S3 file … Data files must conform to JSONL format".
    ///
    /// ## Example
    /// ```text
    /// {'schemaVersion': 'bedrock-conversation-2024', 'system': None}
    /// ```
    ///
    /// ## Use instead
    /// One complete JSON object a line, in UTF-8.
    ///
    /// ## Fix
    /// By hand, or make the file again with `nova-ft prepare`.
    pub(crate) INVALID_JSON = "JSL001", "invalid-json", Error, File, fix None;
}

/// A line that is no JSON.
pub(super) fn finding(file: &Path, line: &Line<'_>, message: String) -> Finding {
    Finding::new(&INVALID_JSON, Place::line(file, line.number), message)
}

/// Lines that hold JSON, and no object.
pub(super) fn check_object(file: &Path, line: &Line<'_>, value: &Json<'_>) -> Option<Finding> {
    let kind = match value {
        Json::Object(_) => return None,
        Json::List(items) => format!("a list of {}", counted(items.len(), "value")),
        Json::Text(_) => "a text".to_owned(),
        Json::Null | Json::Bool(_) | Json::Number(_) => "a single value".to_owned(),
    };
    Some(finding(file, line, format!("{kind} where a record (a JSON object) is needed")))
}

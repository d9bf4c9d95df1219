use std::path::Path;

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a file whose name does not end in `.jsonl`.
    ///
    /// ## Why is this bad?
    /// Bedrock takes only objects whose key ends so: "Provided S3 location is invalid … must be in .jsonl format".
    ///
    /// ## Example
    /// `train.json`
    ///
    /// ## Use instead
    /// `train.jsonl`
    ///
    /// ## Fix
    /// Rename the file; `--fix OUT` writes under the name that you give.
    pub(crate) NOT_JSONL = "JSL004", "not-jsonl", Error, File, fix None;
}

/// Files of another name.
pub(super) fn check(file: &Path) -> Option<Finding> {
    if file.extension().is_some_and(|extension| extension == "jsonl") {
        return None;
    }
    Some(Finding::new(&NOT_JSONL, Place::file(file), "the file's name must end in .jsonl"))
}

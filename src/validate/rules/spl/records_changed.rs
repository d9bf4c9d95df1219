use std::path::Path;

use crate::error::Place;
use crate::findings::Finding;
use crate::images::Digest;

crate::rule! {
    /// ## What it does
    /// Reports a JSONL file that is not the one that `nova-ft prepare` wrote.
    ///
    /// ## Why is this bad?
    /// The manifest no longer says what the records were made of. What is sent is the file as it is now.
    ///
    /// ## Example
    /// A label was corrected in `train.jsonl`.
    ///
    /// ## Use instead
    /// Correct the label table and run `nova-ft prepare` again.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) RECORDS_CHANGED = "SPL006", "records-changed", Warning, Dataset, fix None;
}

/// A file that differs from the manifest's.
pub(crate) fn check(path: &Path, expected: Digest, found: Digest) -> Option<Finding> {
    let changed = expected != found;
    changed.then(|| Finding::new(&RECORDS_CHANGED, Place::file(path), "changed since `nova-ft prepare` wrote it"))
}

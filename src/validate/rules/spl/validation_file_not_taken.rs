use std::path::Path;

use crate::error::Place;
use crate::findings::Finding;
use crate::validate::Model;

crate::rule! {
    /// ## What it does
    /// Reports a validation file for Nova 2 Lite.
    ///
    /// ## Why is this bad?
    /// Its fine-tuning takes no validation data: the job is refused. The console still offers the field.
    ///
    /// ## Example
    /// `nova-ft validate train.jsonl --validation validation.jsonl --model lite-2`
    ///
    /// ## Use instead
    /// The training file alone; keep the other side for `nova-ft evaluate`.
    ///
    /// ## Fix
    /// By hand: leave `--validation` out.
    pub(crate) VALIDATION_FILE_NOT_TAKEN = "SPL008", "validation-file-not-taken", Error, Dataset, fix None;
}

/// A validation file for a model that takes none.
pub(super) fn check(validation: &Path, model: Model) -> Option<Finding> {
    let message = format!("{} takes no validation data; keep this file for the evaluation", model.title());
    (!model.takes_validation()).then(|| Finding::new(&VALIDATION_FILE_NOT_TAKEN, Place::file(validation), message))
}

use std::path::Path;

use super::DatasetFacts;
use crate::dataset::Side;
use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a file in which some records have `system` and others have not.
    ///
    /// ## Why is this bad?
    /// AWS's newer validator refuses it. And the model then learns two tasks: the prompt at inference must be the one of the
    /// training.
    ///
    /// ## Example
    /// Half of the records were made with another version of a script.
    ///
    /// ## Use instead
    /// The same system prompt in all records, or in none.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) MEMBER_IN_SOME_RECORDS = "SPL010", "member-in-some-records", Warning, Dataset, fix None;
}

/// A side with both kinds of record.
pub(super) fn check(facts: &DatasetFacts, side: Side, file: &Path) -> Option<Finding> {
    let counts = facts.side(side);
    let is_mixed = counts.with_system > 0 && counts.with_system < counts.records;
    let message = || format!("{} of {} records have `system`, the others have not", counts.with_system, counts.records);
    is_mixed.then(|| Finding::new(&MEMBER_IN_SOME_RECORDS, Place::file(file), message()))
}

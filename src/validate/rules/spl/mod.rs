//! The data set as a whole: what only all records together show.

mod facts;
pub(crate) mod group_on_both_sides;
pub(crate) mod image_on_both_sides;
pub(crate) mod image_twice;
pub(crate) mod kinds_of_media_mixed;
pub(crate) mod member_in_some_records;
pub(crate) mod prompt_on_both_sides;
pub(crate) mod prompt_twice;
pub(crate) mod records_changed;
mod repeats;
pub(crate) mod sample_count;
pub(crate) mod validation_file_not_taken;

pub(crate) use facts::{DatasetFacts, RecordFacts};

use std::path::Path;

use crate::dataset::Side;
use crate::findings::Finding;
use crate::validate::Model;

/// What the counts of a whole data set give rise to.
pub(crate) fn check_whole(facts: &DatasetFacts, files: [Option<&Path>; 2], model: Model) -> Vec<Finding> {
    let [train, validation] = files;
    let mut findings = Vec::new();
    if let Some(train) = train {
        findings.extend(sample_count::check(facts, train, validation, model));
    }
    if let Some(validation) = validation {
        findings.extend(validation_file_not_taken::check(validation, model));
    }
    for (side, file) in [(Side::Train, train), (Side::Validation, validation)] {
        let Some(file) = file else { continue };
        findings.extend(member_in_some_records::check(facts, side, file));
        findings.extend(kinds_of_media_mixed::check_text_only(facts, side, file, model));
    }
    findings
}

/// Facts of so many records.
#[cfg(test)]
pub(crate) fn counts(train: usize, validation: usize) -> DatasetFacts {
    DatasetFacts::of_counts(train, validation)
}

use std::path::Path;

use super::DatasetFacts;
use crate::dataset::Side;
use crate::error::Place;
use crate::finding::Finding;
use crate::finding::limits::MAX_SAMPLES;
use crate::validate::Model;

crate::rule! {
    /// ## What it does
    /// Reports a data set with fewer training samples than the model takes (8; Nova 2 Lite 200) or more samples than 20,000
    /// on both sides together, or with a validation file that has no record. A line that cannot be read counts as a sample:
    /// what is wrong there is another finding.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the job. For Nova 2 Lite the documentation says 8 and recommends 200, while AWS's validators demand
    /// 200: the safe reading counts.
    ///
    /// ## Example
    /// Five photos.
    ///
    /// ## Use instead
    /// At least 8 photos with labels; 100 and more for a model that reads well.
    ///
    /// ## Fix
    /// By hand: add photos, or hold out fewer.
    pub(crate) SAMPLE_COUNT = "SPL001", "sample-count", Error, Dataset, fix None;
}

/// Data sets that are too small or too large.
pub(crate) fn check(
    facts: &DatasetFacts,
    train_file: &Path,
    validation_file: Option<&Path>,
    model: Model,
) -> Vec<Finding> {
    let (train, validation) = (facts.count(Side::Train), facts.count(Side::Validation));
    let mut findings = Vec::new();
    let unread = |side| facts.side(side).unread;
    if train + unread(Side::Train) < model.min_samples() {
        let samples = if train == 1 { "sample" } else { "samples" };
        let unread = match unread(Side::Train) {
            0 => String::new(),
            unread => format!(", and {unread} that cannot be read"),
        };
        let (title, needed) = (model.title(), model.min_samples());
        let message = format!("{train} training {samples}{unread}; {title} needs at least {needed}");
        findings.push(Finding::new(&SAMPLE_COUNT, Place::file(train_file), message));
    }
    if train + validation > MAX_SAMPLES {
        let message = format!("{train} training and {validation} validation samples; together at most {MAX_SAMPLES}");
        findings.push(Finding::new(&SAMPLE_COUNT, Place::file(train_file), message));
    }
    if let Some(file) = validation_file.filter(|_| validation + unread(Side::Validation) == 0) {
        let message = "no validation sample: leave the file out, or put records into it";
        findings.push(Finding::new(&SAMPLE_COUNT, Place::file(file), message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::rules::spl::counts;

    #[test]
    fn the_bounds_belong_to_what_is_allowed() {
        let fires =
            |train, validation, model| !check(&counts(train, validation), Path::new("t"), None, model).is_empty();
        assert!(fires(7, 0, Model::Lite) && !fires(8, 0, Model::Lite));
        assert!(fires(199, 0, Model::Lite2) && !fires(200, 0, Model::Lite2));
        assert!(!fires(19_000, 1_000, Model::Pro) && fires(19_000, 1_001, Model::Pro));
    }
}

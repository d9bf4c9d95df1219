use std::path::Path;

use super::DatasetFacts;
use crate::dataset::Side;
use crate::error::Place;
use crate::findings::limits::{MAX_SAMPLES, MIN_SAMPLES};
use crate::findings::{Finding, Severity};
use crate::validate::Model;

crate::rule! {
    /// ## What it does
    /// Reports a data set with fewer than 8 training samples or more than 20,000 samples in both splits together, or with a
    /// validation file that has no record. Fewer than 200 training samples for Nova 2 Lite are a warning. A line that cannot
    /// be read counts as a sample: what is wrong there is another finding.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the job. For Nova 2 Lite AWS's user guide says 8 (page "Preparing data for multimodal fine-tuning", copy
    /// of October 2026), AWS's sample validator and Forge SDK fail below 200, and in a public report of August 2026 Bedrock
    /// accepted 189 of 189 records.
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
    let lines = train + unread(Side::Train);
    if lines < MIN_SAMPLES.max(model.recommended_samples()) {
        let samples = if train == 1 { "sample" } else { "samples" };
        let unread = match unread(Side::Train) {
            0 => String::new(),
            unread => format!(", and {unread} that cannot be read"),
        };
        let title = model.title();
        let (severity, needs) = if lines < MIN_SAMPLES {
            (Severity::Error, format!("{title} needs at least {MIN_SAMPLES}"))
        } else {
            let expected = model.recommended_samples();
            (
                Severity::Warning,
                format!("AWS's validators expect at least {expected} for {title}, its user guide {MIN_SAMPLES}"),
            )
        };
        let mut finding = Finding::new(
            &SAMPLE_COUNT,
            Place::file(train_file),
            format!("{train} training {samples}{unread}; {needs}"),
        );
        finding.severity = severity;
        findings.push(finding);
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
        let severity = |train, validation, model| {
            let findings = check(&counts(train, validation), Path::new("t"), None, model);
            findings.first().map(|finding| finding.severity)
        };
        let error = Some(Severity::Error);
        assert_eq!([severity(7, 0, Model::Lite), severity(8, 0, Model::Lite)], [error, None]);
        assert_eq!([severity(19_000, 1_000, Model::Pro), severity(19_000, 1_001, Model::Pro)], [None, error]);
    }

    #[test]
    fn fewer_than_200_samples_for_nova_2_lite_are_a_warning_and_fewer_than_8_an_error() {
        let severity = |train| {
            let findings = check(&counts(train, 0), Path::new("t"), None, Model::Lite2);
            findings.first().map(|finding| finding.severity)
        };
        assert_eq!(
            [7, 8, 189, 199, 200].map(severity),
            [Some(Severity::Error), Some(Severity::Warning), Some(Severity::Warning), Some(Severity::Warning), None]
        );
    }
}

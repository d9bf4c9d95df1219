use crate::aws::tokens::{LEAST_IMAGE_TOKENS, TURN_TOKENS, TokenRange, text_tokens};
use crate::findings::limits::MAX_SAMPLE_TOKENS;
use crate::findings::{Finding, Severity};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;
use crate::wording::grouped;

crate::rule! {
    /// ## What it does
    /// Reports a record that is longer than the 32,000 tokens of a sample: an error where the lowest estimate is longer, a
    /// warning where only the highest is. Texts are estimated by their characters; a photo counts as little as any model
    /// counts it.
    ///
    /// ## Why is this bad?
    /// The job fails with "Maximum input token count … exceeds limit" after the data were read, or with "Input size exceeded in
    /// file … for record starting with …", which counts the characters of one record; that quota is not published for Nova.
    /// Splitting the file does not help. Nova's tokenizer is not published, so the exact limit is not known
    /// beforehand.
    ///
    /// ## Example
    /// A contract of 80 pages as one prompt.
    ///
    /// ## Use instead
    /// The pages that the question is about.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) CONTEXT_EXCEEDED = "TXT003", "context-exceeded", Error, Record, fix None;
}

/// Records that are too long.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    let turns = TURN_TOKENS * (record.messages().len() as u64);
    let photos = TokenRange::new(LEAST_IMAGE_TOKENS, LEAST_IMAGE_TOKENS) * (record.images().count() as u64);
    // No text has more tokens than bytes.
    let bytes: usize = record.texts().map(|at| at.text.len()).sum();
    if bytes as u64 + turns.high + photos.high <= MAX_SAMPLE_TOKENS {
        return;
    }
    let texts: TokenRange = record.texts().map(|at| text_tokens(at.text)).sum();
    findings.extend(judge(record, texts + turns + photos));
}

/// The finding of a record with so many tokens.
fn judge(record: &RecordView<'_>, tokens: TokenRange) -> Option<Finding> {
    let message = |certainty: &str| {
        let limit = grouped(MAX_SAMPLE_TOKENS);
        format!("{certainty} {limit} tokens, the most of a sample: estimated {tokens}")
    };
    if tokens.low > MAX_SAMPLE_TOKENS {
        Some(record.finding(&CONTEXT_EXCEEDED, "", message("over")))
    } else if tokens.high > MAX_SAMPLE_TOKENS {
        let mut finding = record.finding(&CONTEXT_EXCEEDED, "", message("perhaps over"));
        finding.severity = Severity::Warning;
        Some(finding)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::json::Json;
    use std::path::Path;

    #[test]
    fn the_limit_belongs_to_what_is_allowed_and_only_the_low_end_is_an_error() {
        let value = Json::Null;
        let record = RecordView::new(Path::new("t.jsonl"), 1, &value);
        let severity = |low, high| judge(&record, TokenRange::new(low, high)).map(|finding| finding.severity);
        assert_eq!(severity(32_000, 32_000), None);
        assert_eq!(severity(32_000, 32_001), Some(Severity::Warning));
        assert_eq!(severity(32_001, 32_001), Some(Severity::Error));
    }
}

use serde::Serialize;

use super::{Audited, AuditedLabel, Remedy, Verdict};
use crate::findings::render::render_json;

/// One label as a line of `--json`.
#[derive(Debug, Clone, Serialize)]
pub struct VerdictEvent {
    event: &'static str,
    file: String,
    line: u64,
    image: String,
    verdict: Verdict,
    label: String,
    reading: Option<String>,
    confidence: Option<f32>,
    evidence: Option<String>,
    sheet: Option<String>,
    codes: Vec<&'static str>,
    /// What `--fix` does: keep, change, review.
    remedy: &'static str,
}

impl VerdictEvent {
    /// The event of a label.
    pub fn of(audited: &Audited, label: &AuditedLabel) -> Self {
        let vote = label.vote.as_ref();
        Self {
            event: "verdict",
            file: audited.file.display().to_string(),
            line: label.row.line,
            image: label.row.image.clone(),
            verdict: label.verdict,
            label: label.row.seller.clone(),
            reading: vote.map(|vote| vote.seller.clone()),
            confidence: vote.map(|vote| vote.confidence),
            evidence: vote.map(crate::readings::Vote::evidence),
            sheet: label.sheet.clone(),
            codes: label.codes.iter().map(|(code, _)| *code).collect(),
            remedy: match label.remedy() {
                Remedy::Keep => "keep",
                Remedy::Change { .. } => "change",
                Remedy::Review => "review",
            },
        }
    }
}

/// An audit as JSON, an object a line: the labels, the worst first, then the findings.
pub fn render_audit_json(audited: &Audited) -> String {
    let events =
        audited.worst_first().into_iter().map(|label| serde_json::to_string(&VerdictEvent::of(audited, label)));
    // Texts and numbers always have a form in JSON.
    events.filter_map(Result::ok).fold(String::new(), |out, line| out + &line + "\n") + &render_json(&audited.report)
}

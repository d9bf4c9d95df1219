use crate::finding::{Finding, Severity};
use crate::validate::Model;
use crate::validate::record::{Kind, RecordView, Speaker};
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports reasoning of Nova 2 Lite outside the assistant's turns, in a record with images or videos, or written as
    /// `<thinking>` into a text (a warning).
    ///
    /// ## Why is this bad?
    /// Reasoning is learned from text alone: Bedrock refuses it beside images. Tags in the text are learned as text.
    ///
    /// ## Example
    /// ```json
    /// {"role": "user", "content": [{"reasoningContent": {"reasoningText": {"text": "…"}}}]}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "…"}}}, {"text": "…"}]}
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) REASONING_MISPLACED = "CNV006", "reasoning-misplaced", Error, Record, fix None;
}

/// Records whose reasoning is not where it may be.
pub(crate) fn check(record: &RecordView<'_>, context: Context<'_>, findings: &mut Vec<Finding>) {
    // On other models there is none at all, and another rule says so.
    if context.model != Model::Lite2 {
        return;
    }
    let has_media = record.media().next().is_some();
    for block in record.blocks() {
        match (block.kind, block.content.as_str()) {
            (Kind::Reasoning, _) if block.speaker != Speaker::Assistant => {
                let message = "reasoning stands in the assistant's turns only";
                findings.push(record.finding(&REASONING_MISPLACED, block.pointer, message));
            }
            (Kind::Reasoning, _) if has_media => {
                let message = "reasoning cannot stand in a record with images or videos";
                findings.push(record.finding(&REASONING_MISPLACED, block.pointer, message));
            }
            (Kind::Text, Some(text)) if text.contains("<thinking>") || text.contains("</thinking>") => {
                let message = "`<thinking>` is learned as text; reasoning has a block of its own";
                let mut finding = record.finding(&REASONING_MISPLACED, block.pointer, message);
                finding.severity = Severity::Warning;
                findings.push(finding);
            }
            _ => {}
        }
    }
}

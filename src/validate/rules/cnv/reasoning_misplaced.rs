use crate::findings::{Finding, Severity};
use crate::validate::Model;
use crate::validate::record::{Kind, RecordView, Speaker};
use crate::validate::rules::Context;
use crate::validate::rules::txt::reserved_word::contains_in_any_case;

crate::rule! {
    /// ## What it does
    /// Reports reasoning of Nova 2 Lite outside the assistant's turns, in a record with images or videos, or written as
    /// `<thinking>` into a text (a warning), and a turn that thinks and says nothing (a warning).
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
            (Kind::Reasoning, _) if !is_answered(record, block.pointer.numbers().0) => {
                let message = "reasoning without an answer: the turn needs a text after it";
                let mut finding = record.finding(&REASONING_MISPLACED, block.pointer, message);
                finding.severity = Severity::Warning;
                findings.push(finding);
            }
            (Kind::Text, Some(text)) if has_thinking(text) => {
                let message = "`<thinking>` is learned as text; reasoning has a block of its own";
                let mut finding = record.finding(&REASONING_MISPLACED, block.pointer, message);
                finding.severity = Severity::Warning;
                findings.push(finding);
            }
            _ => {}
        }
    }
}

/// Whether the assistant says something in a turn besides what it thinks.
fn is_answered(record: &RecordView<'_>, turn: u32) -> bool {
    let mut blocks = record.blocks().iter().filter(|block| block.speaker == Speaker::Assistant);
    blocks.any(|block| block.kind != Kind::Reasoning && block.pointer.numbers().0 == turn)
}

fn has_thinking(text: &str) -> bool {
    text.contains('<') && ["<thinking>", "</thinking>"].iter().any(|tag| contains_in_any_case(text, tag))
}

use crate::finding::Finding;
use crate::validate::record::{RecordView, Speaker};
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a text that is empty or white space: a prompt, or the label.
    ///
    /// ## Why is this bad?
    /// An empty label teaches the model to say nothing. AWS's sample validator lets an empty text beside an image pass.
    ///
    /// ## Example
    /// ```json
    /// {"role": "assistant", "content": [{"text": " "}]}
    /// ```
    ///
    /// ## Use instead
    /// The seller's name; or leave the photo out until its label is known.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) EMPTY_TEXT = "TXT001", "empty-text", Error, Record, fix None;
}

/// Texts of white space.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.texts() {
        if !at.text.trim().is_empty() {
            continue;
        }
        let message = match at.speaker {
            Speaker::Assistant => "the label is empty",
            Speaker::System => "the system prompt is empty; leave `system` out instead",
            Speaker::User | Speaker::Unknown => "the text is empty",
        };
        findings.push(record.finding(&EMPTY_TEXT, at.pointer, message));
    }
}

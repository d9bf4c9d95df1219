use crate::findings::Finding;
use crate::validate::record::{Kind, RecordView, Speaker};
use crate::validate::rules::Context;
use crate::wording::is_blank;

crate::rule! {
    /// ## What it does
    /// Reports a text that is empty, white space, or invisible characters only: a prompt, or the label.
    ///
    /// ## Why is this bad?
    /// An empty label teaches the model to say nothing. AWS's sample validator lets an empty text beside an image pass,
    /// and a zero-width space, which spreadsheets and web pages leave in empty cells, anywhere.
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

/// Texts with nothing to read.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.texts() {
        if !at.text.chars().all(is_blank) {
            continue;
        }
        let what = match at.speaker {
            _ if at.kind == Kind::Reasoning => "the reasoning",
            Speaker::Assistant => "the label",
            Speaker::System => "the system prompt",
            Speaker::User | Speaker::Unknown => "the text",
        };
        let how = match at.text.chars().find(|character| !character.is_whitespace()) {
            None if at.text.is_empty() => "is empty",
            None => "is white space",
            Some(_) => "has invisible characters only",
        };
        let hint = if at.speaker == Speaker::System { "; leave `system` out instead" } else { "" };
        let message = format!("{what} {how}{hint}");
        findings.push(record.finding(&EMPTY_TEXT, at.pointer, message));
    }
}

use crate::findings::limits::RESERVED_WORDS;
use crate::findings::{Finding, Severity};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a text that holds a word reserved by Nova: `User:` `Bot:` `Assistant:` `System:` `<image>` `<video>` `[EOS]`
    /// `Thought:` `<unk>`. In other case (`user:`) it is a warning.
    ///
    /// ## Why is this bad?
    /// The job fails with a data error. The documentation lists the first seven for prompts; AWS's sample validator adds the
    /// last two and looks at answers too. On case its versions disagree, so exact case is an error and other case a
    /// warning. The full-width colon of `User：` is not listed.
    ///
    /// ## Example
    /// ```json
    /// {"text": "User: who is the seller?"}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"text": "Who is the seller?"}
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) RESERVED_WORD = "TXT002", "reserved-word", Error, Record, fix None;
}

/// Texts with reserved words.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.texts() {
        // Every reserved word has one of these; most texts have none.
        if memchr::memchr3(b':', b'<', b'[', at.text.as_bytes()).is_none() {
            continue;
        }
        for word in RESERVED_WORDS {
            if at.text.contains(word) {
                findings.push(record.finding(&RESERVED_WORD, at.pointer, format!("`{word}` is reserved by Nova")));
            } else if contains_in_any_case(at.text, word) {
                let message = format!("`{word}` in other case: AWS's validators disagree on whether it is reserved");
                let mut finding = record.finding(&RESERVED_WORD, at.pointer, message);
                finding.severity = Severity::Warning;
                findings.push(finding);
            }
        }
    }
}

/// Whether a text holds a word of ASCII in any case.
pub(crate) fn contains_in_any_case(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

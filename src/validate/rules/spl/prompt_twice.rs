use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a record of text alone whose prompt stands in an earlier record of the same side, with the same answer or another.
    ///
    /// ## Why is this bad?
    /// The record counts twice. With two answers at least one of them may be wrong.
    ///
    /// ## Example
    /// A file that was appended to itself.
    ///
    /// ## Use instead
    /// One record for each question. To have the model see them more often, raise the number of epochs; above 5 epochs
    /// repeated records are what the guide to Nova suggests: then `--allow SPL013`.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PROMPT_TWICE = "SPL013", "prompt-twice", Warning, Dataset, fix None;
}

/// A prompt that was there before, with the same answer.
pub(super) fn same_answer(place: Place, first_line: u32) -> Finding {
    Finding::new(&PROMPT_TWICE, place, format!("the same prompt and answer as on line {first_line}"))
}

/// A prompt that was there before, with another answer.
pub(super) fn other_answer(place: Place, first_line: u32) -> Finding {
    Finding::new(&PROMPT_TWICE, place, format!("the same prompt as on line {first_line}, with another answer"))
}

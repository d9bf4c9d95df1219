use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a record of text alone whose prompt stands in the training file and in the validation file.
    ///
    /// ## Why is this bad?
    /// The score on the validation side then shows what the model has learned by heart.
    ///
    /// ## Example
    /// The same question, once on each side.
    ///
    /// ## Use instead
    /// Each question on one side.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PROMPT_ON_BOTH_SIDES = "SPL012", "prompt-on-both-sides", Error, Dataset, fix None;
}

/// A prompt that is on the training side too.
pub(super) fn finding(place: Place, first_line: u32) -> Finding {
    let message = format!("the same prompt is on line {first_line} of the training file");
    Finding::new(&PROMPT_ON_BOTH_SIDES, place, message)
}

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that stands in the training file and in the validation file: the same pixels, whatever format and
    /// notes they are saved with, or, where the photos are not at hand, the same URI. Of videos and documents the URI counts.
    ///
    /// ## Why is this bad?
    /// The score on the validation side then shows what the model has learned by heart, not what it can read.
    ///
    /// ## Example
    /// `1.jpg` and its copy `1 (2).jpg`, one on each side.
    ///
    /// ## Use instead
    /// `nova-ft prepare`, which keeps a group on one side; remove the copy.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) IMAGE_ON_BOTH_SIDES = "SPL002", "image-on-both-sides", Error, Dataset, fix None;
}

/// A file that is on the training side too.
pub(super) fn finding(place: Place, thing: &str, first_line: u32) -> Finding {
    let message = format!("the same {thing} is on line {first_line} of the training file");
    Finding::new(&IMAGE_ON_BOTH_SIDES, place, message)
}

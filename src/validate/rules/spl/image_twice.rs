use crate::error::Place;
use crate::finding::{Finding, Severity};

crate::rule! {
    /// ## What it does
    /// Reports a photo that stands in two records of one side. With the same label it is a warning, with two labels an error.
    ///
    /// ## Why is this bad?
    /// The photo counts twice. With two labels at least one of them is wrong.
    ///
    /// ## Example
    /// A photo and its copy under another name.
    ///
    /// ## Use instead
    /// One record for each photo.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) IMAGE_TWICE = "SPL003", "image-twice", Warning, Dataset, fix None;
}

/// A photo that was seen before on the same side.
pub(super) fn finding(place: Place, first_line: u32, same_label: bool) -> Finding {
    if same_label {
        return Finding::new(&IMAGE_TWICE, place, format!("the same photo as on line {first_line}"));
    }
    let mut finding =
        Finding::new(&IMAGE_TWICE, place, format!("the same photo as on line {first_line}, with another label"));
    finding.severity = Severity::Error;
    finding
}

use crate::error::Place;
use crate::findings::{Finding, Severity};

crate::rule! {
    /// ## What it does
    /// Reports a photo that stands in two records of one side: the same pixels, or the same URI. With the same label it is a
    /// warning, with two labels an error. Of videos and documents the URI counts.
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

/// A file that was seen before on the same side, with the same label.
pub(super) fn same_label(place: Place, thing: &str, first_line: u32) -> Finding {
    let is_same_record = place.line == Some(u64::from(first_line));
    let message = if is_same_record {
        format!("the same {thing} twice in this record")
    } else {
        format!("the same {thing} as on line {first_line}")
    };
    Finding::new(&IMAGE_TWICE, place, message)
}

/// A file that was seen before on the same side, with another label.
pub(super) fn other_label(place: Place, thing: &str, first_line: u32) -> Finding {
    let message = format!("the same {thing} as on line {first_line}, with another label");
    let mut finding = Finding::new(&IMAGE_TWICE, place, message);
    finding.severity = Severity::Error;
    finding
}

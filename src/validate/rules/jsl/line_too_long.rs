use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::Finding;
use crate::findings::limits::MAX_LINE_BYTES;

crate::rule! {
    /// ## What it does
    /// Reports a line over 10 MiB. It is not looked into.
    ///
    /// ## Why is this bad?
    /// A record of ten images with long prompts stays below 100 kB. A line as long as this holds images as text, or a whole file
    /// without line breaks.
    ///
    /// ## Example
    /// A record with an image in Base64.
    ///
    /// ## Use instead
    /// The image in S3, and its URI in the record.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) LINE_TOO_LONG = "JSL012", "line-too-long", Error, File, fix None;
}

/// A line that was not kept.
pub(super) fn finding(file: &Path, line: &Line<'_>) -> Finding {
    let message = format!("the line is longer than {} MiB", MAX_LINE_BYTES / (1 << 20));
    Finding::new(&LINE_TOO_LONG, Place::line(file, line.number), message)
}

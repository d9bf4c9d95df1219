use crate::finding::Finding;
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;
use crate::wording::quoted;

crate::rule! {
    /// ## What it does
    /// Reports a video whose `format` is not one of `mov`, `mkv`, `mp4`, `webm`; for Nova 2 Lite `webm` is none either.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the file: "Unable to parse S3 file due to invalid data schema/format". On `webm` the pages of Nova 2
    /// disagree; the safe reading counts.
    ///
    /// ## Example
    /// ```json
    /// {"video": {"format": "avi"}}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"video": {"format": "mp4"}}
    /// ```
    ///
    /// ## Fix
    /// By hand: the video must be converted too.
    pub(crate) VIDEO_FORMAT_UNKNOWN = "CNV008", "video-format-unknown", Error, Record, fix None;
}

/// Videos of a format that Bedrock does not know.
pub(crate) fn check(record: &RecordView<'_>, context: Context<'_>, findings: &mut Vec<Finding>) {
    let known = context.model.video_formats();
    for at in record.media().filter(|at| at.kind == Kind::Video) {
        let Some(format) = at.format().filter(|format| !known.contains(format)) else { continue };
        let model = context.model.title();
        let message = format!("{} is not one of those that {model} takes: {}", quoted(format), known.join(", "));
        findings.push(record.finding(&VIDEO_FORMAT_UNKNOWN, format_args!("{}/format", at.pointer), message));
    }
}

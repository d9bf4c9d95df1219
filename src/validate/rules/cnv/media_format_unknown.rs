use crate::findings::Finding;
use crate::findings::limits::DOCUMENT_FORMATS;
use crate::validate::Model;
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;
use crate::wording::quoted;

crate::rule! {
    /// ## What it does
    /// Reports a video whose `format` is not one of `mov`, `mkv`, `mp4`, `webm` (for Nova 2 Lite `webm` is none either), and a
    /// document whose `format` is not `pdf`. Images have a rule of their own (IMG001).
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
    /// By hand: the file must be converted too.
    pub(crate) MEDIA_FORMAT_UNKNOWN = "CNV008", "media-format-unknown", Error, Record, fix None;
}

/// Videos and documents of a format that Bedrock does not know.
pub(crate) fn check(record: &RecordView<'_>, context: Context<'_>, findings: &mut Vec<Finding>) {
    let model = context.model;
    for at in record.media() {
        let known: &[&str] = match at.kind {
            Kind::Video => model.video_formats(),
            // Other models take no document of any format.
            Kind::Document if model == Model::Lite2 => &DOCUMENT_FORMATS,
            _ => continue,
        };
        let Some(format) = at.format().filter(|format| !known.contains(format)) else { continue };
        let known = known.join(", ");
        let message = format!("{} is not one of those that {} takes: {known}", quoted(format), model.title());
        findings.push(record.finding(&MEDIA_FORMAT_UNKNOWN, format_args!("{}/format", at.pointer), message));
    }
}

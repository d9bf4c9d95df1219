use crate::findings::{Edit, Finding};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;
use crate::wording::quoted;

crate::rule! {
    /// ## What it does
    /// Reports an image whose `format` is not one of `png`, `jpeg`, `gif`, `webp`; most often `jpg`. For Nova 2 Lite `webp` is
    /// none either: one page of its documentation lists it, another and AWS's validator do not, and the safe reading counts.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the file: "Unable to parse S3 file due to invalid data schema/format". The object's key may end in
    /// `.jpg`; the member may not say so.
    ///
    /// ## Example
    /// ```json
    /// {"image": {"format": "jpg"}}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"image": {"format": "jpeg"}}
    /// ```
    ///
    /// ## Fix
    /// Safe: `jpg` and other spellings become the name that Bedrock knows.
    pub(crate) IMAGE_FORMAT_UNKNOWN = "IMG001", "image-format-unknown", Error, Record, fix Safe;
}

/// Images of a format that Bedrock does not know.
pub(crate) fn check(record: &RecordView<'_>, context: Context<'_>, findings: &mut Vec<Finding>) {
    let known = context.model.image_formats();
    for at in record.images() {
        let Some(format) = at.format() else { continue };
        if known.contains(&format) {
            continue;
        }
        let pointer = format!("{}/format", at.pointer);
        let lower = format.trim().trim_start_matches('.').to_lowercase();
        let right = match lower.as_str() {
            "jpg" | "jpe" | "jfif" | "image/jpeg" | "image/jpg" => Some("jpeg"),
            "image/png" => Some("png"),
            "image/gif" => Some("gif"),
            "image/webp" if known.contains(&"webp") => Some("webp"),
            other => known.iter().copied().find(|known| *known == other),
        };
        let finding = if let Some(right) = right {
            let edit = Edit::Set { pointer: pointer.clone(), value: right.into() };
            record
                .finding(&IMAGE_FORMAT_UNKNOWN, &pointer, format!("`{format}` is written `{right}`"))
                .with_fix(vec![edit])
        } else {
            let known = known.join(", ");
            let message =
                format!("{} is not one of those that {} takes: {known}", quoted(format), context.model.title());
            record.finding(&IMAGE_FORMAT_UNKNOWN, &pointer, message)
        };
        findings.push(finding);
    }
}

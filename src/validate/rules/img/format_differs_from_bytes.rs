use super::ReadPhoto;
use crate::findings::limits::IMAGE_FORMATS;
use crate::findings::{Edit, Finding};
use crate::images::{Fault, Format};

crate::rule! {
    /// ## What it does
    /// Reports a photo whose bytes are not what `format` says, or that is no picture that Nova takes: a BMP, TIFF or MPO
    /// called `.jpg`, a HEIC picture, a PDF, an empty file, something that is no picture at all. Needs the photos: a manifest
    /// beside the file, or `--input-dir`.
    ///
    /// ## Why is this bad?
    /// Bedrock looks at the bytes. One such photo fails the job, after the upload and the wait. An MPO, several JPEG pictures
    /// in one file as some phones write them, begins like a JPEG, and failed jobs all the same (AWS China blog on Nova Lite
    /// fine-tuning, 2026-01-07). Nova takes PNG, JPEG, GIF and WebP
    /// (<https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html>).
    ///
    /// ## Example
    /// `"format": "jpeg"` on a file that begins with `89 50 4E 47`: a PNG.
    ///
    /// ## Use instead
    /// `"format": "png"`; and for BMP, TIFF and MPO, `nova-ft prepare`, which converts them.
    ///
    /// ## Fix
    /// Safe where Nova takes what the bytes are: `format` is corrected. Else by hand.
    pub(crate) FORMAT_DIFFERS_FROM_BYTES = "IMG002", "format-differs-from-bytes", Error, Image, fix Safe;
}

/// A photo that is not what its record says.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let name = photo.name();
    let pointer = format!("{}/format", photo.at.pointer);
    let finding = |message: String| photo.record.finding(&FORMAT_DIFFERS_FROM_BYTES, &pointer, message);
    let format = match &photo.facts.header {
        Ok(header) => header.format,
        Err(Fault::Truncated { format } | Fault::Malformed { format, .. }) => *format,
        Err(Fault::Empty) => return Some(finding(format!("{name} is empty: a file of 0 bytes"))),
        Err(fault @ Fault::Unsupported { format }) => {
            return Some(finding(refused(&name, *format, fault.hint().trim_end_matches('.'))));
        }
        Err(fault) => return Some(finding(format!("{name} is {fault}"))),
    };
    let Some(real) = format.nova_name() else {
        return Some(finding(refused(&name, format, "`nova-ft prepare` converts it")));
    };
    // A format that Bedrock does not know is another rule's.
    let declared = photo.at.format().filter(|declared| IMAGE_FORMATS.contains(declared) && *declared != real)?;
    let message = format!("{name} is {real}, not {declared}");
    if !photo.model.image_formats().contains(&real) {
        return Some(finding(format!("{message}, and {} does not take it", photo.model.title())));
    }
    let edit = Edit::Set { pointer: pointer.clone(), value: real.into() };
    Some(finding(message).with_fix(vec![edit]))
}

fn refused(name: &str, format: Format, remedy: &str) -> String {
    format!("{name} is {}, which Nova does not take; {remedy}", format.noun())
}

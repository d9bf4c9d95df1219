use std::path::Path;

use crate::error::shown;
use crate::finding::limits::IMAGE_FORMATS;
use crate::finding::{Edit, Finding};
use crate::images;
use crate::validate::record::{MediaAt, RecordView};

crate::rule! {
    /// ## What it does
    /// Reports a photo whose bytes are not what `format` says, or that is no picture that Nova takes: a BMP or TIFF called
    /// `.jpg`, an MPO, a PDF, a file that ends in the middle. Needs the photos: a manifest beside the file, or `--input-dir`.
    ///
    /// ## Why is this bad?
    /// Bedrock looks at the bytes. One such photo fails the job, after the upload and the wait.
    ///
    /// ## Example
    /// `"format": "jpeg"` on a file that begins with `89 50 4E 47`: a PNG.
    ///
    /// ## Use instead
    /// `"format": "png"`; and for what Nova does not take, `nova-ft prepare`, which converts it.
    ///
    /// ## Fix
    /// Safe where Nova takes what the bytes are: `format` is corrected. Else by hand.
    pub(crate) FORMAT_DIFFERS_FROM_BYTES = "IMG002", "format-differs-from-bytes", Error, Image, fix Safe;
}

/// A photo that is not what its record says.
pub(super) fn check(record: &RecordView<'_>, at: &MediaAt<'_>, path: &Path, findings: &mut Vec<Finding>) {
    let Ok(header) = images::read_header(path) else { return };
    let pointer = format!("{}/format", at.pointer);
    let name = shown(path);
    match header.map(|header| header.format) {
        Err(fault) => findings.push(record.finding(&FORMAT_DIFFERS_FROM_BYTES, &pointer, format!("{name}: {fault}"))),
        Ok(format) => match format.nova_name() {
            None => {
                let message = format!("{name} is {format}, which Nova does not take; `nova-ft prepare` converts it");
                findings.push(record.finding(&FORMAT_DIFFERS_FROM_BYTES, &pointer, message));
            }
            // A format that Bedrock does not know is another rule's.
            Some(real) if at.format().is_some_and(|declared| declared != real && IMAGE_FORMATS.contains(&declared)) => {
                let message = format!("{name} is {real}, not {}", at.format().unwrap_or_default());
                let edit = Edit::Set { pointer: pointer.clone(), value: real.into() };
                findings.push(record.finding(&FORMAT_DIFFERS_FROM_BYTES, &pointer, message).with_fix(vec![edit]));
            }
            Some(_) => {}
        },
    }
}

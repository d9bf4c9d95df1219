use std::path::Path;

use crate::dataset::json;
use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::{Edit, Finding};
use encoding_rs::GB18030;

crate::rule! {
    /// ## What it does
    /// Reports a line whose bytes are not UTF-8: GBK or GB18030, as Chinese programs on Windows write, UTF-16, or damaged bytes.
    /// Said once for a file.
    ///
    /// ## Why is this bad?
    /// JSON is UTF-8 (RFC 8259, section 8.1). Bedrock refuses the file, or reads other characters than were written.
    ///
    /// ## Example
    /// A label table exported as GBK and turned into JSONL without decoding it.
    ///
    /// ## Use instead
    /// The same file saved as UTF-8 without a byte order mark.
    ///
    /// ## Fix
    /// Of a line that is whole as GB18030, `--unsafe-fixes` decodes it: the bytes may be another encoding, so look at the diff. Else
    /// by hand.
    pub(crate) NOT_UTF8 = "JSL006", "not-utf8", Error, File, fix Unsafe;
}

/// A line that is not UTF-8 from a byte on, counted from 0.
pub(super) fn finding(file: &Path, line: &Line<'_>, at: usize) -> Finding {
    let place = Place::line(file, line.number);
    let message = format!("not UTF-8 from byte {} of the line on", at + 1);
    match decoded(line.text()) {
        None => Finding::new(&NOT_UTF8, place, message),
        Some(_) => Finding::new(&NOT_UTF8, place, format!("{message}; it could be GBK")).with_fix(vec![Edit::Decode]),
    }
}

/// A line of a file that is UTF-16.
pub(super) fn utf16(file: &Path, line: &Line<'_>) -> Finding {
    let message = "the file is UTF-16, and JSONL is UTF-8: save it again as UTF-8";
    Finding::new(&NOT_UTF8, Place::line(file, line.number), message)
}

/// What bytes say as GB18030, `None` where they are none or no JSON after it.
pub(crate) fn decoded(bytes: &[u8]) -> Option<String> {
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    json::parse(&text).is_ok().then(|| text.into_owned())
}

use crate::dataset::is_safe_key;
use crate::findings::Finding;
use crate::findings::limits::MAX_S3_URI_BYTES;
use crate::validate::record::RecordView;
use crate::validate::rules::Context;
use crate::wording::named;

crate::rule! {
    /// ## What it does
    /// Reports a key with other characters than letters, digits and `_ - / .`: Chinese, spaces, brackets; one that ends in
    /// `/` or has a part that is empty, `.` or `..`; or a URI over 1,024 bytes.
    ///
    /// ## Why is this bad?
    /// The documentation allows no other in the names of a data set. AWS's sample validator lets Chinese pass, because its
    /// `\w` means any alphabet.
    ///
    /// ## Example
    /// `s3://my-bucket/发票 01.jpg`
    ///
    /// ## Use instead
    /// `s3://my-bucket/invoice_01.jpg`; `nova-ft prepare` gives such photos a safe key.
    ///
    /// ## Fix
    /// By hand: the object must be renamed too.
    pub(crate) UNSAFE_KEY = "S3U003", "unsafe-key", Error, Record, fix None;
}

/// Keys that Bedrock refuses.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.media() {
        let Some(uri) = at.uri() else { continue };
        let Some((_, key)) = at.uri_parts() else { continue };
        let message = if uri.len() > MAX_S3_URI_BYTES {
            format!("the URI is longer than {MAX_S3_URI_BYTES} bytes")
        } else if is_safe_key(key) {
            continue;
        } else {
            let odd: std::collections::BTreeSet<char> =
                key.chars().filter(|c| !(c.is_ascii_alphanumeric() || "_-/.".contains(*c))).collect();
            match odd.len() {
                0 => odd_part(key),
                _ => format!(
                    "the key has characters that Bedrock refuses: {}",
                    odd.iter().map(|c| named(*c)).collect::<Vec<_>>().join(" ")
                ),
            }
        };
        findings.push(record.finding(&UNSAFE_KEY, at.uri_pointer(), message));
    }
}

/// What is odd about the parts of a key whose characters are not.
fn odd_part(key: &str) -> String {
    if key.split('/').any(|part| matches!(part, "." | "..")) {
        "the key has a part `.` or `..`, which S3 does not resolve".to_owned()
    } else if key.ends_with('/') {
        "the key ends in `/`: it names a folder, not a file".to_owned()
    } else if key.starts_with('/') {
        "the key begins with `/`: one slash too many after the bucket".to_owned()
    } else {
        "the key has an empty part (`//`)".to_owned()
    }
}

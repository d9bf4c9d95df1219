use crate::aws::s3::split_uri;
use crate::findings::{Edit, Finding};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;
use crate::wording::quoted;

crate::rule! {
    /// ## What it does
    /// Reports an image whose `uri` is not `s3://bucket/key`.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the file: "Unable to parse S3 file due to invalid data schema/format".
    ///
    /// ## Example
    /// ```json
    /// {"uri": "my-bucket/invoices/vat_0001.jpg"}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"uri": "s3://my-bucket/invoices/vat_0001.jpg"}
    /// ```
    ///
    /// ## Fix
    /// Safe where only the scheme is missing or miswritten, or white space stands before it: `s3://` is put in front. Else by
    /// hand; `/home/me/1.jpg` is a file of this machine and no bucket `home`.
    pub(crate) URI_WITHOUT_SCHEME = "S3U001", "uri-without-scheme", Error, Record, fix Safe;
}

/// Schemes that people write for the right one.
const NEAR_MISSES: [&str; 8] = ["s3://", "s3:///", "s3:/", "s3a://", "s3n://", "S3://", "//", "arn:aws:s3:::"];

/// URIs without `s3://`, bucket and key.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.media() {
        let Some(uri) = at.uri().filter(|_| at.uri_parts().is_none()) else { continue };
        let Err(what) = split_uri(uri) else { continue };
        let pointer = at.uri_pointer();
        let has_space = uri.trim_start().len() < uri.len();
        let what = if has_space { "white space before the URI".to_owned() } else { what };
        let finding = record.finding(&URI_WITHOUT_SCHEME, &pointer, format!("{}: {what}", quoted(uri)));
        findings.push(match repaired(uri) {
            Some(repaired) => finding.with_fix(vec![Edit::Set { pointer, value: repaired.into() }]),
            None => finding,
        });
    }
}

/// The URI that was meant, where that is beyond doubt.
fn repaired(uri: &str) -> Option<String> {
    let uri = uri.trim_start();
    let bare = NEAR_MISSES.iter().filter_map(|scheme| uri.strip_prefix(scheme)).min_by_key(|rest| rest.len());
    let repaired = format!("s3://{}", bare.unwrap_or(uri));
    (split_uri(&repaired).is_ok() && !bare.unwrap_or(uri).contains("://")).then_some(repaired)
}

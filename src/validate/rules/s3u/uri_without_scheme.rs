use crate::finding::{Edit, Finding};
use crate::store::split_uri;
use crate::validate::record::RecordView;
use crate::validate::rules::Context;

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
    /// Safe where only the scheme is missing or miswritten: `s3://` is put in front. Else by hand.
    pub(crate) URI_WITHOUT_SCHEME = "S3U001", "uri-without-scheme", Error, Record, fix Safe;
}

/// Schemes that people write for the right one.
const NEAR_MISSES: [&str; 6] = ["s3:///", "s3:/", "s3a://", "s3n://", "S3://", "//"];

/// URIs without `s3://`, bucket and key.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.media() {
        let Some(uri) = at.uri() else { continue };
        let Err(what) = split_uri(uri) else { continue };
        let pointer = at.uri_pointer();
        let bare =
            NEAR_MISSES.iter().find_map(|scheme| uri.strip_prefix(scheme)).unwrap_or(uri).trim_start_matches('/');
        let repaired = format!("s3://{bare}");
        let finding = record.finding(&URI_WITHOUT_SCHEME, &pointer, format!("`{uri}`: {what}"));
        let is_url = bare.contains("://");
        findings.push(if split_uri(&repaired).is_ok() && !is_url {
            finding.with_fix(vec![Edit::Set { pointer, value: repaired.into() }])
        } else {
            finding
        });
    }
}

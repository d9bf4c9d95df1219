use crate::finding::Finding;
use crate::json::Json;
use crate::validate::record::RecordView;
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports an image, video or document whose `bucketOwner` is missing or is not an account of 12 digits.
    ///
    /// ## Why is this bad?
    /// Every example of the documentation has it. AWS's sample validator accepts its absence, AWS's newer one refuses it;
    /// the safe reading counts.
    ///
    /// ## Example
    /// ```json
    /// {"uri": "s3://my-bucket/1.jpg"}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"uri": "s3://my-bucket/1.jpg", "bucketOwner": "123456789012"}
    /// ```
    ///
    /// ## Fix
    /// By hand: nobody but you knows the account. `nova-ft prepare --account-id` writes it.
    pub(crate) BUCKET_OWNER_MISSING = "S3U002", "bucket-owner-missing", Error, Record, fix None;
}

/// Media without the account of their bucket.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.media() {
        let Some(location) = at.location() else { continue };
        let message = match location.get("bucketOwner") {
            None => "the account that owns the bucket is missing".to_owned(),
            Some(Json::Text(owner)) if is_account(owner) => continue,
            Some(Json::Text(owner)) => format!("`{owner}` is not an account of 12 digits"),
            Some(other) => format!("{other} must be a text of 12 digits, in quotes"),
        };
        let pointer = format!("{}/source/s3Location/bucketOwner", at.pointer);
        findings.push(record.finding(&BUCKET_OWNER_MISSING, pointer, message));
    }
}

/// Whether a text is an account: 12 digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

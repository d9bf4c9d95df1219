use crate::dataset::json::Json;
use crate::findings::{Edit, Finding};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;
use crate::wording::quoted;
use unicode_normalization::UnicodeNormalization as _;

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
    /// Safe where all 12 digits are there, as a number, with dashes or spaces between them, or full-width. Else by hand: nobody
    /// but you knows the account. `nova-ft prepare --account-id` writes it.
    pub(crate) BUCKET_OWNER_MISSING = "S3U002", "bucket-owner-missing", Error, Record, fix Safe;
}

/// Media without the account of their bucket.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for at in record.media() {
        let Some(location) = at.location().filter(|location| location.is_object()) else { continue };
        let owner = location.get("bucketOwner");
        let message = match owner {
            None => "the account that owns the bucket is missing".to_owned(),
            Some(Json::Text(owner)) if is_account(owner) => continue,
            Some(Json::Text(owner)) => format!("{} is not an account of 12 digits", quoted(owner)),
            Some(other) => format!("{other} must be a text of 12 digits, in quotes"),
        };
        let pointer = format!("{}/source/s3Location/bucketOwner", at.pointer);
        let finding = record.finding(&BUCKET_OWNER_MISSING, &pointer, message);
        findings.push(match owner.and_then(written_otherwise) {
            Some(account) => finding.with_fix(vec![Edit::Set { pointer, value: account.into() }]),
            None => finding,
        });
    }
}

/// The account, where all its digits are there.
fn written_otherwise(owner: &Json<'_>) -> Option<String> {
    let account = match owner {
        Json::Number(number) => number.to_string(),
        Json::Text(text) => {
            let plain = text.chars().filter(|character| !character.is_whitespace() && *character != '-');
            plain.nfkc().collect()
        }
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => return None,
    };
    is_account(&account).then_some(account)
}

/// Whether a text is an account: 12 digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

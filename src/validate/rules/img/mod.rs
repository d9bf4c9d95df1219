//! Images.

pub(crate) mod format_differs_from_bytes;
pub(crate) mod image_format_unknown;
pub(crate) mod photo_changed;
pub(crate) mod photo_missing;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Context;
use super::s3u::bucket_owner_missing::is_account;
use crate::finding::Finding;
use crate::images::Digest;
use crate::json::Json;
use crate::validate::record::{RecordView, Spot};

/// A photo of a record as the pass over all records compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenImage {
    /// Where it stands.
    pub(crate) pointer: Spot,
    /// The bucket, where the URI has one.
    pub(crate) bucket: Option<String>,
    /// The account, where the record names one.
    pub(crate) owner: Option<String>,
    /// 64 bits of a digest: of the photo's bytes where it was found, else of its URI.
    pub(crate) identity: u64,
    /// Whether the bytes were looked at.
    pub(crate) is_read: bool,
}

/// The checks of a record's photos on their bytes. Photos that nothing tells where to find are not looked at.
pub(crate) fn check_photos(
    record: &RecordView<'_>,
    context: Context<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<SeenImage> {
    let mut seen = Vec::new();
    for at in record.images() {
        let Some(uri) = at.uri() else { continue };
        let rest = uri.strip_prefix("s3://").unwrap_or(uri);
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket = uri.starts_with("s3://").then(|| bucket.to_owned());
        // An account that is none is another rule's.
        let owner = at.location().and_then(|location| location.get("bucketOwner")).and_then(Json::as_str);
        let owner = owner.filter(|owner| is_account(owner)).map(str::to_owned);
        let mut image =
            SeenImage { pointer: at.pointer, bucket, owner, identity: identity_of_uri(uri), is_read: false };
        let located = context.photos.locate(key);
        if located.is_none() && !context.photos.is_empty() {
            photo_missing::check_unknown(record, &at, findings);
        }
        if let Some(located) = located {
            let earlier = findings.len();
            match context.digests.of_file(&located.path) {
                Ok(sha256) => {
                    image.identity = identity_of(sha256);
                    image.is_read = true;
                    photo_changed::check(record, &at, &located, sha256, findings);
                    format_differs_from_bytes::check(record, &at, &located.path, findings);
                }
                Err(error) => photo_missing::check(record, &at, &error, findings),
            }
            for finding in findings.iter_mut().skip(earlier) {
                finding.photo = Some(located.path.clone());
            }
        }
        seen.push(image);
    }
    seen
}

/// What a photo is known by when only its URI is.
fn identity_of_uri(uri: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    uri.hash(&mut hasher);
    hasher.finish()
}

/// The first bytes of a digest.
fn identity_of(digest: Digest) -> u64 {
    digest.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

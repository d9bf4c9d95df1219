//! Images.

pub(crate) mod format_differs_from_bytes;
pub(crate) mod image_format_unknown;
pub(crate) mod photo_animated;
pub(crate) mod photo_below_minimum;
pub(crate) mod photo_blank;
pub(crate) mod photo_changed;
pub(crate) mod photo_cmyk;
pub(crate) mod photo_cut_off;
pub(crate) mod photo_damaged;
pub(crate) mod photo_extreme_proportions;
pub(crate) mod photo_file_too_large;
pub(crate) mod photo_missing;
pub(crate) mod photo_too_small_to_read;
pub(crate) mod photo_too_wide;
pub(crate) mod photo_turned;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Context;
use super::s3u::bucket_owner_missing::is_account;
use crate::dataset::json::Json;
use crate::error::{Result, shown};
use crate::findings::{Finding, Rule, Scope};
use crate::images::{Digest, Fault, Header, PhotoFacts, PictureFacts};
use crate::validate::Model;
use crate::validate::photos::{Located, PhotoGroup};
use crate::validate::record::{Kind, MediaAt, RecordView, Spot};
use crate::validate::short_name::ShortName;

/// A photo of a record as the pass over all records compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenFile {
    /// Where it stands.
    pub(crate) pointer: Spot,
    pub(crate) kind: Kind,
    /// The bucket, where the URI has one.
    pub(crate) bucket: Option<ShortName>,
    /// The account, where the record names one.
    pub(crate) owner: Option<ShortName>,
    /// 64 bits of a digest: of the photo's pixels where they can be seen, else of its bytes where it was found, else of
    /// its URI.
    pub(crate) identity: u64,
    /// What it must not be parted from, as the manifest says.
    pub(crate) group: Option<PhotoGroup>,
    /// Whether the bytes were looked at.
    pub(crate) is_read: bool,
}

/// A photo of a record that was found and read.
pub(crate) struct ReadPhoto<'a> {
    model: Model,
    record: &'a RecordView<'a>,
    at: &'a MediaAt<'a>,
    located: &'a Located,
    facts: &'a PhotoFacts,
}

impl ReadPhoto<'_> {
    /// The file's name to be shown.
    fn name(&self) -> String {
        shown(&self.located.path)
    }

    /// What the header says, where it could be read.
    fn header(&self) -> Option<&Header> {
        self.facts.header.as_ref().ok()
    }

    /// What is to be seen, where it could be decoded.
    fn picture(&self) -> Option<&PictureFacts> {
        self.facts.picture.as_ref()?.as_ref().ok()
    }

    /// Why the picture cannot be seen, by header or data.
    fn fault(&self) -> Option<&Fault> {
        let of_data = self.facts.picture.as_ref().and_then(|picture| picture.as_ref().err());
        self.facts.header.as_ref().err().or(of_data)
    }

    /// A finding on the photo, whose name begins the message.
    fn finding(&self, rule: &'static Rule, what: impl std::fmt::Display) -> Finding {
        self.record.finding(rule, self.at.uri_pointer(), format!("{} {what}", self.name()))
    }
}

/// A check of one photo.
type PhotoCheck = fn(&ReadPhoto<'_>) -> Option<Finding>;

/// The checks of a photo that was read, in the order of their codes.
static PHOTO_CHECKS: &[PhotoCheck] = &[
    format_differs_from_bytes::check,
    photo_changed::check,
    photo_cut_off::check,
    photo_damaged::check,
    photo_cmyk::check,
    photo_turned::check,
    photo_animated::check,
    photo_file_too_large::check,
    photo_below_minimum::check,
    photo_too_small_to_read::check,
    photo_too_wide::check,
    photo_extreme_proportions::check,
    photo_blank::check,
];

/// The checks of a record's photos on their bytes. Photos that nothing tells where to find are not looked at.
///
/// # Errors
/// Where an image is there and cannot be read (too many open files, no permission, a failing disk): that is no finding of the data.
pub(crate) fn check_photos(
    record: &RecordView<'_>,
    context: Context<'_>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<SeenFile>> {
    let mut seen = Vec::with_capacity(record.media().count());
    for at in record.media() {
        let Some(uri) = at.uri() else { continue };
        let rest = uri.strip_prefix("s3://").unwrap_or(uri);
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        // A bucket or an account that is none is another rule's.
        let bucket = at.uri_parts().and_then(|_| ShortName::new(bucket));
        let owner = at.location().and_then(|location| location.get("bucketOwner")).and_then(Json::as_str);
        let owner = owner.filter(|owner| is_account(owner)).and_then(ShortName::new);
        let (kind, identity) = (at.kind, identity_of_uri(uri));
        let mut file = SeenFile { pointer: at.pointer, kind, bucket, owner, identity, group: None, is_read: false };
        // What videos and documents hold, nothing here can read.
        if kind != Kind::Image {
            seen.push(file);
            continue;
        }
        let located = context.photos.locate(key);
        if located.is_none() && !context.photos.is_empty() {
            photo_missing::check_unknown(record, &at, findings);
        }
        if let Some(located) = located {
            file.group = located.group;
            let earlier = findings.len();
            match context.known.facts_of(&located.path) {
                Ok(facts) => {
                    let photo = ReadPhoto { model: context.model, record, at: &at, located: &located, facts: &facts };
                    findings.extend(PHOTO_CHECKS.iter().filter_map(|check| check(&photo)));
                    file.identity = identity_of(photo.picture().map_or(facts.sha256, |picture| picture.sha256));
                    file.is_read = true;
                }
                Err(error) if photo_missing::is_missing(&error) => {
                    photo_missing::check(record, &at, &error, findings);
                }
                Err(error) => return Err(error),
            }
            // What is said of the photo, of its block, and of its label, where there is only one, is seen best beside it.
            let block = at.pointer.to_string();
            for (n, finding) in findings.iter_mut().enumerate() {
                let is_of_block = finding.place.member.as_ref().is_some_and(|member| member.starts_with(&block));
                let is_of_label = finding.rule.scope == Scope::Label && record.images().count() == 1;
                if n >= earlier || is_of_block || is_of_label {
                    finding.photo = Some(located.path.clone());
                }
            }
        }
        seen.push(file);
    }
    Ok(seen)
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

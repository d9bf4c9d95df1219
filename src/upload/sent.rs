//! What the last upload left in the bucket, remembered so that the next one need not ask for each object.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::aws::s3::ListedObject;
use crate::error::{IoContext, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::images::Digest;

/// In a data set's folder; it may be deleted at any time: then each object is asked for.
const SENT_FILE: &str = ".sent.json";

/// The objects of an upload in which everything went through, as a listing showed them afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    /// `local` or `aws`.
    pub(super) backend: String,
    /// What was known of the data set's validity: what the objects' metadata say.
    pub(super) validation: String,
    /// By URI.
    pub(super) objects: BTreeMap<String, SentObject>,
}

/// An object's bytes, and the state in which it lay there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentObject {
    pub(super) sha256: Digest,
    etag: String,
    modified_unix_s: i64,
}

impl SentObject {
    /// `None` where the listing does not show the state that this upload made, or leaves it open.
    pub(super) fn new(sha256: Digest, etag: Option<&str>, listed: Option<&ListedObject>) -> Option<Self> {
        let listed = listed?;
        let etag = etag.filter(|etag| listed.etag.as_deref() == Some(*etag))?;
        Some(Self { sha256, etag: etag.to_owned(), modified_unix_s: listed.modified_unix_s? })
    }

    /// Whether nobody has put anything there since: the `ETag` speaks for the bytes, the time for the metadata.
    pub(super) fn is_untouched(&self, listed: &ListedObject) -> bool {
        listed.etag.as_deref() == Some(self.etag.as_str()) && listed.modified_unix_s == Some(self.modified_unix_s)
    }
}

impl Sent {
    /// What is remembered; nothing where the file is missing or damaged.
    pub(super) fn read(folder: &Path) -> Self {
        let path = folder.join(SENT_FILE);
        // Nothing is written behind a link of the user's, so nothing is remembered there.
        let bytes = if path.is_symlink() { None } else { files::read(&path, MAX_DOCUMENT_BYTES).ok() };
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Remembers it.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(SENT_FILE);
        if path.is_symlink() {
            return Ok(());
        }
        let json = serde_json::to_vec(self).map_err(std::io::Error::from).at("write", &path)?;
        atomic::write(&path, &json)
    }

    /// Forgets it: from here on objects change.
    pub(super) fn forget(folder: &Path) -> Result<()> {
        let path = folder.join(SENT_FILE);
        if path.is_symlink() { Ok(()) } else { atomic::remove_if_there(&path) }
    }
}

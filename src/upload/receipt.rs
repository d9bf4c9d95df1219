use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic::{self, AtomicFile};
use crate::dataset::RECEIPT_FILE;
use crate::error::Result;
use crate::images::Digest;
use crate::json_file;

/// What is in the bucket after an upload in which every object went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The backend's name: `local` or `aws`.
    pub backend: String,
    /// Whether the rules were run over the data set, and every error-level one held.
    pub validated: bool,
    /// Codes of the error-level findings that were passed by `--allow`.
    pub allowed: Vec<String>,
    /// Training records, `s3://…/train.jsonl`.
    pub training_data_s3_uri: String,
    /// Validation records, where there are any.
    pub validation_data_s3_uri: Option<String>,
    /// All objects, photos first.
    pub objects: Vec<ReceiptObject>,
}

/// One object of the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptObject {
    /// `s3://bucket/key`.
    pub uri: String,
    /// Of its bytes.
    pub sha256: Digest,
    /// Length.
    pub size_bytes: u64,
}

/// Takes the receipt of an earlier upload back, since the objects that it speaks of are about to change. Fails where a new one
/// could not be written, before anything is sent.
pub(super) fn withdraw(folder: &Path) -> Result<()> {
    Receipt::read(folder)?;
    let path = folder.join(RECEIPT_FILE);
    drop(AtomicFile::create(&path)?);
    atomic::remove_if_there(&path)
}

impl Receipt {
    /// The receipt in a data set's folder, if there is one.
    ///
    /// # Errors
    /// Where the file is no receipt.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        json_file::read(
            &folder.join(RECEIPT_FILE),
            "this is no receipt of an upload",
            "move it away; `nova-ft upload` writes a new one.",
        )
    }

    /// Writes the receipt into the data set's folder, where no other file is in its place.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        Self::read(folder)?;
        json_file::write(&folder.join(RECEIPT_FILE), self)
    }
}

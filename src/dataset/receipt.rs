use std::path::Path;

use serde::{Deserialize, Serialize};

use super::RECEIPT_FILE;
use super::own_files::is_plain_file;
use crate::atomic::{self, AtomicFile};
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

    /// Refuses another file that has the name of the receipt, or a link.
    ///
    /// # Errors
    /// Where it is so.
    pub(crate) fn check_place(folder: &Path) -> Result<()> {
        is_plain_file(folder, Path::new(RECEIPT_FILE))?;
        Self::read(folder).map(drop)
    }

    /// Removes the receipt of an earlier upload: the objects that it names are about to change, or are others.
    ///
    /// # Errors
    /// Where another file is in its place.
    pub fn remove(folder: &Path) -> Result<()> {
        Self::check_place(folder)?;
        atomic::remove_if_there(&folder.join(RECEIPT_FILE))
    }

    /// [`Receipt::remove`]; also fails where a new one could not be written, before anything is sent.
    pub(crate) fn withdraw(folder: &Path) -> Result<()> {
        drop(AtomicFile::create(&folder.join(RECEIPT_FILE))?);
        Self::remove(folder)
    }

    /// Writes the receipt into the data set's folder, where no other file is in its place.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        Self::check_place(folder)?;
        json_file::write(&folder.join(RECEIPT_FILE), self)
    }
}

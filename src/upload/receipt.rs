use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::dataset::RECEIPT_FILE;
use crate::error::{IoContext, Result};
use crate::images::Digest;
use crate::validate::Validation;

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
    /// What S3 calls this state of the object: as long as a listing shows it, nobody has put anything else there.
    #[serde(default)]
    pub etag: Option<String>,
}

impl Receipt {
    /// The receipt in a data set's folder. One that is missing or damaged is none: it only saves questions.
    pub fn read(folder: &Path) -> Option<Self> {
        let bytes = std::fs::read(folder.join(RECEIPT_FILE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// What was known of the data set's validity when it was sent.
    pub fn validation(&self) -> Validation {
        match (self.validated, self.allowed.as_slice()) {
            (true, _) => Validation::Passed,
            (false, []) => Validation::Skipped,
            (false, allowed) => Validation::Allowed(allowed.to_vec()),
        }
    }

    /// The objects by their URIs.
    pub(super) fn by_uri(&self) -> HashMap<&str, &ReceiptObject> {
        self.objects.iter().map(|object| (object.uri.as_str(), object)).collect()
    }

    /// Writes the receipt into the data set's folder.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(RECEIPT_FILE);
        let mut json = serde_json::to_vec_pretty(self).map_err(std::io::Error::from).at("write", &path)?;
        json.push(b'\n');
        atomic::write(&path, &json)
    }
}

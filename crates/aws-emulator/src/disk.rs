//! Read access to the stored objects without a server, for dry runs: nothing is written, not even the lock file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::s3::{Record, blob_metadata_path, bucket_path, read_json_if_there, record_path};
use super::state::StateDir;
use foundation::error::Result;

/// A state folder that is only read. It may be missing, and a process may serve it meanwhile.
#[derive(Debug, Clone)]
pub struct DiskView {
    s3: PathBuf,
}

/// Size, entity tag and metadata of a stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its size.
    pub size_bytes: u64,
    /// Its entity tag, in quotes.
    pub etag: String,
    /// The metadata that was sent with it, without `x-amz-meta-`.
    pub metadata: HashMap<String, String>,
    /// SHA-256 of its bytes as base64, where it was sent or computed.
    pub checksum_sha256: Option<String>,
}

/// What s3s-fs keeps beside a blob.
#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    user_metadata: HashMap<String, String>,
}

impl DiskView {
    /// A look at a state folder.
    ///
    /// # Errors
    /// [`foundation::Error::Input`] when a later nova-ft wrote it, [`foundation::Error::Io`] when it cannot be read.
    pub fn open(state_dir: &Path) -> Result<Self> {
        let state = StateDir::at(state_dir);
        state.read_server()?;
        Ok(Self { s3: state.s3_path() })
    }

    /// Whether the bucket is there.
    pub fn has_bucket(&self, bucket: &str) -> bool {
        bucket_path(&self.s3, bucket).is_file()
    }

    /// Returns an object's size and metadata; `None` if the bucket or the object does not exist.
    ///
    /// # Errors
    /// Where a file of the state cannot be read.
    pub fn look(&self, bucket: &str, key: &str) -> Result<Option<StoredObject>> {
        if !self.has_bucket(bucket) {
            return Ok(None);
        }
        let record = read_json_if_there::<Record>(&record_path(&self.s3, bucket, key))?;
        let Some(record) = record.filter(|record| record.key == key) else { return Ok(None) };
        // A process that serves may replace the object between the two looks: then nothing is known of its bytes.
        let attributes = read_json_if_there::<Attributes>(&blob_metadata_path(&self.s3, &record.blob))?;
        Ok(Some(StoredObject {
            size_bytes: record.size_bytes,
            etag: format!("\"{}\"", record.etag),
            metadata: attributes.map(|attributes| attributes.user_metadata).unwrap_or_default(),
            checksum_sha256: record.checksum_sha256(),
        }))
    }
}

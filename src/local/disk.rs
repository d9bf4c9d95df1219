//! The stand-in's objects as they lie in its folder, looked at without serving it: a dry run starts nothing and writes
//! nothing, not even the lock.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::s3::{Record, blob_metadata_path, bucket_path, read_json_if_there, record_path};
use super::state::StateDir;
use crate::error::{Error, Result};
use crate::store::{Listing, NewObject, Objects, RemoteObject, S3Uri};

/// A state folder that is only read. It may be missing, and a process may be serving it: objects appear whole.
#[derive(Debug, Clone)]
pub struct DiskView {
    s3: PathBuf,
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
    /// [`Error::Input`] when a later nova-ft wrote it, [`Error::Io`] when it cannot be read.
    pub fn open(state_dir: &Path) -> Result<Self> {
        let state = StateDir::at(state_dir);
        state.read_server()?;
        Ok(Self { s3: state.s3_path() })
    }

    /// Whether the bucket is there.
    pub fn has_bucket(&self, bucket: &str) -> bool {
        bucket_path(&self.s3, bucket).is_file()
    }

    fn look(&self, uri: &S3Uri) -> Result<Option<RemoteObject>> {
        if !self.has_bucket(&uri.bucket) {
            return Ok(None);
        }
        let record = read_json_if_there::<Record>(&record_path(&self.s3, &uri.bucket, &uri.key))?;
        let Some(record) = record else { return Ok(None) };
        if record.key != uri.key {
            return Ok(None);
        }
        // A process that serves may replace the object between the two looks: then nothing is known of its bytes.
        let attributes = read_json_if_there::<Attributes>(&blob_metadata_path(&self.s3, &record.blob))?;
        let metadata = attributes.map(|attributes| attributes.user_metadata).unwrap_or_default();
        let remote = RemoteObject::new(record.size_bytes, Some(format!("\"{}\"", record.etag)), &metadata);
        Ok(Some(remote.with_computed(record.checksum_sha256().as_deref())))
    }
}

impl Objects for DiskView {
    /// Always: the stand-in's buckets are made when something is sent to them.
    async fn check_bucket(&self, _bucket: &str) -> Result<()> {
        Ok(())
    }

    /// Objects are asked for one by one: their records are small files under the hashes of their keys.
    async fn list(&self, _bucket: &str, _prefix: &str, _at_most: usize) -> Result<Option<Listing>> {
        Ok(None)
    }

    async fn head(&self, uri: &S3Uri) -> Result<Option<RemoteObject>> {
        self.look(uri)
    }

    async fn put(&self, _file: &Path, object: &NewObject) -> Result<Option<String>> {
        let action = format!("send {} to a stand-in that is only looked at", object.uri);
        Err(Error::System { action, source: io::Error::from(ErrorKind::ReadOnlyFilesystem) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::block_on::block_on;
    use crate::images::hash_bytes;
    use crate::local::{LocalOptions, LocalServer, client_of};
    use crate::store::client::create_missing_bucket;
    use crate::store::{ObjectStore, VALIDATION_METADATA};

    #[test]
    fn the_disk_says_of_an_object_what_the_server_says() {
        let dir = tempfile::tempdir().unwrap();
        let state_dir = dir.path().join("state");
        let file = dir.path().join("a.txt");
        std::fs::write(&file, "one").unwrap();
        let uri = S3Uri::new("bucket", "p/a b.txt");
        let view = DiskView::open(&state_dir).unwrap();
        assert_eq!((view.look(&uri).unwrap(), state_dir.exists()), (None, false));

        let server = LocalServer::start(&LocalOptions { state_dir, ..LocalOptions::default() }).unwrap();
        let client = client_of(&server.endpoint(), server.keys());
        block_on(create_missing_bucket(&client, "bucket")).unwrap().unwrap();
        let store = ObjectStore::new(client);
        assert_eq!(view.look(&uri).unwrap(), None);
        let new = NewObject {
            uri: uri.clone(),
            sha256: hash_bytes(b"one"),
            size_bytes: 3,
            content_type: "text/plain".to_owned(),
            metadata: BTreeMap::from([(VALIDATION_METADATA.to_owned(), "passed".to_owned())]),
        };
        block_on(store.put(&file, &new)).unwrap().unwrap();

        let seen = view.look(&uri).unwrap().unwrap();
        assert_eq!((seen.sha256, seen.validation.as_deref()), (Some(hash_bytes(b"one")), Some("passed")));
        let answer = block_on(store.head(&uri)).unwrap().unwrap().unwrap();
        assert_eq!(seen, answer);
        assert_eq!(view.look(&S3Uri::new("bucket", "p/b.txt")).unwrap(), None);
    }
}

//! The local emulator's folder as an object store that is only read, for a dry run: no server is started.

use std::io::{self, ErrorKind};
use std::path::Path;

use aws_emulator::DiskView;

use super::{Listing, NewObject, Objects, RemoteObject, S3Uri};
use crate::error::{Error, Result};

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
        Ok(self.look(&uri.bucket, &uri.key)?.map(|found| {
            let remote = RemoteObject::new(found.size_bytes, Some(found.etag), &found.metadata);
            remote.with_computed(found.checksum_sha256.as_deref())
        }))
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
    use crate::aws::runtime::BlockingRuntime;
    use crate::aws::s3::client::{Connections, LocalAccess, create_missing_bucket, local_client};
    use crate::aws::s3::{ObjectStore, VALIDATION_METADATA};
    use aws_emulator::{Keys, LocalOptions, LocalServer};
    use invoice_ocr::images::hash_bytes;

    fn head(view: &DiskView, uri: &S3Uri) -> Result<Option<RemoteObject>> {
        BlockingRuntime::new().block_on(view.head(uri)).unwrap()
    }

    #[test]
    fn the_disk_says_of_an_object_what_the_server_says() {
        let dir = tempfile::tempdir().unwrap();
        let state_dir = dir.path().join("state");
        let file = dir.path().join("a.txt");
        std::fs::write(&file, "one").unwrap();
        let uri = S3Uri::new("bucket", "p/a b.txt");
        let view = DiskView::open(&state_dir).unwrap();
        assert_eq!((head(&view, &uri).unwrap(), state_dir.exists()), (None, false));

        let server = LocalServer::start(&LocalOptions { state_dir, ..LocalOptions::default() }).unwrap();
        let Keys { access_key_id, secret_access_key } = server.keys().clone();
        let (endpoint, region) = (server.endpoint(), "us-east-1".to_owned());
        let connections = Connections::local(None);
        let access = LocalAccess { endpoint, access_key_id, secret_access_key, region, connections };
        let store = ObjectStore::new(local_client(&access), access.connections.runtime);
        store.runtime.block_on(create_missing_bucket(&store.client, "bucket")).unwrap().unwrap();
        assert_eq!(head(&view, &uri).unwrap(), None);
        let new = NewObject {
            uri: uri.clone(),
            sha256: hash_bytes(b"one"),
            size_bytes: 3,
            content_type: "text/plain".to_owned(),
            metadata: BTreeMap::from([(VALIDATION_METADATA.to_owned(), "passed".to_owned())]),
        };
        store.runtime.block_on(store.put(&file, &new)).unwrap().unwrap();

        let seen = head(&view, &uri).unwrap().unwrap();
        assert_eq!((seen.sha256, seen.validation.as_deref()), (Some(hash_bytes(b"one")), Some("passed")));
        let answer = store.runtime.block_on(store.head(&uri)).unwrap().unwrap().unwrap();
        assert_eq!(seen, answer);
        assert_eq!(head(&view, &S3Uri::new("bucket", "p/b.txt")).unwrap(), None);
    }
}

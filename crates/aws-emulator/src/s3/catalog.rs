//! Which objects there are: one small file for each, and the same in memory.
//!
//! An object is a blob (its bytes, kept by s3s-fs under a name that no one sees) and a record that gives the blob a
//! bucket and a key. Renaming the record into place is the moment at which an object appears, changes or vanishes: a
//! process that is killed earlier leaves only a blob without a record, which the next start sweeps away. Keys never
//! become file names, so they may be long, end in a slash, or be the beginning of another key.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::catalog_files::{
    BUCKET_FILE, UPLOAD_FILE, files_in, folders_in, read_json, read_json_or_remove_dir, remove_own, write_json,
};
use super::checksum::{StoredChecksum, fields_of};
use super::multipart::{Part, Upload};
use foundation::atomic::create_private_folder;
use foundation::clock::Clock;
use foundation::entropy::{hex, random_hex};
use foundation::error::{IoContext, Result};

const BUCKETS_FOLDER: &str = "buckets";

/// An object: what its key names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) blob: String,
    pub(crate) size_bytes: u64,
    pub(crate) etag: String,
    pub(super) modified_unix_s: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<StoredChecksum>,
    /// The multipart upload that made it, so that completing it again gives the same answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upload_id: Option<String>,
}

impl Record {
    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    /// The base64 of the sha256, where one was asked for; of parts it is no digest of the bytes.
    pub(crate) fn checksum_sha256(&self) -> Option<String> {
        fields_of(self.checksum.as_ref()).checksum_sha256
    }

    pub(super) fn modified(&self) -> Timestamp {
        timestamp(self.modified_unix_s)
    }
}

pub(super) fn timestamp(unix_s: i64) -> Timestamp {
    time::OffsetDateTime::from_unix_timestamp(unix_s).unwrap_or(time::OffsetDateTime::UNIX_EPOCH).into()
}

/// A bucket's own properties.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bucket {
    pub(super) region: String,
    pub(super) created_unix_s: i64,
}

/// What must hold of the object that a write replaces.
#[derive(Debug, Clone, Default)]
pub(super) struct WriteCondition {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
}

impl WriteCondition {
    fn check(&self, current: Option<&Arc<Record>>) -> S3Result<()> {
        let matches = |condition: &ETagCondition| match (condition, current) {
            (_, None) => false,
            (ETagCondition::Any, Some(_)) => true,
            (ETagCondition::ETag(etag), Some(record)) => record.etag().strong_cmp(etag),
        };
        if self.if_none_match.as_ref().is_some_and(matches) || self.if_match.as_ref().is_some_and(|tag| !matches(tag)) {
            return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
        }
        Ok(())
    }
}

pub(super) type Objects = BTreeMap<String, Arc<Record>>;

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<String, (Bucket, Objects)>,
    uploads: BTreeMap<String, (Arc<Upload>, BTreeMap<i32, Part>)>,
}

/// All buckets, objects and unfinished uploads.
#[derive(Debug)]
pub(super) struct Catalog {
    root: PathBuf,
    clock: Clock,
    state: Mutex<State>,
}

impl Catalog {
    /// Reads the catalog of a folder, which is made if it is missing.
    pub(super) fn open(root: &Path, clock: Clock) -> Result<Self> {
        let catalog = Self { root: root.to_path_buf(), clock, state: Mutex::default() };
        for folder in [catalog.buckets_dir(), catalog.uploads_dir()] {
            create_private_folder(&folder).at("create", folder)?;
        }
        let mut state = State::default();
        for (name, dir) in folders_in(&catalog.buckets_dir())? {
            // A bucket without its own file was being made or deleted when the process ended.
            let Some(bucket) = read_json_or_remove_dir::<Bucket>(&dir, BUCKET_FILE)? else { continue };
            let files = files_in(&dir, BUCKET_FILE)?;
            let records = files.par_iter().map(|path| read_json::<Record>(path)).collect::<Result<Vec<_>>>()?;
            let objects = records.into_iter().map(|record| (record.key.clone(), Arc::new(record))).collect();
            state.buckets.insert(name, (bucket, objects));
        }
        for (id, dir) in folders_in(&catalog.uploads_dir())? {
            let Some(upload) = read_json_or_remove_dir::<Upload>(&dir, UPLOAD_FILE)? else { continue };
            let files = files_in(&dir, UPLOAD_FILE)?;
            let parts = files.iter().map(|path| read_json::<Part>(path)).collect::<Result<Vec<_>>>()?;
            state.uploads.insert(id, (Arc::new(upload), parts.into_iter().map(|part| (part.number, part)).collect()));
        }
        *catalog.lock() = state;
        Ok(catalog)
    }

    /// Every blob that something names; the others may be deleted.
    pub(super) fn blobs(&self) -> HashSet<String> {
        let state = self.lock();
        let of_objects =
            state.buckets.values().flat_map(|(_, objects)| objects.values()).map(|record| record.blob.clone());
        let of_parts = state.uploads.values().flat_map(|(_, parts)| parts.values()).map(|part| part.blob.clone());
        of_objects.chain(of_parts).collect()
    }

    /// Seconds since 1970.
    pub(super) fn now_unix_s(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    pub(super) fn create_bucket(&self, name: &str, region: String) -> S3Result<()> {
        let mut state = self.lock();
        if state.buckets.contains_key(name) {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(S3Error::with_message(s3s::S3ErrorCode::BucketAlreadyOwnedByYou, message));
        }
        let bucket = Bucket { region, created_unix_s: self.now_unix_s() };
        write_json(&self.bucket_dir(name), BUCKET_FILE, &bucket)?;
        state.buckets.insert(name.to_owned(), (bucket, Objects::new()));
        Ok(())
    }

    /// Deletes an empty bucket and returns the blobs of the uploads that were never finished in it.
    pub(super) fn delete_bucket(&self, name: &str) -> S3Result<Vec<String>> {
        let mut state = self.lock();
        let (_, objects) = state.buckets.get(name).ok_or_else(no_such_bucket)?;
        if !objects.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        // The bucket's own file goes first: without it the rest is nothing.
        let dir = self.bucket_dir(name);
        std::fs::remove_file(dir.join(BUCKET_FILE)).map_err(S3Error::internal_error)?;
        state.buckets.remove(name);
        remove_own(&dir).map_err(S3Error::internal_error)?;
        let orphans: Vec<_> =
            state.uploads.iter().filter(|(_, (upload, _))| upload.bucket == name).map(|(id, _)| id.clone()).collect();
        let mut blobs = Vec::new();
        for id in orphans {
            blobs.extend(self.remove_upload(&mut state, &id)?);
        }
        Ok(blobs)
    }

    pub(super) fn bucket(&self, name: &str) -> S3Result<Bucket> {
        self.lock().buckets.get(name).map(|(bucket, _)| bucket.clone()).ok_or_else(no_such_bucket)
    }

    /// All buckets by name.
    pub(super) fn buckets(&self) -> Vec<(String, Bucket)> {
        self.lock().buckets.iter().map(|(name, (bucket, _))| (name.clone(), bucket.clone())).collect()
    }

    /// Looks at the objects of a bucket, in the order of their keys.
    pub(super) fn with_objects<T>(&self, bucket: &str, look: impl FnOnce(&Objects) -> T) -> S3Result<T> {
        self.lock().buckets.get(bucket).map(|(_, objects)| look(objects)).ok_or_else(no_such_bucket)
    }

    pub(super) fn record(&self, bucket: &str, key: &str) -> S3Result<Arc<Record>> {
        let found = self.with_objects(bucket, |objects| objects.get(key).cloned())?;
        found.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
    }

    /// Makes an object visible and returns the blob that it replaces.
    pub(super) fn publish(&self, bucket: &str, record: Record, condition: &WriteCondition) -> S3Result<Option<String>> {
        let mut state = self.lock();
        let (_, objects) = state.buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        condition.check(objects.get(&record.key))?;
        write_json(&self.bucket_dir(bucket), &record_file(&record.key), &record)?;
        Ok(objects.insert(record.key.clone(), Arc::new(record)).map(|old| old.blob.clone()))
    }

    /// Deletes an object and returns its blob; an object that does not exist is already deleted.
    pub(super) fn remove(&self, bucket: &str, key: &str) -> S3Result<Option<String>> {
        let mut state = self.lock();
        let (_, objects) = state.buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        if !objects.contains_key(key) {
            return Ok(None);
        }
        std::fs::remove_file(self.bucket_dir(bucket).join(record_file(key))).map_err(S3Error::internal_error)?;
        Ok(objects.remove(key).map(|record| record.blob.clone()))
    }

    /// Starts a multipart upload and returns its id.
    pub(super) fn start_upload(&self, upload: Upload) -> S3Result<String> {
        let mut state = self.lock();
        if !state.buckets.contains_key(&upload.bucket) {
            return Err(no_such_bucket());
        }
        let id = random_hex(16).map_err(S3Error::internal_error)?;
        write_json(&self.uploads_dir().join(&id), UPLOAD_FILE, &upload)?;
        state.uploads.insert(id.clone(), (Arc::new(upload), BTreeMap::new()));
        Ok(id)
    }

    /// An unfinished upload to this key, and its parts by number.
    pub(super) fn upload(&self, id: &str, bucket: &str, key: &str) -> S3Result<(Arc<Upload>, BTreeMap<i32, Part>)> {
        let state = self.lock();
        if !state.buckets.contains_key(bucket) {
            return Err(no_such_bucket());
        }
        match state.uploads.get(id) {
            Some((upload, parts)) if upload.bucket == bucket && upload.key == key => {
                Ok((upload.clone(), parts.clone()))
            }
            _ => Err(no_such_upload()),
        }
    }

    /// Unfinished uploads to keys that begin so, with their ids: by key, then by id.
    pub(super) fn uploads(&self, bucket: &str, prefix: &str) -> S3Result<Vec<(String, Arc<Upload>)>> {
        let state = self.lock();
        if !state.buckets.contains_key(bucket) {
            return Err(no_such_bucket());
        }
        let is_asked = |upload: &Upload| upload.bucket == bucket && upload.key.starts_with(prefix);
        let asked = state.uploads.iter().filter(|(_, (upload, _))| is_asked(upload));
        let mut found: Vec<_> = asked.map(|(id, (upload, _))| (id.clone(), Arc::clone(upload))).collect();
        // By id they are already.
        found.sort_by(|(_, one), (_, other)| one.key.cmp(&other.key));
        Ok(found)
    }

    /// Adds a part and returns the blob of the part that it replaces.
    pub(super) fn add_part(&self, id: &str, part: Part) -> S3Result<Option<String>> {
        let mut state = self.lock();
        let (_, parts) = state.uploads.get_mut(id).ok_or_else(no_such_upload)?;
        write_json(&self.uploads_dir().join(id), &format!("{:05}.json", part.number), &part)?;
        Ok(parts.insert(part.number, part).map(|old| old.blob))
    }

    /// Forgets an upload and returns the blobs of its parts.
    pub(super) fn end_upload(&self, id: &str) -> S3Result<Vec<String>> {
        let mut state = self.lock();
        self.remove_upload(&mut state, id)
    }

    fn remove_upload(&self, state: &mut State, id: &str) -> S3Result<Vec<String>> {
        let Some((_, parts)) = state.uploads.remove(id) else { return Ok(Vec::new()) };
        let dir = self.uploads_dir().join(id);
        let removed = std::fs::remove_file(dir.join(UPLOAD_FILE)).and_then(|()| remove_own(&dir));
        removed.map_err(S3Error::internal_error)?;
        Ok(parts.into_values().map(|part| part.blob).collect())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn buckets_dir(&self) -> PathBuf {
        self.root.join(BUCKETS_FOLDER)
    }

    fn bucket_dir(&self, name: &str) -> PathBuf {
        self.buckets_dir().join(name)
    }

    fn uploads_dir(&self) -> PathBuf {
        self.root.join("uploads")
    }
}

fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}

/// The file that makes a bucket one.
pub(crate) fn bucket_path(root: &Path, bucket: &str) -> PathBuf {
    root.join(BUCKETS_FOLDER).join(bucket).join(BUCKET_FILE)
}

/// The file of an object's record.
pub(crate) fn record_path(root: &Path, bucket: &str, key: &str) -> PathBuf {
    root.join(BUCKETS_FOLDER).join(bucket).join(record_file(key))
}

fn record_file(key: &str) -> String {
    format!("{}.json", hex(&Sha256::digest(key)))
}

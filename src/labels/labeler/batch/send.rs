//! Photos and records on their way to S3. What is there already is not sent again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::photos::{Album, AlbumPhoto, Sent};
use super::plan::Folder;
use super::records::record;
use super::{BatchLimits, LabelPrompt};
use crate::atomic;
use crate::block_on::block_on;
use crate::error::{IoContext as _, Result};
use crate::images::{Digest, hash_bytes};
use crate::progress::Progress;
use crate::store::{NewObject, ObjectStore, Objects, S3Uri};

/// Objects on the way at the same time.
const AT_ONCE: usize = 8;

/// What a batch needs of S3. Called from several threads.
pub trait BatchStore: Sync {
    /// The keys below a prefix, with their objects' lengths.
    fn sizes(&self, bucket: &str, prefix: &str) -> Result<BTreeMap<String, u64>>;
    /// An object's bytes.
    fn read(&self, uri: &S3Uri) -> Result<Vec<u8>>;
    /// Puts a file.
    fn put(&self, file: &Path, object: &NewObject) -> Result<()>;
}

impl BatchStore for ObjectStore {
    fn sizes(&self, bucket: &str, prefix: &str) -> Result<BTreeMap<String, u64>> {
        let listing = block_on(Objects::list(self, bucket, prefix, usize::MAX))??;
        // Nobody may know: then everything is sent.
        Ok(listing.unwrap_or_default().into_iter().map(|(key, object)| (key, object.size_bytes)).collect())
    }

    fn read(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        Self::read(self, uri)
    }

    fn put(&self, file: &Path, object: &NewObject) -> Result<()> {
        block_on(Objects::put(self, file, object))?.map(|_| ())
    }
}

/// A photo to send.
struct Parcel<'a> {
    digest: Digest,
    photo: &'a AlbumPhoto,
    uri: S3Uri,
}

/// Sends the photos of a batch, and its records after them: records in the bucket mean that their photos are there.
pub(super) fn send_input(
    album: &Album,
    photos: &[Digest],
    folder: &Folder,
    prompt: &LabelPrompt,
    limits: &BatchLimits,
    store: &dyn BatchStore,
    progress: &dyn Progress,
) -> Result<()> {
    let written = tempfile::tempdir().at("create", "a folder for what is sent")?;
    let input = folder.input();
    let there = store.sizes(&input.bucket, &input.key)?;
    // The folder's name is a digest of what is asked, and a photo's that of its bytes: what is there is what would be sent.
    let is_there = |uri: &S3Uri| there.contains_key(&uri.key);
    let (mut parcels, mut lines) = (Vec::new(), Vec::new());
    for digest in photos.iter().copied() {
        let Some(photo) = album.photos.get(&digest) else { continue };
        let uri = folder.photo(digest, photo.format);
        lines.push(record(digest, photo.format, &uri, prompt));
        if !is_there(&uri) {
            parcels.push(Parcel { digest, photo, uri });
        }
    }
    progress.begin("sending photos", parcels.len() as u64);
    let sent = side_by_side(&parcels, |parcel| {
        let Sent { file, sha256, size_bytes } = parcel.photo.sent(parcel.digest, written.path())?;
        let content_type = format!("image/{}", parcel.photo.format);
        store.put(&file, &new_object(parcel.uri.clone(), sha256, size_bytes, content_type))?;
        progress.advance(1);
        Ok(())
    });
    progress.end();
    sent?;
    for (number, text) in limits.files(lines).into_iter().enumerate() {
        let uri = folder.records(number);
        if is_there(&uri) {
            continue;
        }
        let file = written.path().join(format!("records-{number}"));
        atomic::write(&file, text.as_bytes())?;
        let object = new_object(uri, hash_bytes(text.as_bytes()), text.len() as u64, "application/jsonl".to_owned());
        store.put(&file, &object)?;
    }
    Ok(())
}

fn new_object(uri: S3Uri, sha256: Digest, size_bytes: u64, content_type: String) -> NewObject {
    NewObject { uri, sha256, size_bytes, content_type, metadata: BTreeMap::new() }
}

/// Does something with each, a few at the same time, up to the first error.
fn side_by_side(parcels: &[Parcel<'_>], work: impl Fn(&Parcel<'_>) -> Result<()> + Sync) -> Result<()> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let one_after_the_other = || -> Result<()> {
        while !failed.load(Ordering::Relaxed) {
            let Some(parcel) = parcels.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            work(parcel).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE.min(parcels.len())).map(|_| scope.spawn(one_after_the_other)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .fold(Ok(()), Result::and)
    })
}

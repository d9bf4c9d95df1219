//! Photos and records on their way to S3. What is there already is not sent again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use tokio::task::JoinSet;

use super::photos::{Album, AlbumPhoto, Sent};
use super::plan::Folder;
use super::records::record;
use super::{BatchLimits, LabelPrompt};
use crate::atomic;
use crate::aws::s3::{NewObject, ObjectStore, Objects, S3Uri};
use crate::error::{IoContext as _, Result};
use crate::images::{Digest, hash_bytes};
use crate::progress::Progress;

/// Objects on the way at the same time.
const AT_ONCE: usize = 8;
/// Photos that are made ready before they are sent: converted copies take room on the disk.
const READY: usize = 64;

/// What a batch needs of S3.
pub trait BatchStore {
    /// The keys below a prefix, with their objects' lengths; `None` where they may not be listed.
    fn sizes(&self, bucket: &str, prefix: &str) -> Result<Option<BTreeMap<String, u64>>>;
    /// An object's bytes.
    fn read(&self, uri: &S3Uri) -> Result<Vec<u8>>;
    /// Puts files, up to the first that fails; tells of each that is there.
    fn put_all(&self, files: Vec<(PathBuf, NewObject)>, is_there: &dyn Fn()) -> Result<()>;
}

impl BatchStore for ObjectStore {
    fn sizes(&self, bucket: &str, prefix: &str) -> Result<Option<BTreeMap<String, u64>>> {
        let listing = self.runtime.block_on(Objects::list(self, bucket, prefix, usize::MAX))??;
        Ok(listing.map(|listing| listing.into_iter().map(|(key, object)| (key, object.size_bytes)).collect()))
    }

    fn read(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        Self::read(self, uri)
    }

    fn put_all(&self, files: Vec<(PathBuf, NewObject)>, is_there: &dyn Fn()) -> Result<()> {
        self.runtime.block_on(async {
            let (mut waiting, mut on_the_way) = (files.into_iter(), JoinSet::new());
            loop {
                while on_the_way.len() < AT_ONCE
                    && let Some((file, object)) = waiting.next()
                {
                    let store = self.clone();
                    on_the_way.spawn(async move { Objects::put(&store, &file, &object).await });
                }
                match on_the_way.join_next().await {
                    None => return Ok(()),
                    Some(Ok(sent)) => sent.map(|_| is_there())?,
                    Some(Err(broken)) => std::panic::resume_unwind(broken.into_panic()),
                }
            }
        })?
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
    // Who may not list what is there sends everything.
    let there = store.sizes(&input.bucket, &input.key)?.unwrap_or_default();
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
    let sent = parcels.chunks(READY).try_for_each(|parcels| {
        let folder = tempfile::tempdir_in(written.path()).at("create", "a folder for what is sent")?;
        let ready: Result<Vec<_>> = parcels
            .par_iter()
            .map(|Parcel { digest, photo, uri }| {
                let Sent { file, sha256, size_bytes } = photo.sent(*digest, folder.path())?;
                Ok((file, new_object(uri.clone(), sha256, size_bytes, format!("image/{}", photo.format))))
            })
            .collect();
        store.put_all(ready?, &|| progress.advance(1))
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
        store.put_all(vec![(file, object)], &|| ())?;
    }
    Ok(())
}

fn new_object(uri: S3Uri, sha256: Digest, size_bytes: u64, content_type: String) -> NewObject {
    NewObject { uri, sha256, size_bytes, content_type, metadata: BTreeMap::new() }
}

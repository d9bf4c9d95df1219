//! The files of a data set. The manifest comes last: a folder whose manifest fits its files is whole.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::conversation::{ImageBlock, ImageSource, Record, S3Location, SCHEMA_VERSION};
use super::{
    MANIFEST_FILE, Manifest, ManifestFile, ManifestPhoto, RECEIPT_FILE, Side, TRAIN_FILE, VALIDATION_FILE, jsonl,
};
use crate::atomic;
use crate::error::{Error, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::images::{Format, hash_bytes, hash_file};
use crate::json_file;
use crate::store::S3Uri;

/// Writes records and manifest; returns the manifest with the records' files. The copies of photos are there already.
pub(super) fn write_dataset(folder: &Path, mut manifest: Manifest, before: Option<&Manifest>) -> Result<Manifest> {
    let mut files = Vec::new();
    for side in [Side::Train, Side::Validation] {
        let records: Vec<Record> = manifest.photos_of(side).map(|photo| record(&manifest, photo)).collect();
        let mut bytes = Vec::new();
        let count = jsonl::write_all(&mut bytes, &records)?;
        files.push((
            side.file_name(),
            ManifestFile {
                path: PathBuf::from(side.file_name()),
                sha256: hash_bytes(&bytes),
                size_bytes: bytes.len() as u64,
                count,
            },
            bytes,
        ));
    }
    for (name, file, _) in &files {
        check_untouched(folder, name, file, before)?;
    }
    for (name, file, bytes) in files {
        let path = folder.join(name);
        if bytes.is_empty() {
            atomic::remove_if_there(&path)?;
        } else {
            atomic::write(&path, &bytes)?;
            manifest.records.push(file);
        }
    }
    if let Some(before) = before {
        remove_own_copies(folder, before, &manifest)?;
    }
    let path = folder.join(MANIFEST_FILE);
    let json = json_file::bytes_of(&manifest, &path)?;
    if files::read(&path, MAX_DOCUMENT_BYTES).is_ok_and(|old| old == json) {
        return Ok(manifest);
    }
    // What an earlier data set of this folder had in the bucket says nothing of this one.
    atomic::remove_if_there(&folder.join(RECEIPT_FILE))?;
    atomic::write(&path, &json)?;
    Ok(manifest)
}

/// The manifest of an earlier run in this folder, if there is one.
///
/// # Errors
/// Where the folder holds files of our names that we did not write: they are the user's.
pub(super) fn own_folder(folder: &Path) -> Result<Option<Manifest>> {
    let manifest = folder.join(MANIFEST_FILE);
    if manifest.exists() {
        return Manifest::read(folder).map(Some).map_err(|error| {
            if error.is_of_machine() {
                return error;
            }
            let what = "this file is in the way and is not a manifest that this version can read";
            Error::input(manifest, what, "move it away, or name another --output-dir.")
        });
    }
    for name in [TRAIN_FILE, VALIDATION_FILE] {
        let path = folder.join(name);
        // A run killed before its manifest leaves records and no manifest.
        if path.exists() && !is_ours(&path) {
            return Err(Error::input(
                path,
                "this file is in the way and was not made by `nova-ft prepare`",
                "name another --output-dir, or move the file away.",
            ));
        }
    }
    Ok(None)
}

/// Whether a file of records begins as ours do.
fn is_ours(path: &Path) -> bool {
    let begin = format!("{{\"schemaVersion\":\"{SCHEMA_VERSION}\"");
    let mut start = vec![0; begin.len()];
    let read = files::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start == begin.as_bytes()
}

/// Refuses a file of records that is neither what the earlier run of this folder wrote nor what this one writes: a run that was
/// killed leaves the latter, everything else somebody has written.
fn check_untouched(folder: &Path, name: &str, now: &ManifestFile, before: Option<&Manifest>) -> Result<()> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(());
    }
    let there = hash_file(&path)?;
    let mut known = before.into_iter().flat_map(|manifest| &manifest.records).chain([now]);
    if known.any(|file| file.path == Path::new(name) && file.sha256 == there) {
        return Ok(());
    }
    let what = "this file is in the way: somebody has written into it since `nova-ft prepare` did";
    Err(Error::input(path, what, "move it away, or name another --output-dir."))
}

/// Removes the copies of photos that the earlier run of this folder made, by its manifest, and this one does not use.
fn remove_own_copies(folder: &Path, before: &Manifest, now: &Manifest) -> Result<()> {
    let copies = |manifest: &Manifest| {
        let copies = manifest.photos.iter().filter_map(|photo| Some(photo.converted.as_ref()?.path.clone()));
        copies.collect::<BTreeSet<_>>()
    };
    for path in copies(before).difference(&copies(now)) {
        // A manifest that somebody edited must not lead out of the folder.
        if path.components().all(|part| matches!(part, Component::Normal(_))) {
            atomic::remove_if_there(&folder.join(path))?;
        }
    }
    Ok(())
}

fn record(manifest: &Manifest, photo: &ManifestPhoto) -> Record {
    let sent = if photo.converted.is_some() { Format::Jpeg } else { photo.format };
    let uri = S3Uri::new(&manifest.s3_bucket, &photo.key).to_string();
    let image = ImageBlock {
        // `prepare` keeps only photos that have a name here or were converted to JPEG.
        format: sent.nova_name().unwrap_or("jpeg").to_owned(),
        source: ImageSource { s3_location: S3Location { uri, bucket_owner: manifest.account_id.clone() } },
    };
    Record::photo(&manifest.prompt, image, &photo.seller)
}

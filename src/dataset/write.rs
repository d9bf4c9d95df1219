//! The files of a data set. The manifest comes last: a folder whose manifest fits its files is whole.

use std::path::{Path, PathBuf};

use super::conversation::{ImageBlock, ImageSource, Record, S3Location};
use super::{MANIFEST_FILE, Manifest, ManifestFile, ManifestPhoto, Side, TRAIN_FILE, VALIDATION_FILE, jsonl};
use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::images::{Format, hash_bytes};
use crate::store::S3Uri;

/// Writes converted photos, records and manifest; returns the manifest with the records' files.
pub(super) fn write_dataset(folder: &Path, mut manifest: Manifest, copies: &[(PathBuf, Vec<u8>)]) -> Result<Manifest> {
    let before = own_folder(folder)?;
    atomic::sweep(folder)?;
    for (path, bytes) in copies {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            atomic::sweep(parent)?;
        }
        if std::fs::read(&path).is_ok_and(|old| old == *bytes) {
            continue;
        }
        atomic::write(&path, bytes)?;
    }
    for side in [Side::Train, Side::Validation] {
        let records: Vec<Record> = manifest.photos_of(side).map(|photo| record(&manifest, photo)).collect();
        if records.is_empty() {
            continue;
        }
        let mut bytes = Vec::new();
        let count = jsonl::write_all(&mut bytes, &records)?;
        atomic::write(&folder.join(side.file_name()), &bytes)?;
        let path = PathBuf::from(side.file_name());
        let size_bytes = bytes.len() as u64;
        manifest.records.push(ManifestFile { path, sha256: hash_bytes(&bytes), size_bytes, count });
    }
    let mut json = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from).at("write", folder)?;
    json.push(b'\n');
    atomic::write(&folder.join(MANIFEST_FILE), &json)?;
    if let Some(before) = before {
        remove_own_leftovers(folder, &before, &manifest)?;
    }
    Ok(manifest)
}

/// The manifest of an earlier run in this folder, if there is one.
///
/// # Errors
/// Where the folder holds files of our names that we did not write: they are the user's.
fn own_folder(folder: &Path) -> Result<Option<Manifest>> {
    if folder.join(MANIFEST_FILE).exists() {
        return Manifest::read(folder).map(Some);
    }
    for name in [TRAIN_FILE, VALIDATION_FILE] {
        let path = folder.join(name);
        // A run killed before its manifest leaves records and no manifest; ours begin with our schema.
        let ours = |text: &[u8]| text.starts_with(b"{\"schemaVersion\":\"bedrock-conversation-2024\"");
        if path.exists() && !std::fs::read(&path).is_ok_and(|text| ours(&text)) {
            return Err(Error::input(
                path,
                "this file is in the way and was not made by `nova-ft prepare`",
                "name another --output-dir, or move the file away.",
            ));
        }
    }
    Ok(None)
}

/// Removes what the earlier run of this folder wrote, by its manifest, and this one did not.
fn remove_own_leftovers(folder: &Path, before: &Manifest, now: &Manifest) -> Result<()> {
    let written = |manifest: &Manifest| {
        let records = manifest.records.iter().map(|file| file.path.clone());
        let copies = manifest.photos.iter().filter_map(|photo| Some(photo.converted.as_ref()?.path.clone()));
        records.chain(copies).collect::<std::collections::BTreeSet<_>>()
    };
    for path in written(before).difference(&written(now)) {
        let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if inside && folder.join(path).exists() {
            std::fs::remove_file(folder.join(path)).at("remove", folder.join(path))?;
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

//! The files of a data set. The manifest comes last: a folder whose manifest fits its files is whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::conversation::{ImageBlock, ImageSource, Record, S3Location, SCHEMA_VERSION};
use super::own_files::{OwnFiles, is_plain_file, lower_case};
use super::photos::{Order, converted_sha256};
use super::{MANIFEST_FILE, Manifest, ManifestFile, ManifestPhoto, Receipt, Side, TRAIN_FILE, VALIDATION_FILE, jsonl};
use crate::atomic;
use crate::aws::s3::S3Uri;
use crate::error::{Error, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::images::{Format, hash_bytes};
use crate::json_file;
use crate::same_file::is_same_file;

/// The records' files and their bytes; `converted` are the names of the photos that are sent as JPEG.
pub(super) fn encode_records(manifest: &Manifest, converted: &BTreeSet<&str>) -> Result<Vec<(ManifestFile, Vec<u8>)>> {
    let encode = |side: Side| {
        let records = manifest.photos_of(side).map(|photo| {
            let format = if converted.contains(photo.image.as_str()) { Format::Jpeg } else { photo.format };
            record(manifest, photo, format)
        });
        let mut bytes = Vec::new();
        let count = jsonl::write_all(&mut bytes, &records.collect::<Vec<_>>())?;
        let (path, size_bytes) = (PathBuf::from(side.file_name()), bytes.len() as u64);
        Ok((ManifestFile { path, sha256: hash_bytes(&bytes), size_bytes, count }, bytes))
    };
    [Side::Train, Side::Validation].into_iter().map(encode).collect()
}

/// Refuses, before anything is written, what would replace or remove a file that is not ours.
///
/// # Errors
/// Where somebody has changed a file of records or a converted copy, or another file has such a name.
pub(super) fn check_files(
    own: &OwnFiles<'_>,
    records: &[(ManifestFile, Vec<u8>)],
    orders: &[Order<'_>],
    before: Option<&Manifest>,
) -> Result<()> {
    records.iter().try_for_each(|(file, _)| own.check(&file.path, || Some(file.sha256)))?;
    let check = |order: &Order<'_>| own.check(&order.path, || converted_sha256(&order.photo.path));
    orders.par_iter().try_for_each(check)?;
    let used = orders.iter().map(|order| order.path.as_path()).collect();
    for (path, source) in unused_copies(before, &used) {
        own.check(path, || converted_sha256(&own.folder().join(source)))?;
    }
    Receipt::check_place(own.folder())
}

/// Writes records and manifest; returns the manifest with the records' files. The copies of photos are there already.
pub(super) fn write_dataset(
    own: &OwnFiles<'_>,
    mut manifest: Manifest,
    records: Vec<(ManifestFile, Vec<u8>)>,
    before: Option<&Manifest>,
) -> Result<Manifest> {
    let folder = own.folder();
    for (file, bytes) in records {
        if bytes.is_empty() {
            own.remove(&file.path, || None)?;
        } else {
            own.write(&file.path, &bytes)?;
            manifest.records.push(file);
        }
    }
    let used = manifest.photos.iter().filter_map(|photo| Some(photo.converted.as_ref()?.path.as_path())).collect();
    for (path, source) in unused_copies(before, &used) {
        // Where the file system ignores case, the copy may have been written anew under this name.
        let is_used =
            |used: &&Path| lower_case(used) == lower_case(path) && is_same_file(&folder.join(used), &folder.join(path));
        if !used.iter().any(is_used) {
            own.remove(path, || converted_sha256(&folder.join(source)))?;
        }
    }
    let path = folder.join(MANIFEST_FILE);
    let json = json_file::bytes_of(&manifest, &path)?;
    if files::read(&path, MAX_DOCUMENT_BYTES).is_ok_and(|old| old == json) {
        return Ok(manifest);
    }
    // What an earlier data set of this folder had in the bucket says nothing of this one.
    Receipt::remove(folder)?;
    atomic::write(&path, &json)?;
    Ok(manifest)
}

/// The copies that the earlier run made and this one does not use, each with the photo that it was made of.
fn unused_copies<'m>(before: Option<&'m Manifest>, used: &BTreeSet<&Path>) -> Vec<(&'m Path, &'m Path)> {
    let photos = before.into_iter().flat_map(|before| &before.photos);
    let copies = photos.filter_map(|photo| Some((photo.converted.as_ref()?.path.as_path(), photo.source.as_path())));
    copies.filter(|(path, _)| !used.contains(path)).collect()
}

/// The manifest of an earlier run in this folder, if there is one.
///
/// # Errors
/// Where the folder holds files of our names that we did not write: they are the user's.
pub(super) fn own_folder(folder: &Path) -> Result<Option<Manifest>> {
    let manifest = folder.join(MANIFEST_FILE);
    if is_plain_file(folder, Path::new(MANIFEST_FILE))? {
        return Manifest::read(folder).map(Some).map_err(|error| {
            if error.is_of_machine() {
                return error;
            }
            let why = if let Error::Input { what, .. } = &error { what.clone() } else { error.with_causes() };
            let what = format!("this file is in the way and is not a manifest that this version can read: {why}");
            Error::input(manifest, what, "move it away, or name another `output_dir`.")
        });
    }
    for name in [TRAIN_FILE, VALIDATION_FILE] {
        let path = folder.join(name);
        // A run killed before its manifest leaves records and no manifest.
        if path.exists() && !is_ours(&path) {
            return Err(Error::input(
                path,
                "this file is in the way and was not made by `nova-ft prepare`",
                "name another `output_dir`, or move the file away.",
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

fn record(manifest: &Manifest, photo: &ManifestPhoto, sent: Format) -> Record {
    let uri = S3Uri::new(&manifest.s3_bucket, &photo.key).to_string();
    let image = ImageBlock {
        // `prepare` keeps only photos that have a name here or were converted to JPEG.
        format: sent.nova_name().unwrap_or("jpeg").to_owned(),
        source: ImageSource { s3_location: S3Location { uri, bucket_owner: manifest.account_id.clone() } },
    };
    Record::photo(&manifest.prompt, image, &photo.seller)
}

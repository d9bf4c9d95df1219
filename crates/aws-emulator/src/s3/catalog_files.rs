//! The files of the catalog: written in one step, read at the start, and told from what others have put beside them.

use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use s3s::S3Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::write_error;
use foundation::atomic::create_private_folder;
use foundation::error::{Error, IoContext as _, Result};
use foundation::files::{self, MAX_DOCUMENT_BYTES};

/// Makes a folder a bucket.
pub(super) const BUCKET_FILE: &str = "bucket.json";
/// Makes a folder an unfinished upload.
pub(super) const UPLOAD_FILE: &str = "upload.json";

/// Writes a file in one step, making its folder if it is missing.
pub(super) fn write_json(dir: &Path, name: &str, value: &impl Serialize) -> S3Result<()> {
    let write = || -> io::Result<()> {
        create_private_folder(dir)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.persist(dir.join(name))?;
        Ok(())
    };
    write().map_err(write_error)
}

/// A file of the stand-in's; `None` where it is missing.
pub(crate) fn read_json_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match read_json(path) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = files::read(path, MAX_DOCUMENT_BYTES).at("read", path)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Input {
        place: path.into(),
        what: format!("this is not a file of the local stand-in: {source}"),
        hint: "forget the stand-in's state with `nova-ft local reset` and upload again.".to_owned(),
    })
}

/// Reads the file that makes a folder one of ours; a folder without it is deleted, where nothing else is in it.
pub(super) fn read_json_or_remove_dir<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Option<T>> {
    let path = dir.join(name);
    if !path.exists() {
        remove_own(dir).at("delete", dir)?;
        return Ok(None);
    }
    read_json(&path).map(Some)
}

/// Removes a folder of ours; one into which somebody has put something stays as it is.
pub(super) fn remove_own(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !is_half_written(&name) && !is_ours(&name) {
            return Ok(());
        }
    }
    std::fs::remove_dir_all(dir)
}

/// Whether a name is one that [`write_json`] gives to what it has not finished.
fn is_half_written(name: &str) -> bool {
    name.starts_with(".tmp")
}

/// Whether a name is one of a bucket's, an object's or a part's file.
fn is_ours(name: &str) -> bool {
    let stem = name.strip_suffix(".json");
    stem.is_some_and(|stem| {
        matches!(name, BUCKET_FILE | UPLOAD_FILE) || stem.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

pub(super) fn folders_in(dir: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(dir).at("list", dir)? {
        let path = entry.at("list", dir)?.path();
        if let (true, Some(name)) = (path.is_dir(), path.file_name().and_then(|name| name.to_str())) {
            folders.push((name.to_owned(), path.clone()));
        }
    }
    Ok(folders)
}

/// Our files in a folder but one; what a killed process left half written is deleted, and what is not ours stays.
pub(super) fn files_in(dir: &Path, except: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).at("list", dir)? {
        let path = entry.at("list", dir)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_half_written(name) {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).at("delete", path),
                _ => {}
            }
        } else if name != except && is_ours(name) {
            files.push(path);
        }
    }
    Ok(files)
}

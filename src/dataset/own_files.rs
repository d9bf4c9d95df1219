//! Which files of a data set's folder `prepare` wrote: the only ones that it replaces or removes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Manifest;
use crate::atomic;
use crate::error::{Error, IoContext as _, Result};
use crate::images::{Digest, hash_bytes, hash_file};

const HINT: &str =
    "move or rename it to keep it, or delete it, and run the command again; or name another `output_dir`.";

/// The files that earlier runs wrote into a folder, by the sha256 that was recorded when they were written.
///
/// A name alone makes no file ours: a manifest may be edited or come from elsewhere, and the user may have edited the file.
#[derive(Debug)]
pub(super) struct OwnFiles<'a> {
    folder: &'a Path,
    /// By the path in lower case: the folder may lie on a file system that ignores case.
    written: BTreeMap<String, BTreeSet<Digest>>,
}

impl<'a> OwnFiles<'a> {
    /// Those of the manifest of the earlier run, if there is one.
    pub(super) fn of(folder: &'a Path, before: Option<&Manifest>) -> Self {
        let mut written: BTreeMap<String, BTreeSet<Digest>> = BTreeMap::new();
        let records = before.into_iter().flat_map(|before| &before.records).map(|file| (&file.path, file.sha256));
        let copies = before.into_iter().flat_map(|before| &before.photos).filter_map(|photo| photo.converted.as_ref());
        for (path, sha256) in records.chain(copies.map(|copy| (&copy.path, copy.sha256))) {
            written.entry(lower_case(path)).or_default().insert(sha256);
        }
        Self { folder, written }
    }

    /// The data set's folder.
    pub(super) fn folder(&self) -> &'a Path {
        self.folder
    }

    /// Refuses a file that somebody else wrote or changed. `made` is the sha256 of what this run would write there: a run that
    /// was killed before its manifest leaves such a file.
    ///
    /// # Errors
    /// Where it is so, the path leads through a link, or something else than a file is there.
    pub(super) fn check(&self, path: &Path, made: impl FnOnce() -> Option<Digest>) -> Result<()> {
        if !is_plain_file(self.folder, path)? {
            return Ok(());
        }
        let file = self.folder.join(path);
        let sha256 = hash_file(&file)?;
        let known = self.written.get(&lower_case(path));
        if known.is_some_and(|known| known.contains(&sha256)) || made() == Some(sha256) {
            return Ok(());
        }
        let what = match known {
            Some(_) => "this file is in the way: somebody has written into it since `nova-ft prepare` did",
            None => "this file is in the way and was not made by `nova-ft prepare`",
        };
        Err(Error::input(file, what, HINT))
    }

    /// Writes a file in the place of one of ours or of none.
    ///
    /// # Errors
    /// See [`OwnFiles::check`].
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.check(path, || Some(hash_bytes(bytes)))?;
        atomic::write(&self.folder.join(path), bytes)
    }

    /// Removes a file of ours, if it is there.
    ///
    /// # Errors
    /// See [`OwnFiles::check`].
    pub(super) fn remove(&self, path: &Path, made: impl FnOnce() -> Option<Digest>) -> Result<()> {
        self.check(path, made)?;
        atomic::remove_if_there(&self.folder.join(path))
    }
}

/// Whether a file is there, and is a file of the folder itself.
///
/// # Errors
/// Where the path below the folder is or leads through a symbolic link, or is a folder, a device or a pipe.
pub(super) fn is_plain_file(folder: &Path, path: &Path) -> Result<bool> {
    let refused = |at: &Path, what: &str| Err(Error::input(at, what, HINT));
    let mut at = PathBuf::from(folder);
    let mut names = path.components().peekable();
    while let Some(name) = names.next() {
        at.push(name);
        let kind = match at.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            other => other.at("read", &at)?.file_type(),
        };
        if kind.is_symlink() {
            return refused(&at, "this is a symbolic link, and nothing behind a link is replaced or removed");
        }
        match names.peek() {
            Some(_) if !kind.is_dir() => return refused(&at, "this is no folder, and the data set needs one here"),
            None if !kind.is_file() => return refused(&at, "this is no file, and the data set needs one here"),
            _ => {}
        }
    }
    Ok(true)
}

/// A path as file systems that ignore case compare it; all names in a data set are ASCII.
pub(super) fn lower_case(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(folder: &Path, path: &str, bytes: &[u8]) -> BTreeMap<String, BTreeSet<Digest>> {
        std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.join(path), bytes).unwrap();
        BTreeMap::from([(lower_case(Path::new(path)), BTreeSet::from([hash_bytes(bytes)]))])
    }

    #[test]
    fn a_file_is_ours_by_its_bytes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let own = OwnFiles { folder: folder.path(), written: own(folder.path(), "images/a.jpg", b"ours") };
        let (path, other) = (Path::new("images/A.jpg"), Path::new("images/b.jpg"));
        std::fs::write(folder.path().join(path), b"ours").unwrap();
        own.check(path, || None).unwrap();
        std::fs::write(folder.path().join(path), b"edited").unwrap();
        let error = own.write(path, b"new").unwrap_err();
        assert!(error.to_string().contains("somebody has written into it since"), "{error}");
        // As after a kill: it is what would be written.
        own.write(path, b"edited").unwrap();
        own.check(other, || None).unwrap();
        std::fs::write(folder.path().join(other), b"mine").unwrap();
        let error = own.remove(other, || Some(hash_bytes(b"made"))).unwrap_err();
        assert!(error.to_string().contains("was not made by") && error.hint().is_some(), "{error}");
        own.remove(other, || Some(hash_bytes(b"mine"))).unwrap();
        assert!(!folder.path().join(other).exists());
    }

    #[cfg(unix)]
    #[test]
    fn nothing_behind_a_link_and_no_folder_is_ours() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let written = own(elsewhere.path(), "a.jpg", b"ours");
        let place = folder.path();
        symlink(elsewhere.path(), place.join("images")).unwrap();
        symlink(elsewhere.path().join("a.jpg"), place.join("train.jsonl")).unwrap();
        symlink("nowhere", place.join("validation.jsonl")).unwrap();
        std::fs::create_dir(place.join("sub")).unwrap();
        std::fs::write(place.join("file"), "").unwrap();
        let own = OwnFiles { folder: place, written };
        for path in ["images/a.jpg", "images/new.jpg", "train.jsonl", "validation.jsonl", "sub", "file/a.jpg"] {
            for outcome in
                [own.write(Path::new(path), b"ours"), own.remove(Path::new(path), || Some(hash_bytes(b"ours")))]
            {
                assert!(outcome.unwrap_err().hint().is_some(), "{path}");
            }
        }
        assert_eq!(std::fs::read(elsewhere.path().join("a.jpg")).unwrap(), b"ours");
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
        // The folder itself may be a link: the user named it.
        let link = elsewhere.path().join("dataset");
        symlink(place, &link).unwrap();
        OwnFiles { folder: &link, written: BTreeMap::new() }.write(Path::new("new/a.jpg"), b"ours").unwrap();
    }
}

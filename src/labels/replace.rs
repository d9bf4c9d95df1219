//! Replaces a file that another program may be writing into at the same moment, without losing what that program writes.
//!
//! [`replace`] compares the file with the bytes that the new version was made from right before the names are exchanged. What
//! another program writes after that goes into the replaced version, which [`Former`] keeps open and reads again.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::atomic::{AtomicFile, Commit};
use crate::error::{Error, IoContext as _, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::images::{Digest, hash_bytes};

/// What came of [`replace`].
#[derive(Debug)]
pub(crate) enum Replaced {
    /// The file has the new bytes; with the version that was replaced, where there was one.
    Done(Option<Former>),
    /// The file does not have the expected bytes any more; it was not changed.
    Changed,
}

/// A replaced version of a file, still open: a program that opened it before may write into it later.
#[derive(Debug)]
pub(crate) struct Former {
    file: File,
    /// Length and sha256 of the bytes that are known, and are in the new version.
    known: (usize, Digest),
    /// State of the file in the file system when it was last read.
    seen: Option<(u64, SystemTime)>,
}

/// What another program wrote into a [`Former`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LateChange {
    /// All bytes of the version now.
    pub(crate) bytes: Vec<u8>,
    /// Where the bytes begin that were appended; none where the known bytes changed too.
    pub(crate) appended_at: Option<usize>,
}

/// Replaces a file if it still has the expected bytes; none stands for no file.
///
/// # Errors
/// Where the file cannot be read or written.
pub(crate) fn replace(path: &Path, expected: Option<&[u8]>, bytes: &[u8]) -> Result<Replaced> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).at("write", path)?;
    let Some(known) = expected else {
        reach(Moment::BeforeExchange);
        let is_done = file.commit_new()? == Commit::Done;
        return Ok(if is_done { Replaced::Done(None) } else { Replaced::Changed });
    };
    let is_expected = || {
        reach(Moment::BeforeCompare);
        let is_same = read_if_there(path)?.as_deref() == expected;
        reach(Moment::BeforeExchange);
        Ok(is_same)
    };
    Ok(match file.exchange(is_expected)? {
        None => Replaced::Changed,
        Some(file) => Replaced::Done(Some(Former { file, known: (known.len(), hash_bytes(known)), seen: None })),
    })
}

/// [`replace`] for a command that writes a table once: what another program wrote at the last moment is kept beside the table.
///
/// # Errors
/// Where the file changed since its bytes were read: before it was replaced, or while it was.
pub(crate) fn replace_once(path: &Path, expected: Option<&[u8]>, bytes: &[u8]) -> Result<()> {
    match replace(path, expected, bytes)? {
        Replaced::Changed => {
            let what = "another program changed this file after it was read, so it was not replaced";
            Err(Error::input(path, what, "run the same command again: it keeps what was added."))
        }
        Replaced::Done(former) => match former.map(|mut former| former.late_change()).transpose()?.flatten() {
            None => Ok(()),
            Some(late) => {
                let kept = keep_conflict(path, &late.bytes)?;
                let what = format!("another program changed this file while it was replaced: {}", kept.display());
                Err(Error::input(path, what, "that file has what it wrote; copy its rows into this one."))
            }
        },
    }
}

/// Writes the bytes of a version that cannot be merged beside the file: `FILE.conflict-1`, or the next free number. Nobody but
/// this user may read it, since that may hold for the file.
pub(crate) fn keep_conflict(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".conflict-{number}"));
        let copy = PathBuf::from(name);
        match options.open(&copy) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            opened => {
                let written = opened.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_data()));
                return written.at("write", &copy).map(|()| copy);
            }
        }
    }
}

/// The bytes of a file; none where there is no file.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match files::read(path, MAX_DOCUMENT_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.at("read", path).map(Some),
    }
}

impl Former {
    /// Whether the file system shows a change since the version was last read.
    pub(crate) fn may_have_changed(&self) -> bool {
        self.seen.is_none() || state_of(&self.file) != self.seen
    }

    /// What another program wrote into the version that is not in the new one. Reads it whole.
    pub(crate) fn late_change(&mut self) -> Result<Option<LateChange>> {
        let seen = state_of(&self.file);
        let mut bytes = Vec::new();
        let read = self.file.rewind().and_then(|()| self.file.read_to_end(&mut bytes));
        read.at("read", "the replaced version of a file")?;
        self.seen = seen;
        let (length, sha256) = self.known;
        let is_kept = bytes.get(..length).is_some_and(|known| hash_bytes(known) == sha256);
        if is_kept && bytes.len() == length {
            return Ok(None);
        }
        Ok(Some(LateChange { bytes, appended_at: is_kept.then_some(length) }))
    }

    /// Makes the next look read the version again, whatever the file system shows.
    pub(crate) fn read_again(&mut self) {
        self.seen = None;
    }

    /// Counts these bytes as known: they are in the new version, or kept elsewhere.
    pub(crate) fn settle(&mut self, bytes: &[u8]) {
        self.known = (bytes.len(), hash_bytes(bytes));
    }
}

fn state_of(file: &File) -> Option<(u64, SystemTime)> {
    let metadata = file.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// A moment at which a test lets another program write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The new version is written; the file was not compared yet.
    BeforeCompare,
    /// The file was compared; the names were not exchanged yet.
    BeforeExchange,
}

#[cfg(not(test))]
fn reach(_: Moment) {}

#[cfg(test)]
use testing::reach;

#[cfg(test)]
pub(crate) mod testing {
    use std::cell::RefCell;

    use super::Moment;

    type Action = Box<dyn FnOnce()>;

    thread_local! {
        static ACTION: RefCell<Option<(Moment, Action)>> = const { RefCell::new(None) };
    }

    /// Runs an action once in the next call of `replace` in this thread: before the file is compared.
    pub(crate) fn before_compare(action: impl FnOnce() + 'static) {
        ACTION.set(Some((Moment::BeforeCompare, Box::new(action))));
    }

    /// The same, after the file was compared and before the names are exchanged.
    pub(crate) fn before_exchange(action: impl FnOnce() + 'static) {
        ACTION.set(Some((Moment::BeforeExchange, Box::new(action))));
    }

    pub(super) fn reach(now: Moment) {
        match ACTION.take() {
            Some((moment, action)) if moment == now => action(),
            other => ACTION.set(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(path: &Path, text: &str) {
        File::options().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn table() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "a\n").unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_that_changed_after_it_was_read_is_not_replaced() {
        let (folder, path) = table();
        assert!(matches!(replace(&path, Some(b"b\n"), b"c\n").unwrap(), Replaced::Changed));
        let other = path.clone();
        testing::before_compare(move || append(&other, "late\n"));
        assert!(matches!(replace(&path, Some(b"a\n"), b"c\n").unwrap(), Replaced::Changed));
        assert_eq!(std::fs::read(&path).unwrap(), b"a\nlate\n");
        let created = folder.path().join("new.csv");
        let other = created.clone();
        testing::before_exchange(move || std::fs::write(other, "theirs").unwrap());
        assert!(matches!(replace(&created, None, b"ours").unwrap(), Replaced::Changed));
        assert_eq!(std::fs::read(&created).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file stays");
    }

    #[test]
    fn what_another_program_writes_at_the_last_moment_is_found_in_the_replaced_version() {
        let (_folder, path) = table();
        let mut writer = File::options().append(true).open(&path).unwrap();
        let other = path.clone();
        testing::before_exchange(move || append(&other, "late\n"));
        let Replaced::Done(Some(mut former)) = replace(&path, Some(b"a\n"), b"b\n").unwrap() else { panic!() };
        let late = former.late_change().unwrap().unwrap();
        assert_eq!((late.bytes.as_slice(), late.appended_at), (&b"a\nlate\n"[..], Some(2)));
        former.settle(&late.bytes);
        assert_eq!(former.late_change().unwrap(), None);
        assert!(!former.may_have_changed());
        writer.write_all(b"later\n").unwrap();
        assert!(former.may_have_changed());
        assert_eq!(former.late_change().unwrap().unwrap().appended_at, Some(7));
        writer.set_len(1).unwrap();
        assert_eq!(former.late_change().unwrap().unwrap().appended_at, None);
        assert_eq!(std::fs::read(&path).unwrap(), b"b\n");
    }

    // Elsewhere only the file that was there at the comparison is found.
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    #[test]
    fn a_file_that_another_program_moves_into_place_at_the_last_moment_is_found_too() {
        let (folder, path) = table();
        let (theirs, place) = (folder.path().join("theirs"), path.clone());
        testing::before_exchange(move || {
            std::fs::write(&theirs, "a\ntheirs\n").unwrap();
            std::fs::rename(&theirs, place).unwrap();
        });
        let Replaced::Done(Some(mut former)) = replace(&path, Some(b"a\n"), b"b\n").unwrap() else { panic!() };
        assert_eq!(former.late_change().unwrap().unwrap().bytes, b"a\ntheirs\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_command_that_writes_once_keeps_a_late_change_beside_the_table_and_says_where() {
        let (folder, path) = table();
        for number in 1..3 {
            let now = std::fs::read(&path).unwrap();
            let other = path.clone();
            testing::before_exchange(move || append(&other, "late\n"));
            let error = replace_once(&path, Some(&now), b"b\n").unwrap_err();
            let kept = format!("t.csv.conflict-{number}");
            assert!(error.to_string().contains(&kept) && error.hint().is_some(), "{error}");
            let kept = std::fs::read_to_string(folder.path().join(kept)).unwrap();
            assert!(kept.ends_with("late\n"), "{kept}");
        }
        let error = replace_once(&path, None, b"c\n").unwrap_err();
        assert!(error.hint().unwrap().contains("run the same command again"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"b\n");
    }
}

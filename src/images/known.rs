//! Digests of files that have not changed since they were last read: what git's index does for a work tree.
//!
//! A file is taken for unchanged when device, inode, length, time of modification and time of change are those of the
//! reading. The last of these the kernel sets at every write by a call. A file that was changed within the two seconds
//! before its reading is not remembered, since a later write in the same tick of the clock would not show. What git cannot
//! see, this cannot: a second write through shared memory, and file systems without a time of change of their own (FAT).
//! S3 checks each body against the manifest's sha256, so a file that is sent is never a wrong one.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::digest::{Digest, hash_file};
use crate::atomic;
use crate::clock::Clock;
use crate::error::{IoContext, Result};

/// A reading this long after a file's last change sees all of that change. FAT counts time in steps of two seconds.
const SETTLED: Duration = Duration::seconds(2);

/// What the file system says of a file's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Stamp {
    device: u64,
    inode: u64,
    size_bytes: u64,
    modified_ns: i64,
    changed_ns: i64,
}

impl Stamp {
    /// `None` where the system keeps no time of change.
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let file = std::fs::metadata(path).ok()?;
        let ns = |seconds: i64, rest: i64| seconds.checked_mul(1_000_000_000)?.checked_add(rest);
        Some(Self {
            device: file.dev(),
            inode: file.ino(),
            size_bytes: file.len(),
            modified_ns: ns(file.mtime(), file.mtime_nsec())?,
            changed_ns: ns(file.ctime(), file.ctime_nsec())?,
        })
    }

    #[cfg(not(unix))]
    fn of(_path: &Path) -> Option<Self> {
        None
    }

    fn is_settled(&self, now: OffsetDateTime) -> bool {
        let settled = (now - SETTLED).unix_timestamp_nanos();
        i128::from(self.changed_ns.max(self.modified_ns)) < settled
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    stamp: Stamp,
    sha256: Digest,
}

/// Digests by the state of files, kept in a file between runs.
#[derive(Debug, Default)]
pub(crate) struct KnownDigests {
    of_last_time: HashMap<Stamp, Digest>,
    of_this_time: Mutex<HashMap<Stamp, Digest>>,
}

impl KnownDigests {
    /// What was remembered in a file; nothing where that is missing or damaged.
    pub(crate) fn read(path: &Path) -> Self {
        let entries = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Vec<Entry>>(&bytes).ok());
        let of_last_time = entries.unwrap_or_default().into_iter().map(|entry| (entry.stamp, entry.sha256)).collect();
        Self { of_last_time, of_this_time: Mutex::default() }
    }

    /// The digest of a file, which is read unless it is known.
    pub(crate) fn of_file(&self, path: &Path) -> Result<Digest> {
        self.of_file_at(path, Clock::System.now())
    }

    fn of_file_at(&self, path: &Path, now: OffsetDateTime) -> Result<Digest> {
        let before = Stamp::of(path);
        if let Some((stamp, digest)) = before.and_then(|stamp| self.of_last_time.get_key_value(&stamp)) {
            self.remember(*stamp, *digest);
            return Ok(*digest);
        }
        let digest = hash_file(path)?;
        if let Some(stamp) = before.filter(|stamp| Stamp::of(path) == Some(*stamp) && stamp.is_settled(now)) {
            self.remember(stamp, digest);
        }
        Ok(digest)
    }

    fn remember(&self, stamp: Stamp, digest: Digest) {
        self.of_this_time.lock().unwrap_or_else(PoisonError::into_inner).insert(stamp, digest);
    }

    /// Writes what was asked for this time, unless that is what the file has.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let of_this_time = self.of_this_time.lock().unwrap_or_else(PoisonError::into_inner);
        if *of_this_time == self.of_last_time {
            return Ok(());
        }
        let mut entries: Vec<_> =
            of_this_time.iter().map(|(stamp, sha256)| Entry { stamp: *stamp, sha256: *sha256 }).collect();
        entries.sort_by_key(|entry| (entry.stamp.device, entry.stamp.inode));
        let json = serde_json::to_vec(&entries).map_err(std::io::Error::from).at("write", path)?;
        atomic::write(path, &json)
    }
}

// Elsewhere nothing is remembered.
#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;

    /// Far enough from any file's times.
    fn later() -> OffsetDateTime {
        Clock::System.now() + Duration::minutes(1)
    }

    fn again(known: &KnownDigests, folder: &Path) -> KnownDigests {
        let file = folder.join("known.json");
        known.write(&file).unwrap();
        KnownDigests::read(&file)
    }

    #[test]
    fn a_settled_file_is_read_once_and_a_changed_one_again() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        std::fs::write(&photo, b"one").unwrap();
        let first = KnownDigests::default();
        assert_eq!(first.of_file_at(&photo, later()).unwrap(), hash_bytes(b"one"));
        let second = again(&first, folder.path());
        assert_eq!(second.of_last_time.len(), 1);
        // The same name, length and time of modification, other bytes: only the time of change and the inode tell.
        let modified = std::fs::metadata(&photo).unwrap().modified().unwrap();
        std::fs::remove_file(&photo).unwrap();
        std::fs::write(&photo, b"two").unwrap();
        std::fs::File::options().append(true).open(&photo).unwrap().set_modified(modified).unwrap();
        assert_eq!(second.of_file_at(&photo, later()).unwrap(), hash_bytes(b"two"));
        let third = again(&second, folder.path());
        assert_eq!(third.of_last_time.values().collect::<Vec<_>>(), [&hash_bytes(b"two")], "what is gone is forgotten");
    }

    #[test]
    fn what_is_remembered_is_believed_without_reading() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        std::fs::write(&photo, b"one").unwrap();
        let stamp = Stamp::of(&photo).unwrap();
        let known =
            KnownDigests { of_last_time: HashMap::from([(stamp, hash_bytes(b"told"))]), ..KnownDigests::default() };
        assert_eq!(known.of_file(&photo).unwrap(), hash_bytes(b"told"));
    }

    #[test]
    fn a_file_that_was_changed_just_now_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        std::fs::write(&photo, b"one").unwrap();
        let known = KnownDigests::default();
        known.of_file(&photo).unwrap();
        assert!(known.of_this_time.lock().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_memory_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known.json");
        std::fs::write(&file, b"[{\"device\":1}").unwrap();
        assert!(KnownDigests::read(&file).of_last_time.is_empty());
    }
}

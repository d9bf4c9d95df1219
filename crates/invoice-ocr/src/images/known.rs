//! What was read of photos that have not changed since: what git's index does for a work tree.
//!
//! A file is taken for unchanged when device, inode, length, time of modification and time of change are those of the
//! reading. The last of these the kernel sets at every write by a call. A file that was changed within the two seconds
//! before its reading is not remembered, since a later write in the same tick of the clock would not show. What git cannot
//! see, this cannot: a second write through shared memory, and file systems without a time of change of their own (FAT).
//! S3 checks each body against the manifest's sha256, so a file that is sent is never a wrong one.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::decode::MAX_PIXELS;
use super::facts::{PhotoFacts, read_facts};
use super::gate::Gate;
use foundation::atomic;
use foundation::clock::Clock;
use foundation::error::{IoContext, Result};
use foundation::files::{self, MAX_DOCUMENT_BYTES};
use foundation::source_access;

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

/// Counts up when the facts of the same bytes become others; what was remembered before is then read again.
const READING: u32 = 3;

/// Pixels that are unfolded at the same time: at most about 1.5 GB, however many threads there are.
const MOST_PIXELS_AT_ONCE: u64 = MAX_PIXELS / 2;

#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    reading: u32,
    photos: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    stamp: Stamp,
    facts: PhotoFacts,
}

/// The facts of photos by the state of their files, kept in a file between runs.
#[derive(Debug)]
pub struct KnownPhotos {
    of_last_time: HashMap<Stamp, PhotoFacts>,
    of_this_time: Mutex<HashMap<Stamp, PhotoFacts>>,
    gate: Gate,
}

impl Default for KnownPhotos {
    fn default() -> Self {
        Self { of_last_time: HashMap::new(), of_this_time: Mutex::default(), gate: Gate::of(MOST_PIXELS_AT_ONCE) }
    }
}

impl KnownPhotos {
    /// What was remembered in a file; nothing where that is missing, damaged or of another version.
    pub fn read(path: &Path) -> Self {
        let memory =
            files::read(path, MAX_DOCUMENT_BYTES).ok().and_then(|bytes| serde_json::from_slice::<Memory>(&bytes).ok());
        let photos = memory.filter(|memory| memory.reading == READING).map_or(Vec::new(), |memory| memory.photos);
        let of_last_time = photos.into_iter().map(|entry| (entry.stamp, entry.facts)).collect();
        Self { of_last_time, ..Self::default() }
    }

    /// The facts of a photo, which is read and decoded unless it is known.
    pub fn facts_of(&self, path: &Path) -> Result<PhotoFacts> {
        self.facts_at(path, Clock::System.now())
    }

    fn facts_at(&self, path: &Path, now: OffsetDateTime) -> Result<PhotoFacts> {
        source_access::note(path);
        let before = Stamp::of(path);
        if let Some((stamp, facts)) = before.and_then(|stamp| Some((stamp, self.recall(&stamp)?))) {
            self.remember(stamp, facts.clone());
            return Ok(facts);
        }
        let facts = read_facts(path, &self.gate)?;
        if let Some(stamp) = before.filter(|stamp| Stamp::of(path) == Some(*stamp) && stamp.is_settled(now)) {
            self.remember(stamp, facts.clone());
        }
        Ok(facts)
    }

    fn recall(&self, stamp: &Stamp) -> Option<PhotoFacts> {
        self.of_last_time.get(stamp).or(self.this_time().get(stamp)).cloned()
    }

    fn remember(&self, stamp: Stamp, facts: PhotoFacts) {
        self.this_time().insert(stamp, facts);
    }

    fn this_time(&self) -> MutexGuard<'_, HashMap<Stamp, PhotoFacts>> {
        self.of_this_time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was asked for this time, unless that is what the file has.
    pub fn write(&self, path: &Path) -> Result<()> {
        let of_this_time = self.this_time();
        if *of_this_time == self.of_last_time { Ok(()) } else { write(path, &of_this_time) }
    }

    /// Writes what was asked for this time beside what the file had, unless there is nothing new.
    pub fn add_to(&self, path: &Path) -> Result<()> {
        let of_this_time = self.this_time();
        if of_this_time.keys().all(|stamp| self.of_last_time.contains_key(stamp)) {
            return Ok(());
        }
        let mut all = self.of_last_time.clone();
        all.extend(of_this_time.iter().map(|(stamp, facts)| (*stamp, facts.clone())));
        write(path, &all)
    }
}

fn write(path: &Path, photos: &HashMap<Stamp, PhotoFacts>) -> Result<()> {
    // What only saves time is not written behind a link of the user's.
    if path.is_symlink() {
        return Ok(());
    }
    let entry = |(stamp, facts): (&Stamp, &PhotoFacts)| Entry { stamp: *stamp, facts: facts.clone() };
    let mut photos: Vec<_> = photos.iter().map(entry).collect();
    photos.sort_by_key(|entry| (entry.stamp.device, entry.stamp.inode, entry.stamp.changed_ns));
    let json =
        serde_json::to_vec(&Memory { reading: READING, photos }).map_err(std::io::Error::from).at("write", path)?;
    atomic::write_private(path, &json)
}

// Elsewhere nothing is remembered.
#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{Digest, hash_bytes, samples};

    /// Far enough from any file's times.
    fn later() -> OffsetDateTime {
        Clock::System.now() + Duration::minutes(1)
    }

    fn again(known: &KnownPhotos, folder: &Path) -> KnownPhotos {
        let file = folder.join("known.json");
        known.write(&file).unwrap();
        KnownPhotos::read(&file)
    }

    fn sha256_later(known: &KnownPhotos, photo: &Path) -> Digest {
        known.facts_at(photo, later()).unwrap().sha256
    }

    #[test]
    fn a_settled_file_is_read_once_and_a_changed_one_again() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        std::fs::write(&photo, b"one").unwrap();
        let first = KnownPhotos::default();
        assert_eq!(sha256_later(&first, &photo), hash_bytes(b"one"));
        let second = again(&first, folder.path());
        assert_eq!(second.of_last_time.len(), 1);
        // The same name, length and time of modification, other bytes: only the time of change and the inode tell.
        let modified = std::fs::metadata(&photo).unwrap().modified().unwrap();
        std::fs::remove_file(&photo).unwrap();
        std::fs::write(&photo, b"two").unwrap();
        std::fs::File::options().append(true).open(&photo).unwrap().set_modified(modified).unwrap();
        assert_eq!(sha256_later(&second, &photo), hash_bytes(b"two"));
        let third = again(&second, folder.path());
        let known: Vec<_> = third.of_last_time.values().map(|facts| facts.sha256).collect();
        assert_eq!(known, [hash_bytes(b"two")], "what is gone is forgotten");
    }

    #[test]
    fn everything_that_is_known_of_a_photo_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let jpeg = samples::jpeg(&samples::noise(40, 30));
        let damaged = [&jpeg[..jpeg.len() - 300], b"\xFF\xD9"].concat();
        for (number, bytes) in [jpeg, damaged, b"%PDF-1.4".to_vec(), Vec::new()].iter().enumerate() {
            std::fs::write(folder.path().join(number.to_string()), bytes).unwrap();
        }
        let first = KnownPhotos::default();
        let facts = |known: &KnownPhotos| -> Vec<_> {
            (0..4).map(|n: u8| known.facts_at(&folder.path().join(n.to_string()), later()).unwrap()).collect()
        };
        let read = facts(&first);
        assert!(read[0].picture.as_ref().unwrap().is_ok() && read[1].picture.as_ref().unwrap().is_err());
        let second = again(&first, folder.path());
        assert_eq!(second.of_last_time.len(), 4);
        assert_eq!(facts(&second), read);
    }

    #[test]
    fn what_is_remembered_is_believed_without_reading() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        std::fs::write(&photo, b"one").unwrap();
        let told = PhotoFacts { sha256: hash_bytes(b"told"), ..KnownPhotos::default().facts_of(&photo).unwrap() };
        let of_last_time = HashMap::from([(Stamp::of(&photo).unwrap(), told.clone())]);
        let known = KnownPhotos { of_last_time, ..KnownPhotos::default() };
        assert_eq!(known.facts_of(&photo).unwrap(), told);
    }

    #[test]
    fn a_file_that_was_changed_just_now_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("photo");
        std::fs::write(&photo, b"one").unwrap();
        let known = KnownPhotos::default();
        known.facts_of(&photo).unwrap();
        assert!(known.of_this_time.lock().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_memory_or_one_of_an_earlier_version_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known.json");
        let sha256 = hash_bytes(b"x");
        let stamp = r#""device":1,"inode":2,"size_bytes":3,"modified_ns":4,"changed_ns":5"#;
        let only_digests = format!(r#"[{{{stamp},"sha256":"{sha256}"}}]"#);
        let facts =
            format!(r#"{{"sha256":"{sha256}","size_bytes":3,"header":{{"Err":{{"fault":"empty"}}}},"picture":null}}"#);
        let of_version = |reading: u32| format!(r#"{{"reading":{reading},"photos":[{{{stamp},"facts":{facts}}}]}}"#);
        for (memory, count) in
            [("[{\"device\":1}", 0), (&only_digests, 0), (&of_version(READING - 1), 0), (&of_version(READING), 1)]
        {
            std::fs::write(&file, memory).unwrap();
            assert_eq!(KnownPhotos::read(&file).of_last_time.len(), count, "{memory}");
        }
    }
}

//! One shard of a labeling: so many machines read a folder side by side, and each writes its part.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::journal::Journal;
use super::no_photo;
use super::part::{Listing, Part, PartRow};
use super::parts::{PartStore, Put};
use super::reader::read_one;
use crate::error::{Error, Result};
use crate::findings::{Levels, Report};
use crate::images::{self, Photo, ScanOptions, hash_bytes};
use crate::invoice::{InvoiceReader, Scope};
use crate::labels::rules;
use crate::progress::Progress;
use crate::readings::{ReadOptions, read_all};

/// Most shards of a labeling: the most children of an array job of AWS Batch.
pub const MOST_SHARDS: usize = 10_000;

/// What the name of a part begins with.
pub(super) const BEGINNING: &str = "part-";
/// The ending of a part's name.
pub(super) const ENDING: &str = ".jsonl";
/// The ending of the parts that earlier versions wrote.
const EARLIER_ENDING: &str = ".parquet";
/// The ending of a journal's name.
pub(super) const JOURNAL_ENDING: &str = ".journal.jsonl";

/// One shard of so many: `3/10`, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Shard `index` of `count`, from 1; `None` where there is none such.
    pub fn new(index: usize, count: usize) -> Option<Self> {
        ((1..=MOST_SHARDS).contains(&count) && (1..=count).contains(&index)).then_some(Self { index, count })
    }

    /// From 1.
    pub fn index(self) -> usize {
        self.index
    }

    /// How many shards there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// Whether a photo belongs to it. It goes by the photo's name and nothing else, so that photos which are added or taken away
    /// move no other.
    pub fn has(self, image: &str) -> bool {
        let digest = hash_bytes(image.as_bytes());
        let number = digest.as_bytes().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % self.count as u64 + 1 == self.index as u64
    }

    /// The file of its part.
    pub fn part_name(self) -> String {
        self.name_ending(ENDING)
    }

    fn name_ending(self, ending: &str) -> String {
        format!("{BEGINNING}{:05}-of-{:05}{ending}", self.index, self.count)
    }

    /// The shard whose part a file of this name is.
    pub fn of_part_name(name: &str) -> Option<Self> {
        Self::of_name(name, ENDING)
    }

    /// The shard whose part, written by an earlier version, a file of this name is.
    pub(super) fn of_earlier_part_name(name: &str) -> Option<Self> {
        Self::of_name(name, EARLIER_ENDING)
    }

    fn of_name(name: &str, ending: &str) -> Option<Self> {
        let (index, count) = name.strip_prefix(BEGINNING)?.strip_suffix(ending)?.split_once("-of-")?;
        let shard = Self::new(index.parse().ok()?, count.parse().ok()?)?;
        (shard.name_ending(ending) == name).then_some(shard)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        let shard = numbers.and_then(|(index, count)| Self::new(index, count));
        shard.ok_or_else(|| format!("expected I/N, such as 3/10: I from 1 to N, N at most {MOST_SHARDS}"))
    }
}

/// What [`label_shard`] needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardOptions {
    /// The folder of all photos.
    pub input_dir: PathBuf,
    /// Which of them are read.
    pub shard: Shard,
    /// Folder of the journal: a shard that was stopped goes on where it is there still.
    pub journal_dir: PathBuf,
    /// Photos that are read at the same time, 1 to [`MOST_AT_ONCE`](crate::readings::MOST_AT_ONCE).
    pub concurrency: usize,
    /// Which findings are not reported, and which are errors.
    pub levels: Levels,
}

/// What [`label_shard`] did.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardLabelled {
    /// Which one it is.
    pub shard: Shard,
    /// Where its part is.
    pub part: String,
    /// Whether the part was there already, with the same bytes.
    pub is_unchanged: bool,
    /// Photos of the folder.
    pub all_photos: usize,
    /// Photos of the shard.
    pub photos: usize,
    /// Of these, photos that an earlier run had read.
    pub recalled: usize,
    /// Photos that could not be read, and why.
    pub report: Report,
}

/// Reads the photos of one shard and puts what was read into its part. Run again it puts the same bytes; a photo that cannot be
/// read is in the part with the reason.
///
/// # Errors
/// Where the folder cannot be read, or the journal or the part cannot be written.
pub fn label_shard(
    options: &ShardOptions,
    reader: &dyn InvoiceReader,
    parts: &PartStore,
    progress: &dyn Progress,
) -> Result<ShardLabelled> {
    let read = ReadOptions { scope: Scope::Fields, concurrency: options.concurrency };
    read.check()?;
    let scan = images::scan(&options.input_dir, &ScanOptions::default())?;
    if scan.photos.is_empty() {
        return Err(no_photo(&options.input_dir));
    }
    let name = options.shard.part_name();
    parts.check_place(&name, &options.journal_dir)?;
    let journal = Journal::open(&journal_file(&options.journal_dir, options.shard))?;
    let photos: Vec<&Photo> = scan.photos.iter().filter(|photo| options.shard.has(&photo.name)).collect();
    let version = reader.version();
    let seen = read_all(&photos, read, progress, |photo| read_one(photo, reader, &version, &journal))?;
    let mut report = Report::new(options.levels.clone());
    let mut recalled = 0;
    let mut rows = Vec::with_capacity(photos.len());
    for (photo, seen) in photos.iter().zip(seen) {
        recalled += usize::from(seen.is_recalled);
        if let Err(why) = &seen.reading {
            report.push(rules::photo_not_read::found(&photo.path, why));
        }
        let (image, size_bytes) = (photo.name.clone(), photo.size_bytes);
        rows.push(PartRow { image, size_bytes, sha256: seen.sha256, reading: seen.reading });
    }
    report.sort();
    let listing = Listing::of(scan.photos.iter().map(|photo| (photo.name.as_str(), photo.size_bytes)));
    let part = Part { shard: options.shard, version, listing, rows };
    let bytes = part.to_jsonl().map_err(|error| Error::input(Path::new(&name), error.to_string(), ""))?;
    let put = parts.put(&name, &bytes, &options.journal_dir)?;
    Ok(ShardLabelled {
        shard: options.shard,
        part: parts.place_of(&name),
        is_unchanged: put == Put::Unchanged,
        all_photos: scan.photos.len(),
        photos: part.rows.len(),
        recalled,
        report,
    })
}

/// The journal of a shard: the one that an earlier version began, where there is one.
fn journal_file(folder: &Path, shard: Shard) -> PathBuf {
    let earlier = folder.join(format!("{}{JOURNAL_ENDING}", shard.name_ending(EARLIER_ENDING)));
    if earlier.exists() { earlier } else { folder.join(shard.name_ending(JOURNAL_ENDING)) }
}

#[cfg(test)]
mod tests;

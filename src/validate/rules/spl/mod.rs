//! The data set as a whole: what only all records together show.

pub(crate) mod image_on_both_sides;
pub(crate) mod image_twice;
pub(crate) mod records_changed;
pub(crate) mod sample_count;

use std::collections::HashMap;
use std::path::Path;

use super::img::SeenImage;
use super::s3u::second_bucket::SECOND_BUCKET;
use super::s3u::second_owner::SECOND_OWNER;
use crate::dataset::Side;
use crate::error::Place;
use crate::finding::Finding;
use crate::images::hash_bytes;
use crate::validate::pass::Home;

pub(crate) use sample_count::check as check_counts;

/// What the pass over all records keeps of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordFacts {
    pub(crate) images: Vec<SeenImage>,
    pub(crate) answer: String,
}

/// What is known of the records so far: 32 bytes for each image.
#[derive(Debug, Default)]
pub(crate) struct DatasetFacts {
    counts: [usize; 2],
    photo_count: usize,
    /// Where the images must be, or the first one is.
    bucket: Option<String>,
    owner: Option<String>,
    /// The first 16 bytes of an image's sha256 → where it was first seen.
    images: HashMap<u128, FirstSeen>,
}

#[derive(Debug, Clone, Copy)]
struct FirstSeen {
    side: Side,
    line: u32,
    /// The first bytes of the answer's sha256.
    answer: u32,
}

impl DatasetFacts {
    /// Nothing seen yet; all images must be at `home`, or where the first one is.
    pub(crate) fn at(home: Option<Home>) -> Self {
        let (bucket, owner) = home.map(|home| (home.bucket, home.owner)).unzip();
        Self { bucket, owner, ..Self::default() }
    }

    /// Adds a record and returns what it gives rise to beside the records before it.
    pub(crate) fn add(&mut self, side: Side, file: &Path, line: u64, record: RecordFacts) -> Vec<Finding> {
        self.counts[side as usize] += 1;
        let mut findings = Vec::new();
        let place = |pointer: &str| Place::line(file, line).member(pointer);
        let answer = u32::from_be_bytes(first_bytes(hash_bytes(record.answer.as_bytes()).as_bytes()));
        for image in record.images {
            self.photo_count += usize::from(image.is_read);
            if let Some(other) = differs(&mut self.bucket, image.bucket.as_deref()) {
                let bucket = image.bucket.as_deref().unwrap_or_default();
                let message = format!("bucket `{bucket}`, where that of the data set is `{other}`");
                findings.push(Finding::new(&SECOND_BUCKET, place(&image.pointer), message));
            }
            if let Some(other) = differs(&mut self.owner, image.owner.as_deref()) {
                let owner = image.owner.as_deref().unwrap_or_default();
                let message = format!("account `{owner}`, where that of the data set is `{other}`");
                findings.push(Finding::new(&SECOND_OWNER, place(&image.pointer), message));
            }
            let identity = u128::from_be_bytes(first_bytes(image.identity.as_bytes()));
            let seen = FirstSeen { side, line: u32::try_from(line).unwrap_or(u32::MAX), answer };
            match self.images.get(&identity).copied() {
                None => {
                    self.images.insert(identity, seen);
                }
                Some(first) if first.side != side => {
                    findings.push(image_on_both_sides::finding(place(&image.pointer), first.side, first.line));
                }
                Some(first) => {
                    let repeated =
                        if first.answer == answer { image_twice::same_label } else { image_twice::other_label };
                    findings.push(repeated(place(&image.pointer), first.line));
                }
            }
        }
        findings
    }

    /// How many records a side has.
    pub(crate) fn count(&self, side: Side) -> usize {
        self.counts[side as usize]
    }

    /// How many photos were found and looked at.
    pub(crate) fn photo_count(&self) -> usize {
        self.photo_count
    }
}

/// The value that all images share, where this one has another; the first image's is the one.
fn differs(shared: &mut Option<String>, own: Option<&str>) -> Option<String> {
    let own = own?;
    let shared = shared.get_or_insert_with(|| own.to_owned());
    (shared != own).then(|| shared.clone())
}

fn first_bytes<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(&bytes[..N]);
    first
}

/// Facts of so many records.
#[cfg(test)]
pub(crate) fn counts(train: usize, validation: usize) -> DatasetFacts {
    DatasetFacts { counts: [train, validation], ..DatasetFacts::default() }
}

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use super::group_on_both_sides::TrainingGroups;
use super::kinds_of_media_mixed;
use super::repeats::{Repeats, Seen};
use crate::dataset::Side;
use crate::error::Place;
use crate::findings::Finding;
use crate::validate::pass::Home;
use crate::validate::record::{Kind, RecordView, Speaker};
use crate::validate::rules::img::SeenFile;
use crate::validate::rules::s3u::second_bucket::SECOND_BUCKET;
use crate::validate::rules::s3u::second_owner::SECOND_OWNER;
use crate::wording::shortened;

/// What the pass over all records keeps of one until it is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordFacts {
    files: Vec<SeenFile>,
    /// Of what is asked, where that is text alone; white space does not count.
    prompt: Option<u64>,
    /// Of what is to be answered.
    answer: u64,
    has_system: bool,
    /// The kind of media, `None` for text alone.
    media: Option<Kind>,
}

impl RecordFacts {
    /// What is kept of a record with these files.
    pub(crate) fn of(record: &RecordView<'_>, files: Vec<SeenFile>) -> Self {
        let (mut prompt, mut answer) = (DefaultHasher::new(), DefaultHasher::new());
        let media = record.media().map(|at| at.kind).next();
        let mut is_asked = false;
        for text in record.texts() {
            if text.speaker == Speaker::Assistant {
                text.text.hash(&mut answer);
            } else if media.is_none() {
                text.text.split_whitespace().for_each(|word| word.hash(&mut prompt));
                is_asked |= text.speaker == Speaker::User;
            }
        }
        let has_system = record.value.get("system").is_some();
        Self { files, prompt: is_asked.then(|| prompt.finish()), answer: answer.finish(), has_system, media }
    }
}

/// What is known of the records so far: 24 bytes for each file, and for each record of text alone.
#[derive(Debug, Default)]
pub(crate) struct DatasetFacts {
    sides: [SideFacts; 2],
    photo_count: usize,
    /// Where the files must be, or the first one is.
    bucket: Option<String>,
    owner: Option<String>,
    media: Option<Kind>,
    repeats: Repeats,
    groups: TrainingGroups,
}

/// Counts of one side's records.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SideFacts {
    pub(super) records: usize,
    /// Records that may stand on lines that cannot be read.
    pub(super) unread: usize,
    pub(super) with_system: usize,
    pub(super) with_images: usize,
}

impl DatasetFacts {
    /// Nothing seen yet; all images must be at `home`, or where the first one is.
    pub(crate) fn at(home: Option<Home>) -> Self {
        let (bucket, owner) = home.map(|home| (home.bucket, home.owner)).unzip();
        Self { bucket, owner, ..Self::default() }
    }

    #[cfg(test)]
    pub(super) fn of_counts(train: usize, validation: usize) -> Self {
        let side = |records| SideFacts { records, ..SideFacts::default() };
        Self { sides: [side(train), side(validation)], ..Self::default() }
    }

    /// Adds a record and returns what it gives rise to beside the records before it.
    pub(crate) fn add(&mut self, side: Side, file: &Path, line: u64, record: RecordFacts) -> Vec<Finding> {
        let counts = &mut self.sides[side as usize];
        counts.records += 1;
        counts.with_system += usize::from(record.has_system);
        counts.with_images += usize::from(record.media == Some(Kind::Image));
        let mut findings = Vec::new();
        if let Some(media) = record.media {
            let shared = *self.media.get_or_insert(media);
            findings.extend(kinds_of_media_mixed::check(Place::line(file, line), media, shared));
        }
        let seen = |identity, pointer| Seen::new(identity, record.answer, side, line, pointer);
        if let Some(prompt) = record.prompt {
            self.repeats.add(seen(prompt, None));
        }
        for file_at in record.files {
            self.photo_count += usize::from(file_at.is_read);
            let place = || Place::line(file, line).member(file_at.pointer.to_string());
            if let Some(other) = differs(&mut self.bucket, file_at.bucket.as_deref()) {
                let bucket = file_at.bucket.as_deref().unwrap_or_default();
                let message = format!("bucket `{bucket}`, where that of the data set is `{other}`");
                findings.push(Finding::new(&SECOND_BUCKET, place(), message));
            }
            if let Some(other) = differs(&mut self.owner, file_at.owner.as_deref()) {
                let owner = file_at.owner.as_deref().unwrap_or_default();
                let message = format!("account `{owner}`, where that of the data set is `{other}`");
                findings.push(Finding::new(&SECOND_OWNER, place(), message));
            }
            let group = file_at.group.and_then(|group| self.groups.see(side, place(), group, file_at.identity));
            findings.extend(group);
            self.repeats.add(seen(file_at.identity, Some((file_at.kind, file_at.pointer))));
        }
        findings
    }

    /// Adds records that cannot be read.
    pub(crate) fn add_unread(&mut self, side: Side, records: usize) {
        self.sides[side as usize].unread += records;
    }

    /// What is there more than once, when all records were added.
    pub(crate) fn find_repeats(&mut self, files: [Option<&Path>; 2], report: &mut impl FnMut(Finding)) {
        std::mem::take(&mut self.repeats).find(files, report);
    }

    /// How many records a side has.
    pub(crate) fn count(&self, side: Side) -> usize {
        self.sides[side as usize].records
    }

    pub(super) fn side(&self, side: Side) -> SideFacts {
        self.sides[side as usize]
    }

    /// The bucket that the files are in, or the first one is.
    pub(crate) fn bucket(&self) -> Option<&str> {
        self.bucket.as_deref()
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
    // Every record may name it again.
    (shared != own).then(|| shortened(shared, 200).into_owned())
}

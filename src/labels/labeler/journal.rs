//! What a labeling run has read so far, a line a photo, so that a killed one goes on.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::images::Digest;
use crate::line_journal::{LineJournal, read_lines};
use crate::readings::PhotoReading;

/// A line of the journal. Lines of other kinds, cut ones and those that a person broke are passed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    /// A photo was read.
    Reading {
        /// Of the photo's file.
        sha256: Digest,
        /// Of the reader.
        version: String,
        reading: Box<PhotoReading>,
    },
    /// A table is about to be written.
    Table {
        /// Of the table's bytes.
        sha256: Digest,
        /// Rows of a table that was there before, and was kept.
        kept: usize,
    },
    /// A table of several labelers is about to be written.
    Consensus {
        /// Of the table's bytes.
        sha256: Digest,
    },
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(in crate::labels) struct Memory {
    readings: HashMap<(Digest, String), PhotoReading>,
    tables: HashSet<Digest>,
    consensus: HashSet<Digest>,
}

impl Memory {
    /// What was written into a journal; nothing where there is none.
    pub(in crate::labels) fn read(path: &Path) -> Result<Self> {
        Ok(Self::of(read_lines(path)?))
    }

    fn of(lines: Vec<Line>) -> Self {
        let mut memory = Self::default();
        for line in lines {
            match line {
                Line::Reading { sha256, version, reading } => {
                    memory.readings.insert((sha256, version), *reading);
                }
                Line::Table { sha256, kept: 0 } => {
                    memory.tables.insert(sha256);
                }
                Line::Consensus { sha256 } => {
                    memory.consensus.insert(sha256);
                }
                // A table with rows of a person's is that person's.
                Line::Table { .. } => {}
            }
        }
        memory
    }

    /// Whether a table with these bytes is all our own work.
    pub(in crate::labels) fn wrote(&self, table: &Digest) -> bool {
        self.tables.contains(table)
    }

    /// Whether a table with these bytes is a consensus of ours: no labeler's, which is not overwritten by one.
    pub(in crate::labels) fn wrote_consensus(&self, table: &Digest) -> bool {
        self.consensus.contains(table)
    }
}

/// A journal to add to; while it lives, no other process writes into it.
#[derive(Debug)]
pub(in crate::labels) struct Journal {
    memory: Memory,
    lines: LineJournal,
}

impl Journal {
    /// Opens the journal of a table, which is made if it is missing.
    ///
    /// # Errors
    /// Where it cannot be written, or another process is writing into it.
    pub(in crate::labels) fn open(path: &Path) -> Result<Self> {
        let lines = LineJournal::open(path, "wait for it to end, or name another `output_file`.")?;
        Ok(Self { memory: Memory::of(lines.lines()?), lines })
    }

    /// Whether a table with these bytes was all our own work when the journal was opened.
    pub(in crate::labels) fn wrote(&self, table: &Digest) -> bool {
        self.memory.wrote(table)
    }

    /// The reading of a photo by a reader of this version, if the journal has it.
    pub(in crate::labels) fn recall(&self, sha256: Digest, version: &str) -> Option<PhotoReading> {
        self.memory.readings.get(&(sha256, version.to_owned())).cloned()
    }

    /// Adds a reading.
    pub(in crate::labels) fn add_reading(&self, sha256: Digest, version: &str, reading: &PhotoReading) -> Result<()> {
        self.lines.add(&Line::Reading { sha256, version: version.to_owned(), reading: Box::new(reading.clone()) })
    }

    /// Adds that a table is about to be written: before it is, so that a kill between the two cannot make our own table a
    /// stranger. A table that was written so before needs no second line.
    pub(in crate::labels) fn add_table(&self, sha256: Digest, kept: usize) -> Result<()> {
        if kept == 0 && self.memory.wrote(&sha256) {
            return Ok(());
        }
        self.lines.add(&Line::Table { sha256, kept })
    }

    /// Adds that a consensus is about to be written, as [`add_table`](Self::add_table) does for a labeler's table.
    pub(in crate::labels) fn add_consensus(&self, sha256: Digest) -> Result<()> {
        if self.memory.wrote_consensus(&sha256) {
            return Ok(());
        }
        self.lines.add(&Line::Consensus { sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;
    use crate::readings::samples::{IDS, reading};

    #[test]
    fn a_reading_comes_back_for_the_same_bytes_and_the_same_reader_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/labels.csv.journal.jsonl");
        let (photo, seen) = (hash_bytes(b"photo"), reading("a", "甲公司", IDS[0], "1"));
        Journal::open(&path).unwrap().add_reading(photo, "reader 1", &seen).unwrap();
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.recall(photo, "reader 1"), Some(seen));
        assert_eq!(journal.recall(photo, "reader 2"), None);
        assert_eq!(journal.recall(hash_bytes(b"other"), "reader 1"), None);
        let error = Journal::open(&path).unwrap_err();
        assert!(error.to_string().contains("another nova-ft"), "{error}");
    }

    #[test]
    fn a_journal_cut_off_anywhere_loses_its_last_line_alone_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let seen = reading("a", "甲公司", IDS[0], "1");
        let journal = Journal::open(&path).unwrap();
        for photo in ["1", "2"] {
            journal.add_reading(hash_bytes(photo.as_bytes()), "v", &seen).unwrap();
        }
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let line = whole.len() / 2;
        for end in (0..whole.len()).step_by(97) {
            std::fs::write(&path, &whole[..end]).unwrap();
            Journal::open(&path).unwrap().add_reading(hash_bytes(b"3"), "v", &seen).unwrap();
            let memory = Memory::read(&path).unwrap();
            // A line of which only the break is missing is whole.
            let expected = usize::from(end + 1 >= line) + usize::from(end + 1 >= 2 * line) + 1;
            assert_eq!(memory.readings.len(), expected, "cut at {end}");
        }
    }

    #[test]
    fn a_table_with_rows_of_a_person_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let journal = Journal::open(&path).unwrap();
        journal.add_table(hash_bytes(b"ours"), 0).unwrap();
        journal.add_table(hash_bytes(b"theirs"), 3).unwrap();
        journal.add_consensus(hash_bytes(b"consensus")).unwrap();
        drop(journal);
        let memory = Memory::read(&path).unwrap();
        assert!(memory.wrote_consensus(&hash_bytes(b"consensus")) && !memory.wrote_consensus(&hash_bytes(b"ours")));
        assert!(!memory.wrote(&hash_bytes(b"consensus")));
        assert!(memory.wrote(&hash_bytes(b"ours")) && !memory.wrote(&hash_bytes(b"theirs")));
    }
}

//! Labels made by a program: a seller for each photo, and why.

mod journal;
mod table;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use self::journal::{Journal, Memory};
use self::table::{Kept, Row};
use super::rules;
use crate::atomic;
use crate::error::{Error, Result};
use crate::finding::{Levels, Report};
use crate::images::{self, Photo, ScanOptions, hash_bytes};
use crate::invoice::{InvoiceReader, Scope};
use crate::progress::Progress;
use crate::readings::{PhotoReading, ReadOptions, read_all, sheets_of, vote};

/// Who labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Labeler {
    /// The reader on this machine.
    #[default]
    Reader,
}

impl fmt::Display for Labeler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("reader")
    }
}

impl FromStr for Labeler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "reader" { Ok(Self::Reader) } else { Err("expected `reader`".to_owned()) }
    }
}

/// What to do with a table that is there already and has the work of somebody else in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse to touch it.
    #[default]
    Refuse,
    /// Keep each of its rows as it is, and add rows for the photos that have none.
    Keep,
}

/// What [`label`] needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelOptions {
    /// The folder of the photos.
    pub input_dir: PathBuf,
    /// The table to write, CSV. The journal lies beside it: `labels.csv.journal.jsonl`.
    pub output_file: PathBuf,
    /// Who labels.
    pub labeler: Labeler,
    /// Photos that are read at the same time, 1 to [`MOST_AT_ONCE`](crate::readings::MOST_AT_ONCE).
    pub concurrency: usize,
    /// What to do with a table that somebody else has written into.
    pub existing: Existing,
    /// Which findings are not reported, and which are errors.
    pub levels: Levels,
}

impl Default for LabelOptions {
    fn default() -> Self {
        Self {
            input_dir: PathBuf::new(),
            output_file: PathBuf::new(),
            labeler: Labeler::default(),
            concurrency: ReadOptions::default().concurrency,
            existing: Existing::default(),
            levels: Levels::default(),
        }
    }
}

/// What [`label`] did.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The table.
    pub file: PathBuf,
    /// Photos in the folder.
    pub photos: usize,
    /// Photos that an earlier run had read.
    pub recalled: usize,
    /// Rows written for photos.
    pub rows: usize,
    /// Rows of a table that was there before, kept as they were.
    pub kept: usize,
    /// Sheets of paper among the labelled photos.
    pub sheets: usize,
    /// Rows whose seller two independent signals confirm.
    pub confirmed: usize,
    /// Photos without a row, and why; readings that were outvoted.
    pub report: Report,
}

/// Labels the photos of a folder with the seller that stands on each.
///
/// A photo that cannot be read, and one without a seller, has no row and a finding. Every reading goes into a journal beside
/// the table as soon as it is there, by the photo's bytes and the reader's version: a run that was stopped goes on. The
/// table is written in one step at the end, and never over the work of somebody else: see [`Existing`].
///
/// # Errors
/// Where the folder cannot be read, the table or the journal cannot be written, or a table that somebody has written into is
/// in the way. What is wrong with a photo is a finding.
pub fn label(options: &LabelOptions, reader: &dyn InvoiceReader, progress: &dyn Progress) -> Result<Labelled> {
    let read = ReadOptions { scope: Scope::Fields, concurrency: options.concurrency };
    read.check()?;
    let journal_file = journal_file(&options.output_file)?;
    Kept::find(options, &Memory::read(&journal_file)?)?;
    let scan = images::scan(&options.input_dir, &ScanOptions::default())?;
    if scan.photos.is_empty() {
        let hint = "name the folder of the photos with --input-dir.";
        return Err(Error::input(options.input_dir.as_path(), "there is no photo in this folder", hint));
    }
    let journal = Journal::open(&journal_file)?;
    let photos: Vec<_> = scan.photos.iter().collect();
    let version = reader.version();
    let seen = read_all(&photos, read, progress, |photo| read_one(photo, reader, &version, &journal))?;
    let recalled = seen.iter().filter(|seen| matches!(seen, Seen::Recalled(_))).count();

    let mut report = Report::new(options.levels.clone());
    let (mut read_photos, mut readings) = (Vec::new(), Vec::new());
    for (photo, seen) in photos.iter().zip(seen) {
        match seen {
            Seen::Read(reading) | Seen::Recalled(reading) => {
                read_photos.push(*photo);
                readings.push(reading);
            }
            Seen::Failed(why) => report.push(rules::photo_not_read::found(&photo.path, &why)),
        }
    }
    let sheets = sheets_of(&readings);
    let votes = vote(&readings, &sheets);

    // Read again: a person may have written into the table while the photos were read.
    let kept = Kept::find(options, &Memory::read(&journal_file)?)?;
    let has_row = kept.as_ref().map(|kept| kept.photos(&scan)).unwrap_or_default();
    let mut rows = Vec::new();
    for (((photo, reading), sheet), vote) in read_photos.iter().zip(&readings).zip(&sheets).zip(&votes) {
        if has_row.contains(&photo.name) {
            continue;
        }
        let Some(vote) = vote else {
            report.push(rules::seller_not_read::found(photo.path.as_path(), "it has no row"));
            continue;
        };
        if let Some(own) = &vote.outvoted {
            report.push(rules::reading_outvoted::found(&photo.path, own, &vote.seller));
        }
        let (sheet, invoice, labeler) = (sheet.as_deref(), &reading.invoice, "reader");
        rows.push(Row { image: &photo.name, vote, sheet, invoice, labeler, version: &version });
    }
    report.sort();
    if !rows.is_empty() {
        let bytes = table::write(kept.as_ref(), &rows, &options.output_file)?;
        journal.add_table(hash_bytes(&bytes), kept.as_ref().map_or(0, |kept| kept.row_count))?;
        atomic::write(&options.output_file, &bytes)?;
    }
    Ok(Labelled {
        file: options.output_file.clone(),
        photos: photos.len(),
        recalled,
        rows: rows.len(),
        kept: kept.map_or(0, |kept| kept.row_count),
        sheets: rows.iter().filter_map(|row| row.sheet).collect::<HashSet<_>>().len(),
        confirmed: rows.iter().filter(|row| row.vote.is_confirmed()).count(),
        report,
    })
}

/// The journal of a table.
fn journal_file(table: &Path) -> Result<PathBuf> {
    let Some(name) = table.file_name() else {
        return Err(Error::input(table, "this is no file", "name the table to write with --output-file."));
    };
    let mut name = name.to_owned();
    name.push(".journal.jsonl");
    Ok(table.with_file_name(name))
}

/// What came of a photo.
enum Seen {
    Read(PhotoReading),
    Recalled(PhotoReading),
    Failed(String),
}

/// Reads a photo, unless the journal has its reading. Only a journal that cannot be written is an error.
fn read_one(photo: &Photo, reader: &dyn InvoiceReader, version: &str, journal: &Journal) -> Result<Seen> {
    if let Err(fault) = &photo.header {
        return Ok(Seen::Failed(format!("{fault}; {}", fault.hint().trim_end_matches('.'))));
    }
    let sha256 = match images::hash_file(&photo.path) {
        Ok(sha256) => sha256,
        Err(error) => return Ok(Seen::Failed(error.with_causes())),
    };
    if let Some(reading) = journal.recall(sha256, version) {
        return Ok(Seen::Recalled(reading));
    }
    let reading: PhotoReading = match reader.read(&photo.path, Scope::Fields) {
        Ok(reading) => reading.into(),
        Err(error) => return Ok(Seen::Failed(error.with_causes())),
    };
    journal.add_reading(sha256, version, &reading)?;
    Ok(Seen::Read(reading))
}

#[cfg(test)]
mod tests;

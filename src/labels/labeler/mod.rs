//! Labels made by a program: a seller for each photo, and why.

mod journal;
mod reader;
mod table;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use self::reader::label;
use crate::error::{Error, Result};
use crate::finding::{Levels, Report};
use crate::readings::ReadOptions;

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

/// The journal of a table.
fn journal_file(table: &Path) -> Result<PathBuf> {
    let Some(name) = table.file_name() else {
        return Err(Error::input(table, "this is no file", "name the table to write with --output-file."));
    };
    let mut name = name.to_owned();
    name.push(".journal.jsonl");
    Ok(table.with_file_name(name))
}

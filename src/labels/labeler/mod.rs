//! Labels made by a program: a seller for each photo, and why.

mod batch;
mod conclude;
mod converse;
pub(super) mod journal;
mod merge;
mod model_row;
mod part;
mod parts;
mod plan;
mod reader;
#[cfg(test)]
mod samples;
mod shard;
mod table;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use self::batch::{
    BatchLimits, BatchNeed, BatchNotice, BatchOptions, BatchServices, BatchStore, BatchTokens, Consent, label_by_batch,
};
pub use self::converse::label_by_model;
use self::journal::Memory;
pub use self::merge::{MergeOptions, merge};
pub use self::model_row::KnownReading;
pub use self::parts::{PartStore, PartsPlace};
pub use self::plan::{AskPlan, ModelOptions};
pub use self::reader::label;
pub use self::shard::{MOST_SHARDS, Shard, ShardLabelled, ShardOptions, label_shard};
use self::table::Kept;
pub use self::words::{LabelPrompt, Said, clean_answer};
use crate::error::{Error, Result};
use crate::findings::{Levels, Report};
use crate::images::{self, Header, Photo, Scan, ScanOptions};
use crate::readings::ReadOptions;

/// Who labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Labeler {
    /// The reader on this machine.
    #[default]
    Reader,
    /// A model on Bedrock, a photo at a time.
    Converse,
    /// A model on Bedrock, many photos in a job.
    Batch,
}

impl fmt::Display for Labeler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reader => "reader",
            Self::Converse => "converse",
            Self::Batch => "batch",
        })
    }
}

impl FromStr for Labeler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "reader" => Ok(Self::Reader),
            "converse" => Ok(Self::Converse),
            "batch" => Ok(Self::Batch),
            _ => Err("expected `reader`, `converse` or `batch`".to_owned()),
        }
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
    /// The table to write, CSV. The journal lies beside it: `labels.csv.journal.jsonl`, and that of a model's answers:
    /// `labels.csv.answers.jsonl`.
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
    /// What was asked, where a model labels.
    pub asking: Option<Asking>,
}

/// What a model was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asking {
    /// Which.
    pub model: String,
    /// Photos that differ: each has a question.
    pub distinct: usize,
    /// Questions that were answered now.
    pub asked: usize,
    /// Questions that were not asked, since more may not be spent.
    pub left: usize,
    /// Tokens of all questions with an answer, those of earlier runs too.
    pub input_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// What both cost, where prices are known.
    pub cost_usd: Option<f64>,
}

/// The photos of the folder, and the table that is there already.
fn scan_photos(options: &LabelOptions) -> Result<(Scan, Option<Kept>)> {
    let kept = kept_table(options)?;
    let scan = images::scan(&options.input_dir, &ScanOptions::default())?;
    if scan.photos.is_empty() {
        return Err(no_photo(&options.input_dir));
    }
    Ok((scan, kept))
}

/// The header of a photo that can have a row; else why it cannot.
fn header_of(photo: &Photo) -> Result<&Header, String> {
    if photo.name.contains(['\n', '\r']) {
        return Err("its name has a line break, which a row of labels cannot hold; rename the file".to_owned());
    }
    photo.header.as_ref().map_err(|fault| format!("{fault}; {}", fault.hint().trim_end_matches('.')))
}

/// The error of a folder without photos.
fn no_photo(folder: &Path) -> Error {
    Error::input(folder, "there is no photo in this folder", "name the folder of the photos with `input_dir`.")
}

/// The table that is there already and stays.
fn kept_table(options: &LabelOptions) -> Result<Option<Kept>> {
    Kept::find(options, &Memory::read(&journal_file(&options.output_file)?)?)
}

/// The journal of a table.
pub(super) fn journal_file(table: &Path) -> Result<PathBuf> {
    beside(table, ".journal.jsonl")
}

/// A file beside a table that has its name, and more.
fn beside(table: &Path, more: &str) -> Result<PathBuf> {
    let Some(name) = table.file_name() else {
        return Err(Error::input(table, "this is no file", "name the table to write with `output_file`."));
    };
    let mut name = name.to_owned();
    name.push(more);
    Ok(table.with_file_name(name))
}

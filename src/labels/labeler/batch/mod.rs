//! Labels by a model through batch inference: all photos in one go, for half the price, within hours.
//!
//! A job takes the records of many photos from a folder in S3 and writes its answers beside it. What was planned, created
//! and fetched stands in a journal beside the table, and the answers in that of the labeler `converse`: a run that was
//! stopped anywhere goes on, and no photo is asked about twice. Job and request token come from what is asked, so that a job
//! whose creation nobody wrote down is found again by its name.
//!
//! A photo without an answer is asked about once more in a next job. Where fewer are left than a job takes, they are
//! findings, and the labeler `converse` asks about them, at its price, when it is told to.

mod fetch;
mod journal;
mod need;
mod photos;
mod plan;
mod records;
mod rows;
mod send;
mod start;
mod watch;
mod work;

use std::collections::HashSet;
use std::time::Duration;

use self::journal::BatchJournal;
use self::photos::Album;
use self::work::Work;
use super::journal::{Journal, Memory};
use super::model_row::{COLUMNS, KnownReading, known_sheets};
use super::table::{Kept, write_table};
use super::words::LabelPrompt;
use super::{LabelOptions, Labelled, beside, journal_file, no_photo};
use crate::aws::bedrock::{BatchJobs, BatchState};
use crate::aws::inference::AnswerJournal;
use crate::error::{Error, Result};
use crate::findings::Report;
use crate::images::{self, Scan, ScanOptions};
use crate::pace::Pace;
use crate::progress::Progress;

pub use self::need::{BatchNeed, BatchTokens, Consent};
pub use self::plan::BatchLimits;
pub use self::send::BatchStore;

/// How often a photo is asked about in all.
const MOST_TRIES: usize = 2;

/// What labeling by batch needs to know beside [`LabelOptions`].
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// The question.
    pub prompt: LabelPrompt,
    /// A base model's id for inference, or a profile.
    pub model_id: String,
    /// What the answers are remembered by: the backend and the model.
    pub memory_key: String,
    /// The role that Bedrock takes on.
    pub role_arn: String,
    /// Where photos, records and answers go.
    pub bucket: String,
    /// Below which prefix.
    pub prefix: String,
    /// What a job takes.
    pub limits: BatchLimits,
    /// How long to wait between two looks at the jobs.
    pub interval: Duration,
}

/// What is told while it goes on.
#[derive(Debug)]
pub enum BatchNotice<'a> {
    /// So many photos will be asked about in so many jobs.
    Planned {
        /// Jobs.
        jobs: usize,
        /// Distinct photos.
        photos: usize,
    },
    /// A job was created.
    Created(&'a str, &'a str),
    /// A job was found that an earlier run had created.
    Found(&'a BatchState),
    /// The first look at a job, or something changed.
    Changed(&'a BatchState),
    /// A look that showed what is known already.
    Looked(&'a BatchState),
    /// Nothing has changed for long.
    Stalled {
        /// The job.
        job: &'a BatchState,
        /// For how long.
        length: Duration,
    },
    /// A look that failed in a way that may pass.
    Trouble(&'a Error),
    /// The answers of a job are there; what is wrong with its files, where something is.
    Fetched {
        /// The job.
        job: &'a BatchState,
        /// Answers that were new.
        answers: usize,
        /// Records that the service could not answer.
        errors: usize,
        /// Lines that are no answers, or answers to nobody's question.
        odd: usize,
    },
}

/// Who does what for a run: the services, the time, and who hears of it.
#[derive(Clone, Copy)]
pub struct BatchServices<'a> {
    /// The jobs.
    pub jobs: &'a dyn BatchJobs,
    /// The objects.
    pub store: &'a dyn BatchStore,
    /// The time.
    pub pace: &'a dyn Pace,
    /// Hears of long work on this machine.
    pub progress: &'a dyn Progress,
    /// Hears of the jobs.
    pub observe: &'a dyn Fn(&BatchNotice<'_>),
    /// Asked each time before something is sent; an error ends the run.
    pub agree: &'a dyn Fn(&BatchNeed) -> Result<Consent>,
    /// What the reader has read before.
    pub known: KnownReading<'a>,
    /// What tokens in and out cost in a batch, US dollars, where prices are known.
    pub cost_usd: &'a dyn Fn(u64, u64) -> Option<f64>,
}

impl std::fmt::Debug for BatchServices<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchServices").finish_non_exhaustive()
    }
}

/// Labels the photos of a folder with what a model says of each, through batch inference.
///
/// Each distinct photo is asked about once, however many files show it, unless each of them has a row in a table that is kept. A
/// photo without an answer has no row and a finding.
///
/// # Errors
/// Where there are fewer photos to ask about than a job takes, or it could cost more than may be spent, and none has an answer
/// yet; where a job fails, or its answers cannot be had; where the folder cannot be read, the table or a journal cannot be
/// written, the service refuses.
pub fn label_by_batch(options: &LabelOptions, batch: &BatchOptions, services: BatchServices<'_>) -> Result<Labelled> {
    let journal_path = journal_file(&options.output_file)?;
    let find_kept = || Kept::find(options, &Memory::read(&journal_path)?);
    let kept = find_kept()?;
    let scan = images::scan(&options.input_dir, &ScanOptions::default())?;
    if scan.photos.is_empty() {
        return Err(no_photo(&options.input_dir));
    }
    let journal = Journal::open(&journal_path)?;
    let answers = AnswerJournal::open(&beside(&options.output_file, ".answers.jsonl")?)?;
    let batches = BatchJournal::open(&beside(&options.output_file, ".batch.jsonl")?)?;
    let album = Album::of(&scan, services.progress)?;
    let lacking = album.lacking(&names_with_row(kept.as_ref(), &scan));
    let work = Work { album: &album, lacking, answers: &answers, journal: &batches, batch, services };
    let (recalled, before) = (work.answered(), work.answers_given());
    let left = work.all(options.input_dir.as_path())?;

    // Read again: a person may have written into the table meanwhile.
    let kept = find_kept()?;
    let has_row = names_with_row(kept.as_ref(), &scan);
    let mut report = Report::new(options.levels.clone());
    let shown = album.files.iter().filter_map(|(photo, shown)| Some((*shown.as_ref().ok()?, photo)));
    let sheets = known_sheets(shown, services.known);
    let rows = rows::rows(&work, left, &has_row, &sheets, &mut report);
    report.sort();
    write_table(kept.as_ref(), &COLUMNS, &rows, &options.output_file, &journal)?;
    Ok(Labelled {
        file: options.output_file.clone(),
        photos: scan.photos.len(),
        recalled,
        rows: rows.len(),
        kept: kept.map_or(0, |kept| kept.row_count),
        sheets: sheets.values().collect::<HashSet<_>>().len(),
        confirmed: 0,
        report,
        asking: Some(work.asking(before, left)),
    })
}

/// The files that have a row already, by name.
fn names_with_row(kept: Option<&Kept>, scan: &Scan) -> HashSet<String> {
    kept.map(|kept| kept.photos(scan)).unwrap_or_default()
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

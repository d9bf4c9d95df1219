//! The pass over the files: lines in order, records of a batch in parallel, then what only all records together show.

use std::path::Path;

use rayon::prelude::*;

use super::record::RecordView;
use super::rules::spl::{DatasetFacts, RecordFacts};
use super::rules::{self, Context};
use super::{Model, Validated};
use crate::dataset::Side;
use crate::dataset::jsonl::{Line, LineContent, Reader};
use crate::error::{IoContext, Result};
use crate::finding::{Finding, Levels, Report};
use crate::progress::Progress;

/// Records checked together; bounds the memory of a pass.
const BATCH: usize = 512;

/// The files of one data set.
#[derive(Debug, Clone)]
pub(super) struct Files<'a> {
    pub(super) train: &'a Path,
    pub(super) validation: Option<&'a Path>,
    /// Where all images must be; without it, where the first one is.
    pub(super) home: Option<Home>,
}

/// A bucket and the account that owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) bucket: String,
    pub(crate) owner: String,
}

/// Runs every rule over the files.
pub(super) fn run(
    files: &Files<'_>,
    model: Model,
    context: Context<'_>,
    levels: &Levels,
    progress: &dyn Progress,
) -> Result<Validated> {
    let mut report = Report::new(levels.clone());
    let mut facts = DatasetFacts::at(files.home.clone());
    let sides = [(Side::Train, Some(files.train)), (Side::Validation, files.validation)];
    for (side, file) in sides.into_iter().filter_map(|(side, file)| Some((side, file?))) {
        rules::jsl::check_file_name(file, &mut report);
        let size = std::fs::metadata(file).at("read", file)?.len();
        progress.begin(&format!("checking {}", file.display()), size);
        let mut reader = Reader::open(file)?;
        loop {
            let batch = read_batch(&mut reader)?;
            if batch.is_empty() {
                break;
            }
            let checked: Vec<_> = batch.par_iter().map(|line| check_line(file, line, context)).collect();
            for (line, (findings, record)) in batch.iter().zip(checked) {
                report.extend(findings);
                if let Some(record) = record {
                    report.extend(facts.add(side, file, line.number, record));
                }
                progress.advance(line.raw.len() as u64);
            }
        }
        progress.end();
    }
    report.extend(rules::spl::check_counts(&facts, files.train, model));
    report.sort();
    Ok(Validated {
        report,
        train_count: facts.count(Side::Train),
        validation_count: facts.count(Side::Validation),
        photo_count: facts.photo_count(),
    })
}

fn read_batch(reader: &mut Reader) -> Result<Vec<Line>> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut size = 0;
    while batch.len() < BATCH && size < crate::finding::limits::MAX_LINE_BYTES {
        let Some(line) = reader.next_line()? else { break };
        size += line.raw.len();
        batch.push(line);
    }
    Ok(batch)
}

/// The findings of one line, and what the pass over all records needs of it.
pub(super) fn check_line(file: &Path, line: &Line, context: Context<'_>) -> (Vec<Finding>, Option<RecordFacts>) {
    let mut findings = Vec::new();
    rules::jsl::check_line(file, line, &mut findings);
    let LineContent::Json(value) = &line.content else { return (findings, None) };
    let record = RecordView { file, line: line.number, line_count: line.line_count, value };
    for check in rules::RECORD_CHECKS {
        check(&record, context, &mut findings);
    }
    let images = rules::img::check_photos(&record, context, &mut findings);
    (findings, Some(RecordFacts { images, answer: record.answer() }))
}

//! The pass over the files: lines in order, those of a batch in parallel, then what only all records together show.

use std::collections::BTreeMap;
use std::path::Path;

use super::Validated;
use super::batches::check_lines;
use super::record::RecordView;
use super::rules::spl::{DatasetFacts, RecordFacts};
use super::rules::{self, Context};
use crate::dataset::Side;
use crate::dataset::jsonl::{Content, Line, Reader};
use crate::error::{IoContext, Result};
use crate::findings::{Finding, Levels, Report};
use crate::progress::Progress;
use crate::wording::counted;

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
    context: Context<'_>,
    levels: &Levels,
    progress: &dyn Progress,
) -> Result<Validated> {
    let mut report = Report::new(levels.clone());
    let mut facts = DatasetFacts::at(files.home.clone());
    let paths = [Some(files.train), files.validation];
    for (side, file) in [Side::Train, Side::Validation].into_iter().zip(paths) {
        let Some(file) = file else { continue };
        run_file(side, file, context, &mut facts, &mut report, progress)?;
    }
    report.extend(rules::spl::check_whole(&facts, paths, context.model));
    facts.find_repeats(paths, &mut |finding| report.push(finding));
    report.sort();
    Ok(Validated {
        report,
        train_count: facts.count(Side::Train),
        validation_count: facts.count(Side::Validation),
        photo_count: facts.photo_count(),
        bucket: facts.bucket().map(str::to_owned),
    })
}

fn run_file(
    side: Side,
    file: &Path,
    context: Context<'_>,
    facts: &mut DatasetFacts,
    report: &mut Report,
    progress: &dyn Progress,
) -> Result<()> {
    rules::jsl::check_file_name(file, report);
    let size_bytes = std::fs::metadata(file).at("read", file)?.len();
    progress.begin(&format!("checking {}", file.display()), size_bytes);
    let mut folded = Folded::default();
    let take = |lines: Vec<CheckedLine>, size: usize| {
        for line in lines {
            let findings = line.findings.into_iter().filter_map(|finding| folded.take(finding));
            findings.for_each(|finding| report.push(finding));
            match line.record {
                Ok(record) => report.extend(facts.add(side, file, line.number, record)),
                Err(unread) => facts.add_unread(side, unread),
            }
        }
        progress.advance(size as u64);
    };
    check_lines(Reader::open(file)?, |line| CheckedLine::new(file, line, context), take)?;
    report.extend(folded.into_findings());
    progress.end();
    Ok(())
}

/// What came of one line.
struct CheckedLine {
    number: u64,
    findings: Vec<Finding>,
    /// Of a line that holds no record, how many may stand there.
    record: std::result::Result<RecordFacts, usize>,
}

impl CheckedLine {
    fn new(file: &Path, line: &Line<'_>, context: Context<'_>) -> Result<Self> {
        let (findings, record) = check_line(file, line, context)?;
        Ok(Self { number: line.number, findings, record: record.ok_or_else(|| line.records_unread()) })
    }
}

/// The findings of one line, and what the pass over all records needs of it.
///
/// # Errors
/// Where an image is there and cannot be read: that says nothing of the record.
pub(super) fn check_line(
    file: &Path,
    line: &Line<'_>,
    context: Context<'_>,
) -> Result<(Vec<Finding>, Option<RecordFacts>)> {
    let mut findings = Vec::new();
    let content = line.content();
    rules::jsl::check_line(file, line, &content, &mut findings);
    let Content::Json(value) = &content else { return Ok((findings, None)) };
    if !value.is_object() {
        return Ok((findings, None));
    }
    let record = RecordView::new(file, line.number, value);
    for check in rules::RECORD_CHECKS {
        check(&record, context, &mut findings);
    }
    let images = rules::img::check_photos(&record, context, &mut findings)?;
    Ok((findings, Some(RecordFacts::of(&record, images))))
}

/// Findings that are said once for a file, with the number of lines that have them.
#[derive(Debug, Default)]
struct Folded(BTreeMap<&'static str, (Finding, usize)>);

impl Folded {
    /// Keeps a finding of such a rule, and gives others back.
    fn take(&mut self, finding: Finding) -> Option<Finding> {
        if !rules::ONCE_A_FILE.contains(&finding.rule) {
            return Some(finding);
        }
        let code = finding.rule.code;
        self.0.entry(code).and_modify(|(_, others)| *others += 1).or_insert((finding, 0));
        None
    }

    fn into_findings(self) -> impl Iterator<Item = Finding> {
        self.0.into_values().map(|(mut finding, others)| {
            if others > 0 {
                finding.message = format!("{}; so it is on {}", finding.message, counted(others, "more line"));
            }
            finding
        })
    }
}

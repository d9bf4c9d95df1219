//! Labels beside what stands on the photos: which not to trust, and why.
//!
//! [`audit`] reads the photo of each label and says right, differs or unreadable; [`fix`] writes a copy of the table with the
//! labels changed that two independent signals speak against. What the table alone tells is [`crate::labels::audit`].

pub(crate) mod crop;
mod event;
mod fix;
mod groups;
mod judge;
mod markdown;
mod page;
mod text;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

pub use event::{VerdictEvent, render_audit_json};
pub use fix::{FixedLabels, Remedy, check_fix_target, fix};
pub use markdown::render_audit_markdown;
pub use page::render_audit_html;
pub use text::render_audit_text;

use crate::error::{Place, Result};
use crate::exact::exact_form;
use crate::findings::{Finding, Levels, Report, Severity};
use crate::images::{self, Photo, ScanOptions};
use crate::invoice::{InvoiceReader, Reading, Scope};
use crate::labels::{LabelRow, Labels, match_photos, rules};
use crate::progress::Progress;
use crate::reader::{Page, Quad, QuarterTurn};
use crate::readings::{PhotoReading, ReadOptions, Vote, read_all, sheets_of, vote};

/// What [`audit`] needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditOptions {
    /// The label table, CSV.
    pub labels: PathBuf,
    /// The folder of the photos.
    pub input_dir: PathBuf,
    /// Photos that are read at the same time, 1 to [`MOST_AT_ONCE`](crate::readings::MOST_AT_ONCE).
    pub concurrency: usize,
    /// Which findings are not reported, and which are errors.
    pub levels: Levels,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            labels: PathBuf::new(),
            input_dir: PathBuf::new(),
            concurrency: ReadOptions::default().concurrency,
            levels: Levels::default(),
        }
    }
}

/// What a photo says of its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The same name stands there.
    Right,
    /// No seller can be read there.
    Unreadable,
    /// Another name stands there.
    Differs,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Right => "right",
            Self::Unreadable => "unreadable",
            Self::Differs => "differs",
        })
    }
}

/// A label and its photo.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditedLabel {
    /// The row of the table.
    pub row: LabelRow,
    /// The photo.
    pub photo: PathBuf,
    /// What it says of the label.
    pub verdict: Verdict,
    /// The seller that it shows, where anything says so.
    pub vote: Option<Vote>,
    /// The sheet of paper that it shows.
    pub sheet: Option<String>,
    /// Where the seller's block stands.
    pub block: Option<Block>,
    /// The rules that fire on the row, with the severity that the levels give them; the worst first.
    pub codes: Vec<(&'static str, Severity)>,
}

/// Where the seller's name stands on a photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// By how much the photo, upright by EXIF, is turned to be read.
    pub turn: QuarterTurn,
    /// The name, px of the page.
    pub seller: Quad,
    /// Width of the page, px: a large photo is read smaller than it is.
    pub page_width_px: u32,
}

impl AuditedLabel {
    /// The worst that was found about it.
    pub fn severity(&self) -> Option<Severity> {
        self.codes.first().map(|(_, severity)| *severity)
    }
}

/// What [`audit`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// The label table.
    pub file: PathBuf,
    /// The labels whose photos are there, in the order of the table.
    pub labels: Vec<AuditedLabel>,
    /// All findings.
    pub report: Report,
}

impl Audited {
    /// How many labels have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.labels.iter().filter(|label| label.verdict == verdict).count()
    }

    /// The labels, the worst first.
    pub fn worst_first(&self) -> Vec<&AuditedLabel> {
        let mut labels: Vec<_> = self.labels.iter().collect();
        labels.sort_by_key(|label| (Reverse((label.severity(), label.verdict)), label.row.line));
        labels
    }

    /// What was looked at and how it came out: `50 labels beside their photos: 4 right, 46 differ, 0 unreadable`.
    pub fn summary(&self) -> String {
        let labels = crate::wording::counted(self.labels.len(), "label");
        let [right, differ, unreadable] =
            [Verdict::Right, Verdict::Differs, Verdict::Unreadable].map(|verdict| self.count(verdict));
        format!("{labels} beside their photos: {right} right, {differ} differ, {unreadable} unreadable")
    }
}

/// Rules that only doubt a name, by the names of other rows or by its form: a photo that shows the name settles them.
const SETTLED_BY_PHOTO: [&crate::findings::Rule; 5] = [
    &rules::NAME_WITHOUT_ORGANISATION_ENDING,
    &rules::SHEET_WITH_TWO_SELLERS,
    &rules::TAXPAYER_ID_WITH_TWO_SELLERS,
    &rules::RARE_NAME_NEAR_FREQUENT,
    &rules::BUYER_FOR_SELLER,
];

/// Reads the photo of each label and compares.
///
/// # Errors
/// Where the table or the folder cannot be read, or an option cannot be used. What is wrong with a label or a photo is a
/// finding.
pub fn audit(options: &AuditOptions, reader: &dyn InvoiceReader, progress: &dyn Progress) -> Result<Audited> {
    let read_options = ReadOptions { scope: Scope::Fields, concurrency: options.concurrency };
    read_options.check()?;
    let read = Labels::read(&options.labels)?;
    let scan = images::scan(&options.input_dir, &ScanOptions::default())?;
    let matched = match_photos(&read.labels, &scan);
    let photos: Vec<&Photo> = matched.pairs.iter().map(|(_, photo)| photo).collect();
    let seen = read_all(&photos, read_options, progress, |photo| Seen::of(photo, reader))?;

    // By place among the labels: what was read, the vote and the sheet.
    let read_at: Vec<usize> = (0..seen.len()).filter(|at| seen[*at].reading.is_ok()).collect();
    let readings: Vec<PhotoReading> = seen.iter().filter_map(|seen| seen.reading.as_ref().ok().cloned()).collect();
    let sheets = sheets_of(&readings);
    let votes: HashMap<usize, (Option<Vote>, Option<String>)> =
        read_at.into_iter().zip(vote(&readings, &sheets).into_iter().zip(sheets)).collect();

    let mut findings = read.findings;
    findings.extend(matched.findings);
    let mut labels = Vec::with_capacity(seen.len());
    for (at, ((row, photo), seen)) in matched.pairs.into_iter().zip(seen).enumerate() {
        let (vote, sheet) = votes.get(&at).cloned().unwrap_or_default();
        let place = Place::line(&options.labels, row.line).member("seller");
        let (verdict, finding) = judge::judge(&place, &row.seller, vote.as_ref(), &seen);
        findings.extend(finding.map(|finding| finding.with_photo(&photo.path)));
        let (block, codes) = (seen.block, Vec::new());
        labels.push(AuditedLabel { row, photo: photo.path, verdict, vote, sheet, block, codes });
    }
    findings.extend(groups::disagreeing(&options.labels, &labels));
    findings.extend(of_the_table(&read.labels, &labels, &findings));
    Ok(conclude(options, labels, findings))
}

/// What the table alone tells, without what the photos have settled and what is said already.
fn of_the_table(table: &Labels, labels: &[AuditedLabel], said: &[Finding]) -> Vec<Finding> {
    let right: HashMap<u64, bool> =
        labels.iter().map(|label| (label.row.line, label.verdict == Verdict::Right)).collect();
    let is_right =
        |finding: &Finding| finding.place.line.and_then(|line| right.get(&line)).copied().unwrap_or_default();
    let is_settled = |finding: &Finding| SETTLED_BY_PHOTO.contains(&finding.rule) && is_right(finding);
    let said: BTreeSet<_> = said.iter().map(|finding| (finding.rule.code, &finding.place)).collect();
    let is_said = |finding: &Finding| said.contains(&(finding.rule.code, &finding.place));
    let found = crate::labels::audit_rows(table).into_iter();
    found.filter(|finding| !is_settled(finding) && !is_said(finding)).collect()
}

fn conclude(options: &AuditOptions, mut labels: Vec<AuditedLabel>, findings: Vec<Finding>) -> Audited {
    let mut by_line: HashMap<u64, Vec<(&'static str, Severity)>> = HashMap::new();
    let of_rows = findings.iter().filter(|finding| finding.place.file.as_deref() == Some(options.labels.as_path()));
    for finding in of_rows {
        let severity = options.levels.apply(finding.rule, finding.severity);
        // A note is of no row in particular: it may stand for many.
        let severity = severity.filter(|severity| *severity > Severity::Note);
        if let (Some(line), Some(severity)) = (finding.place.line, severity) {
            by_line.entry(line).or_default().push((finding.rule.code, severity));
        }
    }
    for label in &mut labels {
        label.codes = by_line.remove(&label.row.line).unwrap_or_default();
        label.codes.sort_by_key(|(code, severity)| (Reverse(*severity), *code));
    }
    let mut report = Report::new(options.levels.clone());
    report.extend(findings);
    report.sort();
    Audited { file: options.labels.clone(), labels, report }
}

/// What was seen of a photo.
#[derive(Debug)]
struct Seen {
    /// Or why it could not be read.
    reading: Result<PhotoReading, String>,
    lines: Vec<String>,
    /// The least probability of a character in the line of the seller's name, 0 to 1.
    weakest: Option<f32>,
    block: Option<Block>,
}

impl Seen {
    fn of(photo: &Photo, reader: &dyn InvoiceReader) -> Result<Self> {
        let failed = |why: String| Self { reading: Err(why), lines: Vec::new(), weakest: None, block: None };
        if let Err(fault) = &photo.header {
            return Ok(failed(format!("{fault}; {}", fault.hint().trim_end_matches('.'))));
        }
        Ok(match reader.read(&photo.path, Scope::Fields) {
            Ok(Reading { pixels_sha256, page, invoice }) => Self {
                block: invoice.seller.as_ref().map(|seller| Block {
                    turn: page.turn,
                    seller: seller.quad,
                    page_width_px: page.width_px,
                }),
                weakest: invoice.seller.as_ref().and_then(|seller| weakest_of(&page, &seller.value)),
                lines: page.lines.into_iter().map(|line| line.text).collect(),
                reading: Ok(PhotoReading { pixels_sha256, invoice }),
            },
            Err(error) => failed(error.of_one_file()?),
        })
    }

    fn buyer(&self) -> Option<&str> {
        self.reading.as_ref().ok()?.invoice.buyer.as_ref().map(|buyer| buyer.value.as_str())
    }
}

/// How sure the weakest character is in the line that a name was read from.
fn weakest_of(page: &Page, name: &str) -> Option<f32> {
    let name = exact_form(name);
    let lines = page.lines.iter().filter(|line| exact_form(&line.text).contains(&name));
    lines.map(|line| line.weakest).max_by(f32::total_cmp)
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

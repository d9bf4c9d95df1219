use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};

use super::columns::Columns;
use super::oddity::{Oddity, OddityKind};
use super::series::{Row, Series, file_name};
use crate::dataset::Side;
use crate::error::{Error, IoContext as _, Place, Result};
use crate::files::{self, MAX_METRICS_BYTES};
use crate::source_access;
use crate::wording::quoted;

/// The largest whole number that every decimal with a point can be told from its neighbours at.
const LARGEST_STEP: f64 = 9_007_199_254_740_992.0;
/// What programs write into a cell that has no value.
const NO_VALUE: [&str; 6] = ["", "none", "null", "na", "n/a", "-"];

/// Reads a metrics file of a job.
///
/// # Errors
/// Where the file cannot be read, has no rows or no column that tells a loss, or has text in place of a number.
pub fn read_series(file: &Path, side: Side) -> Result<Series> {
    source_access::note(file);
    parse_series(&files::read(file, MAX_METRICS_BYTES).at("read", file)?, file, side)
}

/// Reads a metrics file from its bytes. `source` is only named.
///
/// # Errors
/// As [`read_series`].
pub fn parse_series(bytes: &[u8], source: &Path, side: Side) -> Result<Series> {
    let from_bedrock = || format!("Bedrock writes `{}` below the job's output when it has trained.", file_name(side));
    let encoding = Encoding::for_bom(bytes).map_or(UTF_8, |(encoding, _)| encoding);
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    if text.trim().is_empty() {
        return Err(Error::input(source, "the file is empty", from_bedrock()));
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator(&text)).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord| {
        reader.read_byte_record(record).map_err(|error| Error::input(source, error.to_string(), from_bedrock()))
    };
    next(&mut record)?;
    let columns = Columns::of(&record, source, side)?;
    let mut rows = Rows { source, odd: BTreeMap::new(), read: Vec::new(), fractions: Vec::new() };
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    while next(&mut record)? {
        let line = lines.of_row(record.position().map_or(0, |position| position.byte() as usize));
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        rows.push(&record, columns, line)?;
    }
    if rows.read.is_empty() {
        let hint = "the job wrote the header and no step yet: wait until it has trained, then read it again.";
        return Err(Error::input(source, "there is a header and no row", hint));
    }
    Ok(rows.finish(side))
}

/// Spreadsheets of some countries write semicolons.
fn separator(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|byte| header.as_bytes().contains(byte)).unwrap_or(b',')
}

/// Counts lines. The reader of CSV passes over blank ones, and takes them for the beginning of the row after them.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line that a row stands on which the reader says begins at `byte`. Rows are asked for in their order.
    fn of_row(&mut self, byte: usize) -> u64 {
        let blank = |at: usize| matches!(self.text.get(at), Some(b'\n' | b'\r'));
        while self.at < self.text.len() && (self.at < byte || blank(self.at)) {
            let pair = self.text[self.at] == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
            self.line += u64::from(blank(self.at) && !pair);
            self.at += 1;
        }
        self.line
    }
}

struct Rows<'a> {
    source: &'a Path,
    odd: BTreeMap<OddityKind, (u64, usize)>,
    read: Vec<Row>,
    /// The epoch of each row, as it is written.
    fractions: Vec<Option<f64>>,
}

impl Rows<'_> {
    fn note(&mut self, kind: OddityKind, line: u64) {
        let (first, count) = self.odd.entry(kind).or_insert((line, 0));
        *first = (*first).min(line);
        *count += 1;
    }

    fn push(&mut self, record: &ByteRecord, columns: Columns, line: u64) -> Result<()> {
        let number = |column: Option<usize>, name: &str| match column.and_then(|at| record.get(at)) {
            None => Ok(None),
            Some(cell) => number(cell).map_err(|text| {
                let what = format!("{} is not a number", quoted(&text));
                let hint = "write numbers with a point and without separators, or leave the cell empty.";
                Error::input(Place::line(self.source, line).member(name), what, hint)
            }),
        };
        let perplexity = number(columns.perplexity, "perplexity")?;
        let mut loss = number(columns.loss, "loss")?;
        let step = number(columns.step, "step")?;
        let epoch = number(columns.epoch, "epoch")?;
        let step = match (columns.step, step) {
            (None, _) => self.read.len() as u64 + 1,
            (Some(_), Some(step)) if (0.0..=LARGEST_STEP).contains(&step) && step.fract() == 0.0 => step as u64,
            (Some(_), step) => {
                let what = step.map_or("the step is missing".to_owned(), |step| format!("{step} is not a step"));
                let hint = "steps are whole numbers from 0; without a column for them the rows are counted.";
                return Err(Error::input(Place::line(self.source, line).member("step"), what, hint));
            }
        };
        if let Some(wrong) = epoch.filter(|epoch| !(0.0..=f64::from(u32::MAX - 1)).contains(epoch)) {
            let hint = "epochs are numbers from 0; without a column for them the chart has no marks.";
            let what = format!("{wrong} is not an epoch");
            return Err(Error::input(Place::line(self.source, line).member("epoch"), what, hint));
        }
        if let (None, Some(perplexity)) = (loss, perplexity) {
            loss = Some(perplexity.ln());
            self.note(OddityKind::FromPerplexity, line);
        }
        let row = Row { line, step, epoch: None, loss, perplexity };
        match (loss, row.ran_away()) {
            (None, _) => self.note(OddityKind::NoLoss, line),
            (_, true) => self.note(OddityKind::NotANumber, line),
            (Some(loss), _) if loss < 0.0 => self.note(OddityKind::Negative, line),
            _ => {}
        }
        if columns.epoch.is_some() && epoch.is_none() {
            self.note(OddityKind::NoEpoch, line);
        }
        self.read.push(row);
        self.fractions.push(epoch);
        Ok(())
    }

    fn finish(mut self, side: Side) -> Series {
        self.set_epochs();
        self.sort();
        let place = |line| Place::line(self.source, line);
        let oddities =
            self.odd.iter().map(|(kind, (line, count))| Oddity { place: place(*line), kind: *kind, count: *count });
        Series { source: self.source.to_path_buf(), side, oddities: oddities.collect(), rows: self.read }
    }

    /// Counts epochs from 1: whole ones from where the file begins, a share of the way rounded up.
    fn set_epochs(&mut self) {
        let known = || self.fractions.iter().zip(&self.read).filter_map(|(epoch, row)| Some(((*epoch)?, row.line)));
        let fraction = known().find(|(epoch, _)| epoch.fract() != 0.0).map(|(_, line)| line);
        let from_zero = known().any(|(epoch, _)| epoch == 0.0);
        let count = known().filter(|(epoch, _)| epoch.fract() != 0.0).count();
        if let Some(line) = fraction {
            self.odd.insert(OddityKind::FractionalEpoch, (line, count));
        }
        for (row, epoch) in self.read.iter_mut().zip(&self.fractions) {
            row.epoch = epoch.map(|epoch| match fraction {
                Some(_) => epoch.ceil().max(1.0) as u32,
                None => epoch as u32 + u32::from(from_zero),
            });
        }
    }

    /// Brings the rows into the order of their steps, each step once.
    fn sort(&mut self) {
        let mut epochs_of = HashMap::new();
        let repeated: Vec<(u64, u64)> = (self.read.iter())
            .filter(|row| epochs_of.insert(row.step, row.epoch).is_some())
            .map(|row| (row.line, row.step))
            .collect();
        let by_epoch = |row: &Row| (row.epoch, row.step);
        let restarts = !repeated.is_empty()
            && self.read.iter().all(|row| row.epoch.is_some())
            && self.read.windows(2).all(|pair| by_epoch(&pair[0]) < by_epoch(&pair[1]));
        if restarts {
            let first = self.read[0].step;
            self.odd.insert(OddityKind::StepsRestart, (repeated[0].0, 1));
            (0..).zip(&mut self.read).for_each(|(n, row)| row.step = first + n);
            return;
        }
        let fallen: Vec<u64> =
            (self.read.windows(2)).filter(|pair| pair[1].step < pair[0].step).map(|pair| pair[1].line).collect();
        for line in fallen {
            self.note(OddityKind::Unsorted, line);
        }
        for (line, _) in repeated {
            self.note(OddityKind::RepeatedStep, line);
        }
        // Stable, so that of equal steps the one further down the file stays the last.
        self.read.sort_by_key(|row| row.step);
        self.read.reverse();
        self.read.dedup_by_key(|row| row.step);
        self.read.reverse();
    }
}

/// The number in a cell; `None` where it has none, its text where it is something else.
fn number(cell: &[u8]) -> Result<Option<f64>, String> {
    let text = String::from_utf8_lossy(cell);
    let text = text.trim();
    if NO_VALUE.iter().any(|none| text.eq_ignore_ascii_case(none)) {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| text.to_owned())
}

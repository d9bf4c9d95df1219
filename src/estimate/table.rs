//! An estimate as text.

use std::fmt::Write as _;

use super::{CostRange, Estimate, FileTokens, ModelEstimate, Price};
use crate::finding::limits::MAX_SAMPLE_TOKENS;
use crate::validate::Model;
use crate::wording::{counted, grouped, visible};

const HEADINGS: [&str; 5] = ["model", "tokens an epoch", "training", "a month's storage", "price of 1,000 tokens"];

/// The estimate as an aligned table with its notes.
pub fn render_table(estimate: &Estimate) -> String {
    let mut out = format!("{}\n", what_was_counted(estimate));
    let money = Money::of(&estimate.currency);
    let rows: Vec<_> = estimate.models.iter().map(|row| (row, cells(row, &money))).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter(|(row, _)| row.refusals.is_empty()).map(|(_, cells)| &cells[column]);
        let names = rows.iter().filter(|_| column == 0).map(|(row, _)| row.model.title().len());
        let cells = cells.map(|cell| cell.chars().count());
        cells.chain(names).chain([HEADINGS[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..HEADINGS.len()).map(width).collect();
    out.push_str(&line(" ", &HEADINGS.map(str::to_owned), &widths));
    for (row, cells) in &rows {
        let mark = if row.model == estimate.chosen { "*" } else { " " };
        if row.refusals.is_empty() {
            out.push_str(&line(mark, cells, &widths));
        } else {
            let _ =
                writeln!(out, "{mark} {:<width$}  {}", row.model.title(), row.refusals.join("; "), width = widths[0]);
        }
    }
    out.push('\n');
    for note in notes(estimate) {
        let _ = writeln!(out, "{note}");
    }
    out
}

fn line(mark: &str, cells: &[String; 5], widths: &[usize]) -> String {
    let [model, tokens, training, storage, price] = cells;
    let text = format!(
        "{mark} {model:<w0$}  {tokens:>w1$}  {training:>w2$}  {storage:>w3$}  {price}",
        w0 = widths[0],
        w1 = widths[1],
        w2 = widths[2],
        w3 = widths[3]
    );
    format!("{}\n", text.trim_end())
}

fn cells(row: &ModelEstimate, money: &Money) -> [String; 5] {
    let price = &row.prices.training;
    [
        row.model.title().to_owned(),
        row.tokens.to_string(),
        money.range(row.training),
        money.amount(row.prices.storage.amount),
        format!("{}{}, {}, {}", money.0, price.amount, price.status, price.date),
    ]
}

fn what_was_counted(estimate: &Estimate) -> String {
    let files: Vec<_> = std::iter::once(&estimate.train).chain(&estimate.validation).map(of_file).collect();
    let epochs = counted(estimate.epoch_count as usize, "epoch");
    let steps = counted(usize::try_from(estimate.steps).unwrap_or(usize::MAX), "step");
    let per_step = estimate.chosen.samples_per_step();
    let basis = if estimate.chosen == Model::Lite { "seen once" } else { "inferred" };
    format!("{}\n{epochs}: about {steps} of {per_step} samples ({basis}, not published)\n", files.join("\n"))
}

fn of_file(file: &FileTokens) -> String {
    let mut line = format!("{}: {}", name_of(file), counted(file.records, "record"));
    if file.photos > 0 {
        let _ = write!(line, " with {}", counted(file.photos, "photo"));
    }
    let unsized_photos = file.photos - file.sized_photos;
    if unsized_photos > 0 {
        let _ = write!(line, ", {unsized_photos} of unknown size");
    }
    line
}

/// A file's name, which must not end the line it stands on.
fn name_of(file: &FileTokens) -> String {
    visible(&file.file.display().to_string())
}

fn notes(estimate: &Estimate) -> Vec<String> {
    let mut notes = Vec::new();
    for file in std::iter::once(&estimate.train).chain(&estimate.validation) {
        notes.extend(notes_on_file(file));
    }
    if let Some(row) = estimate.of_chosen().filter(|row| row.refusals.is_empty()) {
        notes.extend(notes_on_chosen(row, estimate));
    }
    notes.push(
        "Nova's tokenizer and what a photo counts in training are not published: ranges from published figures and bills."
            .to_owned(),
    );
    notes.push(format!("Prices of {}:", visible(&estimate.region)));
    notes.extend(sources(estimate));
    notes
}

/// Where the prices are from: a line a model for training, and one for each price of storage.
fn sources(estimate: &Estimate) -> Vec<String> {
    let priced = || estimate.models.iter().filter(|row| row.refusals.is_empty());
    let training =
        priced().map(|row| format!("  {}, training: {}", row.model.title(), visible(&row.prices.training.source)));
    let mut lines: Vec<_> = training.collect();
    for row in priced() {
        let Price { status, date, source, .. } = &row.prices.storage;
        let line = format!("  storage: {status}, {date}, {}", visible(source));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn notes_on_file(file: &FileTokens) -> Vec<String> {
    let mut notes = Vec::new();
    let name = name_of(file);
    if let Some(first) = file.first_unread {
        let lines = counted(file.unread, "line");
        let (are, them) =
            if file.unread == 1 { ("is no record", "it") } else { ("are no records", "the first of them") };
        notes.push(format!("{name}: {lines} {are} and not counted, {them} line {first}: see `nova-ft validate`."));
    }
    if file.uncounted_blocks > 0 {
        let blocks = counted(file.uncounted_blocks, "block");
        notes.push(format!("{name}: {blocks} of video, documents or other kinds not counted."));
    }
    if file.photos > file.sized_photos {
        notes.push(format!(
            "{name}: photos of unknown size count as up to 12 megapixels; name their folder with --input-dir."
        ));
    }
    notes
}

fn notes_on_chosen(row: &ModelEstimate, estimate: &Estimate) -> Vec<String> {
    let mut notes = Vec::new();
    let limit = grouped(MAX_SAMPLE_TOKENS);
    match (row.too_long.low, row.too_long.high) {
        (0, 0) => {}
        (0, high) => notes.push(format!("Up to {} may be over {limit} tokens, the most of a sample.", samples(high))),
        (low, high) if low == high => notes.push(format!("{}: over {limit} tokens, the most of one.", samples(low))),
        (low, high) => {
            notes.push(format!("{} to {} are over {limit} tokens, the most of a sample.", grouped(low), samples(high)));
        }
    }
    if estimate.validation.is_some() {
        let more = Money::of(&estimate.currency).range(row.validation);
        notes.push(format!("Whether validation records are billed is not known: if like an epoch, {more} more."));
    }
    notes
}

fn samples(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "sample")
}

/// How amounts are written: what stands before the number.
struct Money(String);

impl Money {
    fn of(currency: &str) -> Self {
        Self(if currency == "USD" { "$".to_owned() } else { format!("{} ", visible(currency)) })
    }

    /// Cents, and below half of one the fact.
    fn amount(&self, amount: f64) -> String {
        let sign = &self.0;
        if amount > 0.0 && amount < 0.005 { format!("<{sign}0.01") } else { format!("{sign}{amount:.2}") }
    }

    fn range(&self, range: CostRange) -> String {
        let (low, high) = (self.amount(range.low), self.amount(range.high));
        if low == high { low } else { format!("{low}–{high}") }
    }
}

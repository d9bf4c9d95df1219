//! An estimate as text.

use std::fmt::Write as _;

use super::{CostRange, Estimate, FileTokens, ModelEstimate, Price};
use crate::findings::limits::MAX_SAMPLE_TOKENS;
use crate::validate::Model;
use crate::wording::{align_columns, counted, grouped, visible};

const HEADINGS: [&str; 5] = ["model", "tokens an epoch", "training", "a month's storage", "price of 1,000 tokens"];

/// The estimate as an aligned table with its notes.
pub fn render_table(estimate: &Estimate) -> String {
    let mut out = format!("{}\n", what_was_counted(estimate));
    let money = Money::of(&estimate.currency);
    // Why a model cannot be tuned stands next to its name, over the columns of the others.
    let width = estimate.models.iter().map(|row| row.model.title().len()).max().unwrap_or_default();
    let title = |row: &ModelEstimate| format!("{:<width$}", row.model.title());
    let priced = estimate.models.iter().filter(|row| row.refusals.is_empty());
    let rows = priced.map(|row| cells(title(row), row, &money));
    let table = align_columns([HEADINGS.map(str::to_owned)].into_iter().chain(rows), 1..4);
    let mut lines = table.lines();
    let _ = writeln!(out, "  {}", lines.next().unwrap_or_default());
    for row in &estimate.models {
        let mark = if row.model == estimate.chosen { "*" } else { " " };
        let _ = match row.refusals.as_slice() {
            [] => writeln!(out, "{mark} {}", lines.next().unwrap_or_default()),
            refusals => writeln!(out, "{mark} {}  {}", title(row), refusals.join("; ")),
        };
    }
    out.push('\n');
    for note in notes(estimate) {
        let _ = writeln!(out, "{note}");
    }
    out
}

fn cells(title: String, row: &ModelEstimate, money: &Money) -> [String; 5] {
    let price = &row.prices.training;
    [
        title,
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

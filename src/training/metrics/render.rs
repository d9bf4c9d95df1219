use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::analysis::{EpochMean, Metrics, StepLoss};
use super::charts::loss_chart;
use super::verdict::figure;
use crate::charts::Background;
use crate::markup::sentence;
use crate::wording::{align_columns, counted, grouped, visible};

/// Epochs that a table lists; of more the first and the last.
const MOST_ROWS: usize = 24;
/// Outliers that are named.
const MOST_NAMED: usize = 5;

/// Figures and verdict for a terminal.
pub fn render_table(metrics: &Metrics) -> String {
    let mut out = format!("{}\n", headline(metrics));
    let (names, rows) = epoch_table(metrics);
    if !rows.is_empty() {
        let columns = 0..names.len();
        let names = names.into_iter().map(str::to_owned).collect();
        out.push_str(&align_columns([names].into_iter().chain(rows), columns));
    }
    for figure in figures(metrics) {
        let _ = writeln!(out, "{figure}");
    }
    for series in std::iter::once(&metrics.training).chain(&metrics.validation) {
        for oddity in &series.oddities {
            let _ =
                writeln!(out, "note: {}; {}", visible(&oddity.to_string()), oddity.kind.hint().trim_end_matches('.'));
        }
    }
    let _ = writeln!(out, "\nverdict: {}", metrics.verdict.kind);
    for reason in &metrics.verdict.reasons {
        let _ = writeln!(out, "  {reason}");
    }
    let _ = writeln!(out, "  next: {}", metrics.verdict.advice);
    out
}

/// The training as a section of a page: the loss chart, which follows the reader's light or dark system, verdict, figures.
pub fn render_section(metrics: &Metrics) -> String {
    let chart = PreEscaped(loss_chart(metrics).to_svg_on(Background::LightOrDark));
    html! { h2 { "How the training went" } "\n" (chart) "\n" (render_words(metrics)) }.into_string()
}

/// Verdict and figures as a fragment of HTML.
pub(crate) fn render_words(metrics: &Metrics) -> Markup {
    let (names, rows) = epoch_table(metrics);
    let oddities = std::iter::once(&metrics.training).chain(&metrics.validation).flat_map(|series| &series.oddities);
    html! {
        p { (headline(metrics)) } "\n"
        p { b { (metrics.verdict.kind) } } "\n"
        ul { "\n"
            @for reason in &metrics.verdict.reasons { li { (visible(reason)) } "\n" }
            li { "Next: " (sentence(metrics.verdict.advice)) } "\n"
        } "\n"
        @if !rows.is_empty() {
            table { "\n"
                thead { tr { @for name in names { th style="text-align:right" { (name) } } } } "\n"
                tbody { "\n"
                    @for row in &rows { tr { @for cell in row { td style="text-align:right" { (cell) } } } "\n" }
                } "\n"
            } "\n"
        }
        p { @for (n, figure) in figures(metrics).iter().enumerate() { @if n > 0 { br; "\n" } (figure) } } "\n"
        @for oddity in oddities { p { "Note: " (visible(&oddity.to_string())) "; " (oddity.kind.hint()) } "\n" }
    }
}

fn headline(metrics: &Metrics) -> String {
    let mut line =
        format!("Training loss of {}: {}", visible(&metrics.subject), counted(metrics.analysis.step_count, "step"));
    if !metrics.analysis.epochs.is_empty() {
        let _ = write!(line, ", {}", counted(metrics.analysis.epochs.len(), "epoch"));
    }
    line
}

/// Headings and rows of the epochs; columns that no epoch fills are left out.
fn epoch_table(metrics: &Metrics) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let epochs = &metrics.analysis.epochs;
    let optional = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    let mut names = vec!["epoch", "steps", "mean", "lowest", "highest"];
    let has_validation = epochs.iter().any(|epoch| epoch.validation.is_some());
    let has_perplexity = epochs.iter().any(|epoch| epoch.perplexity.is_some());
    names.extend(has_validation.then_some("validation"));
    names.extend(has_perplexity.then_some("perplexity"));
    let row = |epoch: &EpochMean| {
        let (low, high) = (epoch.range.map(|range| range.0), epoch.range.map(|range| range.1));
        let mut row = vec![
            epoch.epoch.to_string(),
            grouped(epoch.count as u64),
            optional(epoch.mean),
            optional(low),
            optional(high),
        ];
        row.extend(has_validation.then(|| optional(epoch.validation)));
        row.extend(has_perplexity.then(|| optional(epoch.perplexity)));
        row
    };
    let rows = if epochs.len() <= MOST_ROWS {
        epochs.iter().map(row).collect()
    } else {
        let (first, last) = (&epochs[..MOST_ROWS / 2], &epochs[epochs.len() - MOST_ROWS / 2..]);
        let between = vec!["…".to_owned(); names.len()];
        first.iter().map(row).chain([between]).chain(last.iter().map(row)).collect()
    };
    (names, rows)
}

fn figures(metrics: &Metrics) -> Vec<String> {
    let analysis = &metrics.analysis;
    let at = |point: StepLoss| format!("{} (step {})", figure(point.loss), grouped(point.step));
    let mut lines = Vec::new();
    if let (Some(first), Some(last), Some(lowest)) = (analysis.first, analysis.last, analysis.lowest) {
        lines.push(format!("first {}, last {}, lowest {}", at(first), at(last), at(lowest)));
    }
    if let Some(outliers) = &analysis.outliers {
        let named = outliers.steps.iter().take(MOST_NAMED).map(|point| at(*point)).collect::<Vec<_>>().join(", ");
        let names = match outliers.steps.len() {
            0 => String::new(),
            count if count > MOST_NAMED => format!(": {named}, …"),
            _ => format!(": {named}"),
        };
        let (low, high) = (figure(outliers.low), figure(outliers.high));
        lines.push(format!("{} outside {low} to {high}{names}", counted(outliers.steps.len(), "outlier")));
    }
    if let Some(held_out) = &analysis.held_out {
        let points = held_out.points.iter().map(|point| at(StepLoss { step: point.step, loss: point.loss }));
        let points: Vec<String> = points.collect();
        let left_out = points.len().saturating_sub(MOST_ROWS);
        let dots = if left_out > 0 { format!("… {} before, ", grouped(left_out as u64)) } else { String::new() };
        lines.push(format!("validation {dots}{}", points[left_out..].join(", ")));
    }
    lines
}

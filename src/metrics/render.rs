use std::fmt::Write as _;

use super::analysis::{EpochMean, Metrics, StepLoss};
use super::charts::loss_chart;
use super::verdict::figure;
use crate::chart::Background;
use crate::markup::escape;
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
    let chart = loss_chart(metrics).to_svg_on(Background::LightOrDark);
    format!("<h2>How the training went</h2>\n{chart}\n{}", render_words(metrics))
}

/// Verdict and figures as a fragment of HTML.
pub(crate) fn render_words(metrics: &Metrics) -> String {
    let mut html = format!("<p>{}</p>\n<p><b>{}</b></p>\n<ul>\n", escape(&headline(metrics)), metrics.verdict.kind);
    for reason in &metrics.verdict.reasons {
        let _ = writeln!(html, "<li>{}</li>", escape(reason));
    }
    let _ = writeln!(html, "<li>Next: {}</li>\n</ul>", crate::markup::escape_sentence(metrics.verdict.advice));
    let (names, rows) = epoch_table(metrics);
    if !rows.is_empty() {
        let cells = |tag: &str, cells: Vec<&str>| {
            let cell = |cell: &str| format!("<{tag} style=\"text-align:right\">{}</{tag}>", escape(cell));
            format!("<tr>{}</tr>\n", cells.into_iter().map(cell).collect::<Vec<_>>().concat())
        };
        let _ = write!(html, "<table>\n<thead>{}</thead>\n<tbody>\n", cells("th", names).trim_end());
        for row in &rows {
            html.push_str(&cells("td", row.iter().map(String::as_str).collect()));
        }
        html.push_str("</tbody>\n</table>\n");
    }
    let figures: Vec<String> = figures(metrics).iter().map(|figure| escape(figure)).collect();
    let _ = writeln!(html, "<p>{}</p>", figures.join("<br>\n"));
    for oddity in std::iter::once(&metrics.training).chain(&metrics.validation).flat_map(|series| &series.oddities) {
        let _ = writeln!(html, "<p>Note: {}; {}</p>", escape(&oddity.to_string()), escape(oddity.kind.hint()));
    }
    html
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

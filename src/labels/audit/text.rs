use std::collections::HashSet;
use std::fmt::Write as _;

use super::{Audited, AuditedLabel, Verdict};
use crate::findings::render::summary_line;
use crate::wording::{shortened, visible};

/// Labels that are listed.
const MOST_LABELS: usize = 50;
/// Findings on no label that are listed.
const MOST_OTHERS: usize = 20;
/// Most characters of a name.
const LONGEST: usize = 120;

/// An audit as text: the labels with a finding, the worst first, label above reading; then the other findings, and how
/// often each code was found. What comes from the data cannot draw on the terminal.
pub fn render_audit_text(audited: &Audited) -> String {
    let mut out = format!("{}: {}\n\n", visible(&audited.file.display().to_string()), audited.summary());
    let doubted: Vec<_> = audited.worst_first().into_iter().filter(|label| !label.codes.is_empty()).collect();
    for label in doubted.iter().take(MOST_LABELS) {
        write_label(&mut out, label);
    }
    if let more @ 1.. = doubted.len().saturating_sub(MOST_LABELS) {
        let _ = writeln!(out, "… and {more} more labels (--report-file lists them)\n");
    }
    write_others(&mut out, audited);
    write_counts(&mut out, audited);
    let _ = writeln!(out, "{}", summary_line(&audited.report));
    out
}

fn write_label(out: &mut String, label: &AuditedLabel) {
    let codes: Vec<_> = label.codes.iter().map(|(code, severity)| format!("{severity} {code}")).collect();
    let (line, image) = (label.row.line, visible(&label.row.image));
    let _ = writeln!(out, "line {line} {image} {}: {}", label.verdict, codes.join(", "));
    let name = |name: &str| visible(&shortened(name, LONGEST));
    let _ = writeln!(out, "  label    {}", name(&label.row.seller));
    if let Some(vote) = label.vote.as_ref().filter(|_| label.verdict == Verdict::Differs) {
        let _ = writeln!(out, "  reading  {}  ({})", name(&vote.seller), visible(&vote.evidence()));
    }
    out.push('\n');
}

/// What was found on no label that has a photo.
fn write_others(out: &mut String, audited: &Audited) {
    let lines: HashSet<_> = audited.labels.iter().map(|label| Some(label.row.line)).collect();
    let is_of_label =
        |place: &crate::error::Place| place.file.as_ref() == Some(&audited.file) && lines.contains(&place.line);
    let others: Vec<_> = audited.report.findings().iter().filter(|finding| !is_of_label(&finding.place)).collect();
    for finding in others.iter().take(MOST_OTHERS) {
        let message = shortened(&finding.message, 2 * LONGEST);
        let (place, severity, code) = (visible(&finding.place.to_string()), finding.severity, finding.rule.code);
        let _ = writeln!(out, "{place}: {severity} {code} {}", visible(&message));
    }
    if let more @ 1.. = others.len().saturating_sub(MOST_OTHERS) {
        let _ = writeln!(out, "… and {more} more findings (--json lists them)");
    }
    if !others.is_empty() {
        out.push('\n');
    }
}

fn write_counts(out: &mut String, audited: &Audited) {
    let counts = audited.report.counts();
    let width = counts.iter().map(|count| count.rule.name.len()).max().unwrap_or_default();
    for count in &counts {
        let (code, name, severity) = (count.rule.code, count.rule.name, count.severity.to_string());
        let _ = writeln!(out, "{code}  {name:<width$}  {severity:<7}  {:>4}", count.total);
    }
    if !counts.is_empty() {
        out.push('\n');
    }
}

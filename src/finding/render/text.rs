use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::finding::{Finding, FixKind, Report, Severity};
use crate::wording::{counted, visible};

/// A report as text: findings grouped by file, then what each code means, then the counts.
///
/// What comes from the data (names of files, members, labels) is made visible: it cannot draw on a terminal, nor turn
/// the line around.
pub fn render_text(report: &Report) -> String {
    let mut out = String::new();
    let mut files: BTreeMap<Option<&Path>, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings() {
        files.entry(finding.place.file.as_deref()).or_default().push(finding);
    }
    for (file, findings) in files {
        if let Some(file) = file {
            let _ = writeln!(out, "{}", visible(&file.display().to_string()));
        }
        for finding in findings {
            let place = match (&finding.place.line, &finding.place.member) {
                (Some(line), Some(member)) => format!("{line} {}: ", visible(member)),
                (Some(line), None) => format!("{line}: "),
                (None, Some(member)) => format!("{}: ", visible(member)),
                (None, None) => String::new(),
            };
            let fixable = match finding.fix.as_ref().map(|fix| fix.kind) {
                Some(FixKind::Safe) => " [fixable]",
                Some(FixKind::Unsafe) => " [fixable, unsafe]",
                _ => "",
            };
            let code = finding.rule.code;
            let _ = writeln!(out, "  {place}{} {code} {}{fixable}", finding.severity, visible(&finding.message));
        }
        out.push('\n');
    }
    for (code, left_off) in report.left_off() {
        let _ = writeln!(out, "{code}: {left_off} more like these");
    }
    out.push_str(&summary(report));
    out
}

/// Whether a line is the last one of a report.
pub(super) fn is_summary(line: &str) -> bool {
    let counts = line.split(';').next().unwrap_or_default().split(", ").map(|part| part.split_once(' '));
    let nouns = ["error", "warning", "note"].map(Some);
    let found: Vec<_> = counts
        .map(|part| {
            part.filter(|(count, _)| count.parse::<usize>().is_ok()).map(|(_, noun)| noun.trim_end_matches('s'))
        })
        .collect();
    found == nouns
}

fn summary(report: &Report) -> String {
    let count = |severity, noun: &str| counted(report.count(severity), noun);
    let mut line = format!(
        "{}, {}, {}",
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        count(Severity::Note, "note")
    );
    match report.fixable() {
        0 => {}
        n => {
            let _ = write!(line, "; {n} fixable with --fix OUT");
        }
    }
    if !report.is_empty() {
        line.push_str("; `nova-ft rule CODE` explains a code");
    }
    line.push('\n');
    line
}

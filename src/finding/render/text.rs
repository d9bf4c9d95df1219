use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::finding::{Finding, FixKind, Report, Severity};

/// A report as text: findings grouped by file, then what each code means, then the counts.
///
/// Every control character of the data is escaped: a label with a terminal sequence in it cannot draw on the screen.
pub fn render_text(report: &Report) -> String {
    let mut out = String::new();
    let mut files: BTreeMap<Option<&Path>, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings() {
        files.entry(finding.place.file.as_deref()).or_default().push(finding);
    }
    for (file, findings) in files {
        if let Some(file) = file {
            let _ = writeln!(out, "{}", file.display());
        }
        for finding in findings {
            let place = match (&finding.place.line, &finding.place.member) {
                (Some(line), Some(member)) => format!("{line} {member}: "),
                (Some(line), None) => format!("{line}: "),
                (None, Some(member)) => format!("{member}: "),
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
    let kept = kept_by_code(report);
    for (code, total) in report.count_by_code() {
        let shown = kept.get(code).copied().unwrap_or(0);
        if total > shown {
            let _ = writeln!(out, "{code}: {} more like these", total - shown);
        }
    }
    out.push_str(&summary(report));
    out
}

fn kept_by_code(report: &Report) -> BTreeMap<&'static str, usize> {
    let mut kept = BTreeMap::new();
    for finding in report.findings() {
        *kept.entry(finding.rule.code).or_insert(0) += 1;
    }
    kept
}

fn summary(report: &Report) -> String {
    let count = |severity, one: &str, many: &str| {
        let n = report.count(severity);
        format!("{n} {}", if n == 1 { one } else { many })
    };
    let mut line = format!(
        "{}, {}, {}",
        count(Severity::Error, "error", "errors"),
        count(Severity::Warning, "warning", "warnings"),
        count(Severity::Note, "note", "notes")
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

/// The text with its control characters written as escapes.
fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

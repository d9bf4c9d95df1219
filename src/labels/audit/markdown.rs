use std::fmt::Write as _;

use super::{Audited, AuditedLabel, Verdict};
use crate::findings::render::{MarkdownFrame, code_span, summary_line};
use crate::wording::shortened;

/// After so many bytes no label is listed any more: a comment on GitHub holds 65,536.
const ROOM: usize = 48 * 1024;
/// Most characters of a name.
const LONGEST: usize = 80;

/// An audit as Markdown, to be pasted into a pull request: the counts, a table of the codes, and the labels with a finding,
/// the worst first. What comes from the data stands in code spans, where nothing is markup.
pub fn render_audit_markdown(audited: &Audited) -> String {
    let mut out = format!("{}\n# Report of `nova-ft audit`\n\n", MarkdownFrame::AUDIT.first_line());
    let _ = writeln!(out, "{}: {}\n", code_span(&audited.file.display().to_string()), audited.summary());
    let _ = writeln!(out, "**{}**", summary_line(&audited.report));
    let counts = audited.report.counts();
    if !counts.is_empty() {
        out.push_str("\n| code | rule | severity | count |\n|---|---|---|---:|\n");
    }
    for count in &counts {
        let (code, name, severity, total) = (count.rule.code, count.rule.name, count.severity, count.total);
        let _ = writeln!(out, "| {code} | {name} | {severity} | {total} |");
    }
    let doubted: Vec<_> = audited.worst_first().into_iter().filter(|label| !label.codes.is_empty()).collect();
    if !doubted.is_empty() {
        out.push_str("\n| line | photo | verdict | label | reading | codes |\n|---:|---|---|---|---|---|\n");
    }
    for (at, label) in doubted.iter().enumerate() {
        if out.len() > ROOM {
            let _ = writeln!(out, "\n… and {} more labels.", doubted.len() - at);
            break;
        }
        write_label(&mut out, label);
    }
    let _ = writeln!(out, "\n{}", MarkdownFrame::LAST_LINE);
    out
}

fn write_label(out: &mut String, label: &AuditedLabel) {
    // A bar ends the cell even inside a code span.
    let cell = |text: &str| code_span(&shortened(text, LONGEST)).replace('|', "\\|");
    let reading = match (&label.vote, label.verdict) {
        (_, Verdict::Right) => "the same".to_owned(),
        (Some(vote), _) => cell(&vote.seller),
        (None, _) => "nothing".to_owned(),
    };
    let codes: Vec<_> = label.codes.iter().map(|(code, _)| *code).collect();
    let (line, verdict) = (label.row.line, label.verdict);
    let (image, seller, codes) = (cell(&label.row.image), cell(&label.row.seller), codes.join(" "));
    let _ = writeln!(out, "| {line} | {image} | {verdict} | {seller} | {reading} | {codes} |");
}

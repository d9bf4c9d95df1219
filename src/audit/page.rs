//! An audit as one page that needs nothing else.

use std::collections::HashMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use super::{Audited, AuditedLabel, Verdict, crop};
use crate::exact::{exact_form, shared};
use crate::finding::Severity;
use crate::finding::render::{HtmlFrame, summary_line};
use crate::markup::{escape, escape_sentence};
use crate::wording::{counted, shortened};

const STYLE: &str = include_str!("page.css");
/// Labels whose photos are shown.
const MOST_PICTURES: usize = 300;
/// Most characters of a name.
const LONGEST: usize = 200;
/// Findings on no label that are listed.
const MOST_OTHERS: usize = 200;

/// An audit as a page: how many labels are right, then each label beside what was read and the seller's block of its
/// photo, the worst first. No script and no request; photos and styles are inside it.
pub fn render_audit_html(audited: &Audited) -> String {
    let file = escape(&audited.file.display().to_string());
    let mut out = HtmlFrame::AUDIT.beginning();
    HtmlFrame::write_head(&mut out, &format!("{}: {file}", audited.summary()), STYLE);
    let _ = write!(out, "<header>\n<h1>{file}</h1>\n<p>{}.</p>\n<p class=\"totals\">", escape(&audited.summary()));
    for verdict in [Verdict::Differs, Verdict::Unreadable, Verdict::Right] {
        let (count, class) = (audited.count(verdict), class(verdict));
        let class = if count == 0 { "none" } else { class };
        let noun = if verdict == Verdict::Differs { "differ".to_owned() } else { verdict.to_string() };
        let _ = write!(out, "<span class=\"badge {class}\">{count} {noun}</span> ");
    }
    let _ = writeln!(out, "</p>\n<p>{}</p>\n</header>", escape_sentence(&summary_line(&audited.report)));
    write_counts(&mut out, audited);
    let labels = audited.worst_first();
    let pictures = pictures(&labels);
    out.push_str("<ol class=\"labels\">\n");
    for label in &labels {
        write_label(&mut out, label, pictures.get(&label.row.line).map(String::as_str));
    }
    out.push_str("</ol>\n");
    write_others(&mut out, audited);
    out.push_str(HtmlFrame::END);
    out.push('\n');
    out
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "fix",
        Verdict::Differs => "error",
        Verdict::Unreadable => "warning",
    }
}

/// The blocks of the worst labels, by line.
fn pictures(labels: &[&AuditedLabel]) -> HashMap<u64, String> {
    let shown = &labels[..labels.len().min(MOST_PICTURES)];
    shown.par_iter().filter_map(|label| Some((label.row.line, crop::data_uri(label)?))).collect()
}

fn write_counts(out: &mut String, audited: &Audited) {
    let counts = audited.report.counts();
    if counts.is_empty() {
        return;
    }
    out.push_str("<table>\n<thead><tr><th>code</th><th>rule</th><th>severity</th><th class=\"number\">count</th></tr></thead>\n<tbody>\n");
    for count in counts {
        let (code, name, severity, total) = (count.rule.code, count.rule.name, count.severity, count.total);
        let _ = writeln!(
            out,
            "<tr><td>{code}</td><td>{name}</td><td><span class=\"badge {severity}\">{severity}</span></td>\
             <td class=\"number\">{total}</td></tr>"
        );
    }
    out.push_str("</tbody>\n</table>\n");
}

fn write_label(out: &mut String, label: &AuditedLabel, picture: Option<&str>) {
    let (line, image, verdict) = (label.row.line, name(&label.row.image), label.verdict);
    let _ = write!(out, "<li class=\"{verdict}\">\n<figure>");
    let _ = match picture {
        Some(uri) => write!(out, "<img src=\"{}\" alt=\"{image}\">", escape(uri)),
        None => write!(out, "<p class=\"none\">no picture</p>"),
    };
    let sheet = label.sheet.as_deref().map_or(String::new(), |sheet| format!(", sheet {}", name(sheet)));
    let _ = write!(out, "<figcaption>line {line}, {image}{sheet}</figcaption></figure>\n<div>\n<p>");
    let _ = write!(out, "<span class=\"badge {}\">{verdict}</span>", class(verdict));
    for (code, severity) in &label.codes {
        let _ = write!(out, " <span class=\"{severity}\">{code}</span>");
    }
    let (own, read) = match &label.vote {
        Some(vote) => marked(&shortened(&label.row.seller, LONGEST), &shortened(&vote.seller, LONGEST)),
        None => (name(&label.row.seller), "<span class=\"none\">nothing</span>".to_owned()),
    };
    let _ = write!(out, "</p>\n<dl>\n<dt>label</dt><dd>{own}</dd>\n<dt>reading</dt><dd>{read}</dd>\n</dl>\n");
    if let Some(vote) = &label.vote {
        let _ = writeln!(out, "<p class=\"evidence\">{}</p>", escape(&vote.evidence()));
    }
    out.push_str("</div>\n</li>\n");
}

/// What was found on no label that has a photo.
fn write_others(out: &mut String, audited: &Audited) {
    let lines: std::collections::HashSet<_> = audited.labels.iter().map(|label| Some(label.row.line)).collect();
    let others =
        audited.report.findings().iter().filter(|finding| {
            finding.place.file.as_ref() != Some(&audited.file) || !lines.contains(&finding.place.line)
        });
    let others: Vec<_> = others.filter(|finding| finding.severity > Severity::Note).collect();
    if others.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Rows and photos without a partner</h2>\n<ul class=\"dense\">\n");
    for finding in others.iter().take(MOST_OTHERS) {
        let (severity, code) = (finding.severity, finding.rule.code);
        let (place, message) =
            (name(&finding.place.to_string()), escape_sentence(&shortened(&finding.message, 2 * LONGEST)));
        let _ = writeln!(out, "<li><div><span class=\"{severity}\">{code}</span> {place}: {message}</div></li>");
    }
    if let more @ 1.. = others.len().saturating_sub(MOST_OTHERS) {
        let _ = writeln!(out, "<li><div>… and {} more</div></li>", counted(more, "finding"));
    }
    out.push_str("</ul>\n</section>\n");
}

fn name(text: &str) -> String {
    escape(&shortened(text, LONGEST))
}

/// Two texts with what they do not share marked; brackets and width are no difference.
fn marked(left: &str, right: &str) -> (String, String) {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let (in_left, in_right) = shared(&left, &right, is_same);
    (with_marks(&left, &in_left), with_marks(&right, &in_right))
}

fn is_same(left: char, right: char) -> bool {
    left == right || exact_form(left.encode_utf8(&mut [0; 4])) == exact_form(right.encode_utf8(&mut [0; 4]))
}

/// The text as HTML, runs of what is not shared between marks.
fn with_marks(text: &[char], is_shared: &[bool]) -> String {
    let mut out = String::new();
    let characters: Vec<_> = text.iter().zip(is_shared).collect();
    for run in characters.chunk_by(|a, b| a.1 == b.1) {
        let part = escape(&run.iter().map(|(character, _)| **character).collect::<String>());
        let _ = match run.first() {
            Some((_, false)) => write!(out, "<mark>{part}</mark>"),
            _ => write!(out, "{part}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_names_do_not_share_is_marked() {
        let (left, right) = marked("南京坤山公司", "南京恒山有公司");
        assert_eq!(
            (left.as_str(), right.as_str()),
            ("南京<mark>坤</mark>山公司", "南京<mark>恒</mark>山<mark>有</mark>公司")
        );
        assert_eq!(marked("", "<b>"), (String::new(), "<mark>&lt;b&gt;</mark>".to_owned()));
        assert_eq!(marked("甲(北)", "甲（北）"), ("甲(北)".to_owned(), "甲（北）".to_owned()));
        assert_eq!(marked("甲", "甲"), ("甲".to_owned(), "甲".to_owned()));
    }
}

//! An audit as one page that needs nothing else.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};
use rayon::prelude::*;

use super::{Audited, AuditedLabel, Verdict, crop};
use crate::findings::Severity;
use crate::findings::render::{HtmlFrame, photo_figure, summary_line};
use crate::markup::{marked, sentence};
use crate::wording::{counted, shortened, visible};

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
    let (file, summary) = (audited.file.display().to_string(), audited.summary());
    let labels = audited.worst_first();
    let pictures = pictures(&labels);
    let main = html! {
        header { "\n"
            h1 { (visible(&file)) } "\n"
            p { (summary) "." } "\n"
            p.totals {
                @for verdict in [Verdict::Differs, Verdict::Unreadable, Verdict::Right] {
                    @let (count, is_differing) = (audited.count(verdict), verdict == Verdict::Differs);
                    span.badge.(if count == 0 { "none" } else { class(verdict) }) {
                        (count) " " @if is_differing { "differ" } @else { (verdict) }
                    } " "
                }
            } "\n"
            p { (sentence(&summary_line(&audited.report))) } "\n"
        } "\n"
        (counts(audited))
        ol.labels { "\n"
            @for label in &labels { (one_label(label, pictures.get(&label.row.line).map(String::as_str))) }
        } "\n"
        (others(audited))
    };
    HtmlFrame::AUDIT.page(&format!("{summary}: {file}"), STYLE, &main)
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

fn counts(audited: &Audited) -> Markup {
    let counts = audited.report.counts();
    if counts.is_empty() {
        return html! {};
    }
    html! {
        table { "\n"
            thead { tr { th { "code" } th { "rule" } th { "severity" } th.number { "count" } } } "\n"
            tbody { "\n"
                @for count in counts {
                    tr {
                        td { (count.rule.code) } td { (count.rule.name) }
                        td { span.badge.(count.severity) { (count.severity) } } td.number { (count.total) }
                    } "\n"
                }
            } "\n"
        } "\n"
    }
}

fn one_label(label: &AuditedLabel, picture: Option<&str>) -> Markup {
    let (row, verdict) = (&label.row, label.verdict);
    let own = shortened(&row.seller, LONGEST);
    let read = label.vote.as_ref().map(|vote| shortened(&vote.seller, LONGEST));
    html! {
        li.(verdict) { "\n"
            (photo_figure(picture, row.line, &name(&row.image), label.sheet.as_deref().map(name).as_deref()))
            div { "\n"
                p {
                    span.badge.(class(verdict)) { (verdict) }
                    @for (code, severity) in &label.codes { " " span.(severity) { (code) } }
                } "\n"
                dl { "\n"
                    @if let Some(read) = &read {
                        dt { "label" } dd { (marked(&own, read)) } "\n"
                        dt { "reading" } dd { (marked(read, &own)) } "\n"
                    } @else {
                        dt { "label" } dd { (visible(&own)) } "\n"
                        dt { "reading" } dd { span.none { "nothing" } } "\n"
                    }
                } "\n"
                @if let Some(vote) = &label.vote { p.evidence { (visible(&vote.evidence())) } "\n" }
            } "\n"
        } "\n"
    }
}

/// What was found on no label that has a photo.
fn others(audited: &Audited) -> Markup {
    let lines: HashSet<_> = audited.labels.iter().map(|label| Some(label.row.line)).collect();
    let others =
        audited.report.findings().iter().filter(|finding| {
            finding.place.file.as_ref() != Some(&audited.file) || !lines.contains(&finding.place.line)
        });
    let others: Vec<_> = others.filter(|finding| finding.severity > Severity::Note).collect();
    if others.is_empty() {
        return html! {};
    }
    html! {
        section { "\n"
            h2 { "Rows and photos without a partner" } "\n"
            ul.dense { "\n"
                @for finding in others.iter().take(MOST_OTHERS) {
                    li { div {
                        span.(finding.severity) { (finding.rule.code) } " " (name(&finding.place.to_string())) ": "
                        (sentence(&shortened(&finding.message, 2 * LONGEST)))
                    } } "\n"
                }
                @if let more @ 1.. = others.len().saturating_sub(MOST_OTHERS) {
                    li { div { "… and " (counted(more, "finding")) " more" } } "\n"
                }
            } "\n"
        } "\n"
    }
}

fn name(text: &str) -> String {
    visible(&shortened(text, LONGEST))
}

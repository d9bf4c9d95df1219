use std::collections::HashMap;
use std::path::Path;

use maud::{Markup, PreEscaped, html};

use super::Subject;
use super::docs::docs_html;
use super::groups::{CodeGroup, fix_kind, groups, member, message, repairs};
use super::text::counts_line;
use crate::findings::{Finding, FixKind, Report, Severity};
use crate::images::JpegThumbnails;
use crate::markup::sentence;
use crate::wording::{counted, shortened, visible};

/// What a page of a command begins and ends with, by which it is known again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HtmlFrame(&'static str);

impl HtmlFrame {
    pub(crate) const VALIDATE: Self = Self("validate");
    pub(crate) const AUDIT: Self = Self("audit");
    pub(crate) const EVALUATE: Self = Self("evaluate");
    pub(crate) const CONSENSUS: Self = Self("consensus");
    /// How a page ends.
    pub(crate) const END: &str = "</main>\n</body>\n</html>";

    /// How a page begins.
    pub(crate) fn beginning(self) -> String {
        let command = self.0;
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"generator\" content=\"nova-ft {command}\">\n"
        )
    }

    /// Returns a whole page from its title, its own styles and the content of `main`.
    pub(crate) fn page(self, title: &str, style: &str, main: &Markup) -> String {
        let page = html! {
            (PreEscaped(self.beginning()))
            meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
            meta name="color-scheme" content="light dark"; "\n"
            meta http-equiv="Content-Security-Policy"
                content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"; "\n"
            title { (visible(title)) } "\n"
            style { "\n" (PreEscaped(STYLE)) (PreEscaped(style)) } "\n"
            (PreEscaped("</head>\n<body>\n<main>\n"))
            (main)
            (PreEscaped(Self::END)) "\n"
        };
        page.into_string()
    }
}

/// A photo with its caption; `uri` is the `data:` URI of the picture, where there is one.
pub(crate) fn photo_figure(uri: Option<&str>, line: u64, image: &str, sheet: Option<&str>) -> Markup {
    html! {
        figure {
            @if let Some(uri) = uri { img src=(uri) alt=(image); } @else { p.none { "no picture" } }
            figcaption { "line " (line) ", " (image) @if let Some(sheet) = sheet { ", sheet " (sheet) } }
        } "\n"
    }
}

const STYLE: &str = include_str!("page.css");
/// Photos that are shown on a page.
const MOST_THUMBNAILS: usize = 200;
/// Findings of one code that are shown at once; the rest is folded.
const MOST_OPEN: usize = 50;
/// Most characters of a file's name.
const LONGEST_NAME: usize = 300;

/// Makes photos small for a page.
pub trait Thumbnails {
    /// A `data:` URI for each photo, `None` for one that cannot be shown.
    fn data_uris(&self, photos: &[&Path]) -> Vec<Option<String>>;
}

impl Thumbnails for JpegThumbnails {
    fn data_uris(&self, photos: &[&Path]) -> Vec<Option<String>> {
        JpegThumbnails::data_uris(*self, photos)
    }
}

/// No photo is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoThumbnails;

impl Thumbnails for NoThumbnails {
    fn data_uris(&self, photos: &[&Path]) -> Vec<Option<String>> {
        vec![None; photos.len()]
    }
}

/// A report as one page that needs nothing else: no script, no request, styles and photos inside it.
pub fn render_html(report: &Report, subject: &Subject, thumbnails: &dyn Thumbnails) -> String {
    let groups = groups(report.findings());
    let only_file = if let [file] = &subject.files[..] { Some(file.as_path()) } else { None };
    let mut page = Page { only_file, photos: Photos::of(&groups, thumbnails) };
    let files = subject.files.iter().map(|file| name(file)).collect::<Vec<_>>().join(" and ");
    let main = html! {
        header { "\n"
            h1 { (files) } "\n"
            p { "For " (visible(&subject.model)) ": " (sentence(&subject.checked)) "." } "\n"
            p.totals {
                @for severity in [Severity::Error, Severity::Warning, Severity::Note] {
                    @let (count, noun) = (report.count(severity), severity.to_string());
                    span.badge.(if count == 0 { "none" } else { &noun }) { (counted(count, &noun)) } " "
                }
            } "\n"
            @for (count, option) in
                [(report.fixable(), "--fix OUT"), (report.fixable_unsafe(), "--fix OUT --unsafe-fixes")]
            {
                @if count > 0 { p { code { (option) } " repairs " (count) " of them." } "\n" }
            }
            @if report.is_empty() { p { "Nothing to fix." } "\n" }
        } "\n"
        @if !report.is_empty() { (counts(report)) }
        @for group in &groups { (page.group(group, report)) }
    };
    HtmlFrame::VALIDATE.page(&format!("{}: {files}", counts_line(report)), "", &main)
}

fn counts(report: &Report) -> Markup {
    html! {
        table { "\n"
            thead { tr {
                th { "code" } th { "rule" } th { "severity" } th.number { "count" } th { "repair" }
            } } "\n"
            tbody { "\n"
                @for count in report.counts() {
                    @let (code, severity) = (count.rule.code, count.severity);
                    tr {
                        td { a href={ "#" (code) "-" (severity) } { (code) } } td { (count.rule.name) }
                        td { span.badge.(severity) { (severity) } }
                        td.number { (count.total) } td { (repairs(&count)) }
                    } "\n"
                }
            } "\n"
        } "\n"
    }
}

/// What the findings of a page have in common.
struct Page<'a> {
    /// The file that need not be named again, because there is no other.
    only_file: Option<&'a Path>,
    photos: Photos<'a>,
}

impl Page<'_> {
    fn group(&mut self, group: &CodeGroup<'_>, report: &Report) -> Markup {
        let CodeGroup { rule, severity, findings } = group;
        let shared = group.shared_message();
        let (open, folded) = findings.split_at(findings.len().min(MOST_OPEN));
        html! {
            section id={ (rule.code) "-" (severity) } { "\n"
                h2 {
                    (rule.code) " " (rule.name) " "
                    span.badge.(severity) { (counted(findings.len(), &severity.to_string())) }
                } "\n"
                details.docs { summary { "What this means and how to fix it" } "\n" (docs_html(rule)) } "\n"
                @if let Some(shared) = shared {
                    p.shared { (said(shared, group.shared_fix().unwrap_or(FixKind::None))) } "\n"
                }
                (self.findings(open, shared.is_some()))
                @if !folded.is_empty() {
                    details.more {
                        summary { (folded.len()) " more" } "\n" (self.findings(folded, shared.is_some()))
                    } "\n"
                }
                @if let Some(count) = report.left_off().get(rule.code) {
                    p { (count) " more of " (rule.code) " were counted and are not listed." } "\n"
                }
            } "\n"
        }
    }

    /// Findings of one code, each file below its name.
    fn findings(&mut self, findings: &[&Finding], is_shared: bool) -> Markup {
        html! {
            @for of_file in findings.chunk_by(|a, b| file_above(a) == file_above(b)) {
                @let file = of_file.first().and_then(|finding| file_above(finding));
                @if let Some(file) = file.filter(|file| self.only_file != Some(*file)) { h3 { (name(file)) } "\n" }
                @let is_dense = is_shared && !of_file.iter().any(|finding| self.photos.has(finding));
                ul class=[is_dense.then_some("dense")] { "\n"
                    @for finding in of_file { (self.finding(finding, is_shared)) }
                } "\n"
            }
        }
    }

    fn finding(&mut self, finding: &Finding, is_shared: bool) -> Markup {
        let place = &finding.place;
        html! {
            li {
                @if let Some((uri, photo)) = finding.photo.as_deref().and_then(|photo| self.photos.take(photo)) {
                    img src=(visible(uri)) alt=(name(photo));
                }
                div {
                    p.place {
                        @if let Some(line) = place.line {
                            b { "line " (line) } " "
                        } @else if let Some(file) = place.file.as_deref().filter(|_| file_above(finding).is_none()) {
                            b { (name(file)) } " "
                        }
                        @if let Some(pointer) = &place.member { code { (member(pointer)) } }
                    }
                    @if !is_shared { p { (said(&finding.message, fix_kind(finding))) } }
                }
            } "\n"
        }
    }
}

/// The file that stands above a finding: none where the finding is on the file as a whole.
fn file_above(finding: &Finding) -> Option<&Path> {
    let place = &finding.place;
    place.file.as_deref().filter(|_| place.line.is_some() || place.member.is_some())
}

/// What is wrong, and the option that repairs it.
fn said(text: &str, fix: FixKind) -> Markup {
    let option = match fix {
        FixKind::None => None,
        FixKind::Safe => Some("--fix"),
        FixKind::Unsafe => Some("--unsafe-fixes"),
    };
    html! { (sentence(&message(text))) @if let Some(option) = option { " " span.badge.fix { (option) } } }
}

fn name(file: &Path) -> String {
    visible(&shortened(&file.display().to_string(), LONGEST_NAME))
}

/// The photos that a page shows, each made small once.
struct Photos<'a> {
    uris: HashMap<&'a Path, String>,
    left: usize,
}

impl<'a> Photos<'a> {
    /// Those of the first findings, in the order of the page.
    fn of(groups: &[CodeGroup<'a>], thumbnails: &dyn Thumbnails) -> Self {
        let mut uris = HashMap::new();
        let mut asked = std::collections::HashSet::new();
        let findings = groups.iter().flat_map(|group| group.findings.iter());
        let mut photos = findings.filter_map(|finding| finding.photo.as_deref()).filter(|photo| asked.insert(*photo));
        // One that cannot be shown leaves its place to the next.
        while uris.len() < MOST_THUMBNAILS {
            let next: Vec<_> = photos.by_ref().take(MOST_THUMBNAILS - uris.len()).collect();
            if next.is_empty() {
                break;
            }
            let made = thumbnails.data_uris(&next);
            uris.extend(next.into_iter().zip(made).filter_map(|(photo, uri)| Some((photo, uri?))));
        }
        Self { uris, left: MOST_THUMBNAILS }
    }

    fn has(&self, finding: &Finding) -> bool {
        finding.photo.as_deref().is_some_and(|photo| self.uris.contains_key(photo))
    }

    /// The small photo and its name, while there are any left to show.
    fn take<'b>(&mut self, photo: &'b Path) -> Option<(&str, &'b Path)> {
        let uri = self.uris.get(photo)?;
        self.left = self.left.checked_sub(1)?;
        Some((uri, photo))
    }
}

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use super::Subject;
use super::docs::docs_html;
use super::groups::{CodeGroup, fix_kind, groups, member, message, repairs};
use super::text::counts_line;
use crate::finding::{Finding, FixKind, Report, Severity};
use crate::images::JpegThumbnails;
use crate::markup::{escape, escape_sentence};
use crate::wording::{counted, shortened};

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

    /// The rest of the head: a title that is escaped already, and styles beside those that all pages have.
    pub(crate) fn write_head(out: &mut String, title: &str, style: &str) {
        let _ = write!(
            out,
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n<main>\n"
        );
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
    let mut page = Page { out: HtmlFrame::VALIDATE.beginning(), only_file, photos: Photos::of(&groups, thumbnails) };
    page.head(report, subject);
    page.counts(report);
    for group in &groups {
        page.group(group, report);
    }
    page.out.push_str(HtmlFrame::END);
    page.out.push('\n');
    page.out
}

/// A page that grows.
struct Page<'a> {
    out: String,
    /// The file that need not be named again, because there is no other.
    only_file: Option<&'a Path>,
    photos: Photos<'a>,
}

impl Page<'_> {
    fn head(&mut self, report: &Report, subject: &Subject) {
        let files: Vec<_> = subject.files.iter().map(|file| name(file)).collect();
        let files = files.join(" and ");
        let counts = counts_line(report);
        let (model, checked) = (escape(&subject.model), escape_sentence(&subject.checked));
        HtmlFrame::write_head(&mut self.out, &format!("{counts}: {files}"), "");
        let _ = write!(self.out, "<header>\n<h1>{files}</h1>\n<p>For {model}: {checked}.</p>\n<p class=\"totals\">");
        for (severity, noun) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")] {
            let count = report.count(severity);
            let class = if count == 0 { "none" } else { noun };
            let _ = write!(self.out, "<span class=\"badge {class}\">{}</span> ", counted(count, noun));
        }
        self.out.push_str("</p>\n");
        for (count, option) in [(report.fixable(), "--fix OUT"), (report.fixable_unsafe(), "--fix OUT --unsafe-fixes")]
        {
            if count > 0 {
                let _ = writeln!(self.out, "<p><code>{option}</code> repairs {count} of them.</p>");
            }
        }
        let verdict = if report.is_empty() { "<p>Nothing to mend.</p>\n" } else { "" };
        let _ = writeln!(self.out, "{verdict}</header>");
    }

    fn counts(&mut self, report: &Report) {
        if report.is_empty() {
            return;
        }
        self.out.push_str(
            "<table>\n<thead><tr><th>code</th><th>rule</th><th>severity</th><th class=\"number\">count</th><th>repair</th></tr></thead>\n<tbody>\n",
        );
        for count in report.counts() {
            let (code, rule, severity) = (count.rule.code, count.rule.name, count.severity);
            let _ = writeln!(
                self.out,
                "<tr><td><a href=\"#{code}-{severity}\">{code}</a></td><td>{rule}</td>\
                 <td><span class=\"badge {severity}\">{severity}</span></td>\
                 <td class=\"number\">{}</td><td>{}</td></tr>",
                count.total,
                repairs(&count)
            );
        }
        self.out.push_str("</tbody>\n</table>\n");
    }

    fn group(&mut self, group: &CodeGroup<'_>, report: &Report) {
        let CodeGroup { rule, severity, findings } = group;
        let (code, rule_name) = (rule.code, rule.name);
        let _ = write!(
            self.out,
            "<section id=\"{code}-{severity}\">\n<h2>{code} {rule_name} <span class=\"badge {severity}\">{}</span></h2>\n\
             <details class=\"docs\"><summary>What this means and how it is mended</summary>\n{}</details>\n",
            counted(findings.len(), &severity.to_string()),
            docs_html(rule)
        );
        let shared = group.shared_message();
        if let Some(shared) = shared {
            let _ = writeln!(
                self.out,
                "<p class=\"shared\">{}{}</p>",
                said(shared),
                group.shared_fix().map_or("", fix_badge)
            );
        }
        let (open, folded) = findings.split_at(findings.len().min(MOST_OPEN));
        self.findings(open, shared.is_some());
        if !folded.is_empty() {
            let _ = writeln!(self.out, "<details class=\"more\"><summary>{} more</summary>", folded.len());
            self.findings(folded, shared.is_some());
            self.out.push_str("</details>\n");
        }
        if let Some(count) = report.left_off().get(code) {
            let _ = writeln!(self.out, "<p>{count} more of {code} were counted and are not listed.</p>");
        }
        self.out.push_str("</section>\n");
    }

    /// Findings of one code, each file below its name.
    fn findings(&mut self, findings: &[&Finding], is_shared: bool) {
        for of_file in findings.chunk_by(|a, b| file_above(a) == file_above(b)) {
            let file = of_file.first().and_then(|finding| file_above(finding));
            if let Some(file) = file.filter(|file| self.only_file != Some(*file)) {
                let _ = writeln!(self.out, "<h3>{}</h3>", name(file));
            }
            let has_photos = of_file.iter().any(|finding| self.photos.has(finding));
            self.out.push_str(if is_shared && !has_photos { "<ul class=\"dense\">\n" } else { "<ul>\n" });
            for finding in of_file {
                self.finding(finding, is_shared);
            }
            self.out.push_str("</ul>\n");
        }
    }

    fn finding(&mut self, finding: &Finding, is_shared: bool) {
        self.out.push_str("<li>");
        if let Some((uri, photo)) = finding.photo.as_deref().and_then(|photo| self.photos.take(photo)) {
            let _ = write!(self.out, "<img src=\"{}\" alt=\"{}\">", escape(uri), name(photo));
        }
        self.out.push_str("<div><p class=\"place\">");
        if let Some(line) = finding.place.line {
            let _ = write!(self.out, "<b>line {line}</b> ");
        } else if let Some(file) = finding.place.file.as_deref().filter(|_| file_above(finding).is_none()) {
            let _ = write!(self.out, "<b>{}</b> ", name(file));
        }
        if let Some(pointer) = &finding.place.member {
            let _ = write!(self.out, "<code>{}</code>", escape(&member(pointer)));
        }
        self.out.push_str("</p>");
        if !is_shared {
            let _ = write!(self.out, "<p>{}{}</p>", said(&finding.message), fix_badge(fix_kind(finding)));
        }
        self.out.push_str("</div></li>\n");
    }
}

/// The file that stands above a finding: none where the finding is on the file as a whole.
fn file_above(finding: &Finding) -> Option<&Path> {
    let place = &finding.place;
    place.file.as_deref().filter(|_| place.line.is_some() || place.member.is_some())
}

/// What is wrong, as HTML. [`message`] has made hidden characters visible before anything is escaped.
fn said(text: &str) -> String {
    escape_sentence(&message(text))
}

fn name(file: &Path) -> String {
    escape(&shortened(&file.display().to_string(), LONGEST_NAME))
}

fn fix_badge(kind: FixKind) -> &'static str {
    match kind {
        FixKind::None => "",
        FixKind::Safe => " <span class=\"badge fix\">--fix</span>",
        FixKind::Unsafe => " <span class=\"badge fix\">--unsafe-fixes</span>",
    }
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

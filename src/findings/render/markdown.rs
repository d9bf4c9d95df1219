use std::fmt::Write as _;

use super::Subject;
use super::groups::{CodeGroup, fix_kind, fix_mark, member, message, repairs, sections};
use super::text::summary_line;
use crate::findings::{Finding, Report};
use crate::wording::visible;

/// What a report of a command begins and ends with, by which it is known again; GitHub does not show it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarkdownFrame(&'static str);

impl MarkdownFrame {
    pub(crate) const VALIDATE: Self = Self("validate");
    pub(crate) const AUDIT: Self = Self("audit");
    pub(crate) const EVALUATE: Self = Self("evaluate");
    pub(crate) const CONSENSUS: Self = Self("consensus");
    /// The last line.
    pub(crate) const LAST_LINE: &str = "<!-- end of the report -->";

    /// The first line.
    pub(crate) fn first_line(self) -> String {
        format!("<!-- report of nova-ft {} -->", self.0)
    }
}

/// Places of one code that are listed in a file.
const MOST_PLACES: usize = 10;
/// After so many bytes, groups are counted and their places not listed: a comment on GitHub holds 65,536.
const ROOM_FOR_PLACES: usize = 48 * 1024;

/// A report as Markdown, to be pasted into a pull request: what was checked, a table of the codes, the findings by file
/// and code.
///
/// What comes from the data stands in code spans and fenced blocks longer than any run of backticks in it, where nothing
/// is markup: no table, no link, no mention of a person.
pub fn render_markdown(report: &Report, subject: &Subject) -> String {
    let mut out = format!("{}\n# Report of `nova-ft validate`\n\n", MarkdownFrame::VALIDATE.first_line());
    let files: Vec<_> = subject.files.iter().map(|file| code_span(&file.display().to_string())).collect();
    let _ = writeln!(out, "{} for {}: {}\n", files.join(" and "), subject.model, subject.checked);
    let _ = writeln!(out, "**{}**", summary_line(report));
    write_table(&mut out, report);
    for section in sections(report) {
        let file = section.file.map_or("Files as a whole".to_owned(), |file| code_span(&file.display().to_string()));
        let _ = writeln!(out, "\n## {file}");
        for group in &section.groups {
            write_group(&mut out, group, section.file.is_some());
        }
    }
    for (code, count) in report.left_off() {
        let _ = writeln!(out, "\n{count} more of {code} were counted and are not listed.");
    }
    let _ = writeln!(out, "\n{}", MarkdownFrame::LAST_LINE);
    out
}

fn write_table(out: &mut String, report: &Report) {
    if report.is_empty() {
        return;
    }
    out.push_str("\n| code | rule | severity | count | repair |\n|---|---|---|---:|---|\n");
    for count in report.counts() {
        let (code, name, severity) = (count.rule.code, count.rule.name, count.severity);
        let repairs = repairs(&count).replace("--fix", "`--fix`").replace("--unsafe-fixes", "`--unsafe-fixes`");
        let _ = writeln!(out, "| {code} | {name} | {severity} | {} | {repairs} |", count.total);
    }
}

fn write_group(out: &mut String, group: &CodeGroup<'_>, has_file: bool) {
    let CodeGroup { rule, severity, findings } = group;
    // Round brackets: square ones begin a link.
    let mark = group.shared_fix().map_or("", fix_mark).replace('[', "(").replace(']', ")");
    let _ = writeln!(out, "\n### {} × {severity} {} {}{mark}", findings.len(), rule.code, rule.name);
    if out.len() > ROOM_FOR_PLACES {
        out.push_str("\nThe report is long: these places are not listed here.\n");
        return;
    }
    let shared = group.shared_message();
    let mut lines: Vec<String> = shared.map(|text| format!("{}:", message(text))).into_iter().collect();
    lines.extend(findings.iter().take(MOST_PLACES).map(|finding| {
        let mark = if group.shared_fix().is_some() { "" } else { fix_mark(fix_kind(finding)) };
        line_of(finding, shared.is_none().then_some(mark), has_file)
    }));
    let fence = "`".repeat(lines.iter().map(|line| longest_run(line)).max().unwrap_or(0).max(2) + 1);
    let _ = writeln!(out, "\n{fence}text\n{}\n{fence}", lines.join("\n"));
    if let more @ 1.. = findings.len().saturating_sub(MOST_PLACES) {
        let _ = writeln!(out, "\n… and {more} more.");
    }
}

/// A finding's place; with a mark, also what is wrong.
fn line_of(finding: &Finding, mark: Option<&str>, has_file: bool) -> String {
    let file = finding.place.file.as_deref().filter(|_| !has_file).map(|file| visible(&file.display().to_string()));
    let line = finding.place.line.map(|line| format!("line {line}"));
    let pointer = finding.place.member.as_deref().map(member);
    let place: Vec<_> = [file, line, pointer].into_iter().flatten().collect();
    let said = mark.map(|mark| message(&finding.message) + mark);
    let parts: Vec<_> = [(!place.is_empty()).then(|| place.join(" ")), said].into_iter().flatten().collect();
    parts.join(": ")
}

/// Text of the data as a code span, whatever it holds.
pub(crate) fn code_span(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // One space at each side is not shown; it keeps a backtick of the text off the fence.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::findings::render::samples::{HOSTILE, STAIN, hostile, report, subject};

    #[test]
    fn a_table_of_the_codes_then_the_places_by_file_and_code() {
        insta::assert_snapshot!(render_markdown(&report(), &subject()), @"
        <!-- report of nova-ft validate -->
        # Report of `nova-ft validate`

        `train.jsonl` for Nova Lite: checked 12 records and 2 photos

        **14 errors, 2 warnings, 0 notes; 12 fixable with --fix OUT, 1 more with --unsafe-fixes; `nova-ft rule CODE` explains a code**

        | code | rule | severity | count | repair |
        |---|---|---|---:|---|
        | JSL998 | crease | error | 12 | 12 with `--fix` |
        | IMG997 | fold | error | 2 | 1 with `--unsafe-fixes` |
        | IMG998 | coffee-stain | warning | 2 | by hand |

        ## `train.jsonl`

        ### 12 × error JSL998 crease (fixable)

        ```text
        `jpg` is written `jpeg`:
        line 1 /image/format
        line 2 /image/format
        line 3 /image/format
        line 4 /image/format
        line 5 /image/format
        line 6 /image/format
        line 7 /image/format
        line 8 /image/format
        line 9 /image/format
        line 10 /image/format
        ```

        … and 2 more.

        ### 2 × error IMG997 fold

        ```text
        line 3 /image: folded once [fixable, unsafe]
        line 4 /image: folded twice
        ```

        ### 1 × warning IMG998 coffee-stain

        ```text
        line 5 /image: stained by tea
        ```

        ## Files as a whole

        ### 1 × warning IMG998 coffee-stain

        ```text
        photos/9.jpg: stained by coffee
        ```

        <!-- end of the report -->
        ");
    }

    /// What stands outside code spans and fenced blocks.
    fn markup(markdown: &str) -> String {
        let mut markup = String::new();
        let mut lines = markdown.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("```") {
                let fence = line.trim_end_matches("text");
                assert!(lines.by_ref().any(|line| line == fence), "{fence} is closed");
                continue;
            }
            let mut rest = line;
            while let Some(start) = rest.find('`') {
                let length = rest[start..].len() - rest[start..].trim_start_matches('`').len();
                markup.push_str(&rest[..start]);
                rest = &rest[start + length..];
                // The next run of the same length closes it.
                let mut at = 0;
                loop {
                    let next = at + rest[at..].find('`').expect("every span is closed");
                    let run = rest[next..].len() - rest[next..].trim_start_matches('`').len();
                    at = next + run;
                    if run == length {
                        break;
                    }
                }
                rest = &rest[at..];
            }
            markup.push_str(rest);
            markup.push('\n');
        }
        markup
    }

    #[test]
    fn hostile_texts_make_no_markup() {
        let (report, subject) = hostile();
        let markdown = render_markdown(&report, &subject);
        let markup = markup(&markdown);
        for hint in ["script", "onmouseover", "gpj", "heading\n-", "](", "@someone", "example.com", "a | b", "</"] {
            assert!(!markup.contains(hint), "{hint}: {markup}");
        }
        assert_eq!(markup.matches("<!--").count(), 2, "the first line and the last: {markup}");
        for text in HOSTILE.iter().filter(|text| !text.contains(['\n', '\0'])) {
            assert!(markdown.contains(text), "{text} can be read");
        }
        assert!(markdown.len() < 30_000, "{} bytes", markdown.len());
    }

    #[test]
    fn a_report_fits_into_a_comment() {
        let mut report = Report::default();
        for n in 0..900 {
            report.push(Finding::new(&STAIN, Place::line(format!("{n}.jsonl"), 1), "x".repeat(300)));
        }
        let markdown = render_markdown(&report, &subject());
        assert!(markdown.contains("these places are not listed here"));
        assert!(markdown.len() < 2 * ROOM_FOR_PLACES + 60 * 900, "{} bytes", markdown.len());
    }
}

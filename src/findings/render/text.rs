use std::fmt::Write as _;

use super::Subject;
use super::groups::{CodeGroup, fix_kind, fix_mark, member, message, repairs, sections};
use crate::findings::{Finding, KEPT_PER_CODE, Report, Severity};
use crate::wording::{align_columns, counted, visible};

/// Places of one code that are listed in a file.
const MOST_PLACES: usize = 10;

/// A report as text: findings grouped by file and code, then how often each code was found, then all counts.
///
/// Each finding stands on a line of its own with its line, pointer and code. What comes from the data (names of files,
/// members, labels) is made visible: it cannot draw on a terminal, nor turn the line around.
pub fn render_text(report: &Report, subject: Option<&Subject>) -> String {
    let mut out = String::new();
    if let Some(subject) = subject {
        let _ = writeln!(out, "{}\n", subject.line());
    }
    for section in sections(report) {
        if let Some(file) = section.file {
            let _ = writeln!(out, "{}", visible(&file.display().to_string()));
        }
        let mut was_long = None;
        for group in &section.groups {
            let is_long = group.findings.len() > 1;
            if was_long.is_some_and(|was_long| was_long || is_long) {
                out.push('\n');
            }
            was_long = Some(is_long);
            write_group(&mut out, group, report, section.file.is_some());
        }
        out.push('\n');
    }
    out.push_str(&table(report));
    let _ = writeln!(out, "{}", summary_line(report));
    out
}

fn write_group(out: &mut String, group: &CodeGroup<'_>, report: &Report, is_below_file: bool) {
    let CodeGroup { rule, severity, findings } = group;
    let indent = if is_below_file { "  " } else { "" };
    if let [finding] = findings[..] {
        let _ = writeln!(out, "{indent}{}", line_of(finding, Said::WithMark, is_below_file, 0));
        return;
    }
    let cut = report.left_off().contains_key(rule.code);
    let plus = if cut { "+" } else { "" };
    let shared = group.shared_message();
    let mark = group.shared_fix().map_or("", fix_mark);
    let said = shared.map_or(String::new(), |shared| format!(": {}", message(shared)));
    let _ = writeln!(out, "{indent}{}{plus} × {severity} {} {}{said}{mark}", findings.len(), rule.code, rule.name);
    let listed = &findings[..findings.len().min(MOST_PLACES)];
    let width = listed.iter().filter_map(|finding| finding.place.line).max().map_or(0, |line| line.to_string().len());
    let said = match (shared, group.shared_fix()) {
        (Some(_), _) => Said::Above,
        (None, Some(_)) => Said::Plain,
        (None, None) => Said::WithMark,
    };
    for finding in listed {
        let _ = writeln!(out, "{indent}  {}", line_of(finding, said, is_below_file, width));
    }
    let _ = match findings.len() - listed.len() {
        0 => Ok(()),
        more if cut => writeln!(out, "{indent}  … and {more}+ more (--json lists {KEPT_PER_CODE} of a code)"),
        more => writeln!(out, "{indent}  … and {more} more (--json lists them)"),
    };
}

/// What a finding's line says after its code.
#[derive(Debug, Clone, Copy)]
enum Said {
    /// The message and how it is repaired.
    WithMark,
    /// The message; the heading says how all are repaired.
    Plain,
    /// Nothing: the heading says it all.
    Above,
}

/// A finding's place, severity and code, and what is wrong.
fn line_of(finding: &Finding, said: Said, is_below_file: bool, width: usize) -> String {
    let file = finding.place.file.as_deref().filter(|_| !is_below_file);
    let file = file.map(|file| visible(&file.display().to_string()));
    let line = finding.place.line.map(|line| format!("{line:>width$}"));
    let pointer = finding.place.member.as_deref().map(member);
    let place: Vec<_> = [file, line, pointer].into_iter().flatten().collect();
    let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(" ")) };
    let said = match said {
        Said::WithMark => format!(" {}{}", message(&finding.message), fix_mark(fix_kind(finding))),
        Said::Plain => format!(" {}", message(&finding.message)),
        Said::Above => String::new(),
    };
    format!("{place}{} {}{said}", finding.severity, finding.rule.code)
}

/// How often each code was found; nothing where one line above says it already.
fn table(report: &Report) -> String {
    let counts = report.counts();
    if counts.len() < 2 && report.left_off().is_empty() {
        return String::new();
    }
    let rows = counts.iter().map(|count| {
        let (code, name) = (count.rule.code.to_owned(), count.rule.name.to_owned());
        [code, name, count.severity.to_string(), count.total.to_string(), repairs(count)]
    });
    align_columns(rows, 3..4) + "\n"
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

/// The counts of a report on one line.
pub fn summary_line(report: &Report) -> String {
    let mut line = counts_line(report);
    let (safe, more) = (report.fixable(), report.fixable_unsafe());
    let _ = match (safe, more) {
        (0, 0) => Ok(()),
        (safe, 0) => write!(line, "; {safe} fixable with --fix OUT"),
        (0, more) => write!(line, "; {more} fixable with --fix OUT --unsafe-fixes"),
        (safe, more) => write!(line, "; {safe} fixable with --fix OUT, {more} more with --unsafe-fixes"),
    };
    if !report.is_empty() {
        line.push_str("; `nova-ft rule CODE` explains a code");
    }
    line
}

/// `16 errors, 0 warnings, 1 note`.
pub(super) fn counts_line(report: &Report) -> String {
    let count = |severity, noun: &str| counted(report.count(severity), noun);
    let (errors, warnings) = (count(Severity::Error, "error"), count(Severity::Warning, "warning"));
    format!("{errors}, {warnings}, {}", count(Severity::Note, "note"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::findings::render::samples::{STAIN, hostile, report, subject};

    #[test]
    fn findings_stand_by_file_and_code_with_the_places_of_each() {
        insta::assert_snapshot!(render_text(&report(), Some(&subject())), @"
        train.jsonl for Nova Lite: checked 12 records and 2 photos

        train.jsonl
          12 × error JSL998 crease: `jpg` is written `jpeg` [fixable]
             1 /image/format: error JSL998
             2 /image/format: error JSL998
             3 /image/format: error JSL998
             4 /image/format: error JSL998
             5 /image/format: error JSL998
             6 /image/format: error JSL998
             7 /image/format: error JSL998
             8 /image/format: error JSL998
             9 /image/format: error JSL998
            10 /image/format: error JSL998
            … and 2 more (--json lists them)

          2 × error IMG997 fold
            3 /image: error IMG997 folded once [fixable, unsafe]
            4 /image: error IMG997 folded twice

          5 /image: warning IMG998 stained by tea

        photos/9.jpg: warning IMG998 stained by coffee

        JSL998  crease        error    12  12 with --fix
        IMG997  fold          error     2  1 with --unsafe-fixes
        IMG998  coffee-stain  warning   2  by hand

        14 errors, 2 warnings, 0 notes; 12 fixable with --fix OUT, 1 more with --unsafe-fixes; `nova-ft rule CODE` explains a code
        ");
    }

    #[test]
    fn a_report_without_findings_is_its_counts() {
        let text = render_text(&Report::default(), Some(&subject()));
        insta::assert_snapshot!(text, @"
        train.jsonl for Nova Lite: checked 12 records and 2 photos

        0 errors, 0 warnings, 0 notes
        ");
    }

    #[test]
    fn what_was_not_kept_is_said() {
        let mut report = Report::default();
        report.extend((1..=1_002).map(|n| Finding::new(&STAIN, Place::line("a.jsonl", n), "stained")));
        let text = render_text(&report, None);
        assert!(text.contains("  1000+ × warning IMG998 coffee-stain: stained\n"), "{text}");
        assert!(text.contains("    … and 990+ more (--json lists 1000 of a code)\n"), "{text}");
        assert!(text.contains("IMG998  coffee-stain  warning  1002  by hand\n"), "{text}");
    }

    #[test]
    fn hostile_texts_stay_on_their_line_and_long_ones_are_cut() {
        let (report, subject) = hostile();
        let text = render_text(&report, Some(&subject));
        assert!(!text.contains(['\u{202e}', '\0', '\u{1b}', '\t']), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("# heading")));
        assert!(text.lines().all(|line| line.chars().count() < 1_000), "{text}");
        assert!(text.contains("xxx…xxx") && text.contains("the end"));
    }
}

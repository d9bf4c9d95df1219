use std::cmp::Reverse;

use maud::html;

use super::table::{Cell, Side, Table, count};
use super::{Content, Show};
use crate::findings::render::render_text;
use crate::findings::{Finding, FixKind, Report, Severity};

/// Findings that are shown; the caption counts all of them.
const MOST_ROWS: usize = 50;

impl Show for Report {
    fn content(&self) -> Content {
        let text = render_text(self, None);
        if self.is_empty() {
            return Content::text(text).with_html(html! { p { "No findings: nothing to fix." } });
        }
        let mut findings: Vec<&Finding> = self.findings().iter().collect();
        findings.sort_by_key(|finding| Reverse(finding.severity));
        let mut table = Table::new(caption(self, findings.len().min(MOST_ROWS)))
            .column("severity", "", Side::Left)
            .column("code", "", Side::Left)
            .column("where", "", Side::Left)
            .column("what", "", Side::Left)
            .column("repair", "", Side::Left);
        for finding in findings.into_iter().take(MOST_ROWS) {
            let repair = match finding.fix.as_ref().map_or(FixKind::None, |fix| fix.kind) {
                FixKind::None => "by hand",
                FixKind::Safe => "--fix",
                FixKind::Unsafe => "--fix --unsafe-fixes",
            };
            table.push([
                Cell::plain(&finding.severity.to_string()),
                Cell::plain(finding.rule.code),
                Cell::plain(&finding.place.to_string()),
                Cell::sentence(&finding.message).with_note(finding.rule.name),
                Cell::plain(repair),
            ]);
        }
        Content::text(text).with_html(table.to_html())
    }
}

/// Findings that stand in no report yet.
impl Show for Vec<Finding> {
    fn content(&self) -> Content {
        let mut report = Report::default();
        report.extend(self.iter().cloned());
        report.content()
    }
}

fn caption(report: &Report, shown: usize) -> String {
    let total: usize = report.count_by_code().values().sum();
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
        .map(|(severity, name)| count(report.count(severity), name));
    let first = if shown < total { format!("; {shown} of {total} shown") } else { String::new() };
    format!("{}{first}", counts.join(", "))
}

use serde::Serialize;

use crate::finding::{Finding, FixKind, Report};

/// One finding as a line of `--json`.
#[derive(Debug, Clone, Serialize)]
pub struct FindingEvent {
    event: &'static str,
    code: &'static str,
    name: &'static str,
    severity: String,
    scope: String,
    file: Option<String>,
    line: Option<u64>,
    pointer: Option<String>,
    message: String,
    fix: FixKind,
}

impl From<&Finding> for FindingEvent {
    fn from(finding: &Finding) -> Self {
        Self {
            event: "finding",
            code: finding.rule.code,
            name: finding.rule.name,
            severity: finding.severity.to_string(),
            scope: finding.rule.scope.to_string(),
            file: finding.place.file.as_ref().map(|path| path.display().to_string()),
            line: finding.place.line,
            pointer: finding.place.member.clone(),
            message: finding.message.clone(),
            fix: finding.fix.as_ref().map_or(FixKind::None, |fix| fix.kind),
        }
    }
}

/// A report as JSON, an object a line.
pub fn render_json(report: &Report) -> String {
    let lines = report.findings().iter().filter_map(|finding| serde_json::to_string(&FindingEvent::from(finding)).ok());
    lines.fold(String::new(), |out, line| out + &line + "\n")
}

use serde::Serialize;

use crate::findings::{Finding, FixKind, Report};

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

/// How many findings of a code were counted and not kept, as a line of `--json`.
#[derive(Debug, Clone, Serialize)]
struct LeftOffEvent {
    event: &'static str,
    code: &'static str,
    count: usize,
}

/// A report as JSON, an object a line: the findings kept, then how many of each code were not.
pub fn render_json(report: &Report) -> String {
    let findings = report.findings().iter().map(|finding| serde_json::to_string(&FindingEvent::from(finding)));
    let left_off = report.left_off().into_iter();
    let left_off =
        left_off.map(|(code, count)| serde_json::to_string(&LeftOffEvent { event: "left_off", code, count }));
    // Texts and numbers always have a form in JSON.
    findings.chain(left_off).filter_map(Result::ok).fold(String::new(), |out, line| out + &line + "\n")
}

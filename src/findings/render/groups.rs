//! The findings of a report in groups, as a person goes through them: file by file, code by code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::findings::report::reading_order;
use crate::findings::{Count, Finding, FixKind, Report, Rule, Severity};
use crate::wording::{shortened, visible};

/// Most characters of a message on one line.
const LONGEST_MESSAGE: usize = 300;
/// Most characters of a pointer or a column's name.
const LONGEST_MEMBER: usize = 200;

/// The findings of one code and severity.
#[derive(Debug)]
pub(super) struct CodeGroup<'a> {
    pub(super) rule: &'static Rule,
    pub(super) severity: Severity,
    /// At least one.
    pub(super) findings: Vec<&'a Finding>,
}

impl CodeGroup<'_> {
    /// What all findings say, where there are several and they say the same and are repaired alike.
    pub(super) fn shared_message(&self) -> Option<&str> {
        let (first, rest) = self.findings.split_first()?;
        let are_alike = !rest.is_empty() && rest.iter().all(|finding| finding.message == first.message);
        (are_alike && self.shared_fix().is_some()).then_some(&*first.message)
    }

    /// How all of them are repaired, `None` where they differ.
    pub(super) fn shared_fix(&self) -> Option<FixKind> {
        let (first, rest) = self.findings.split_first()?;
        let kind = fix_kind(first);
        rest.iter().all(|finding| fix_kind(finding) == kind).then_some(kind)
    }
}

/// The groups of one file; without a file, the findings on files as a whole and on no file.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) file: Option<&'a Path>,
    pub(super) groups: Vec<CodeGroup<'a>>,
}

/// The findings by file and code. A file of which only the whole is named (a photo) has no section of its own.
pub(super) fn sections(report: &Report) -> Vec<Section<'_>> {
    let with_lines: BTreeSet<&Path> = report
        .findings()
        .iter()
        .filter(|finding| finding.place.line.is_some() || finding.place.member.is_some())
        .filter_map(|finding| finding.place.file.as_deref())
        .collect();
    let mut by_file: BTreeMap<Option<&Path>, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings() {
        let file = finding.place.file.as_deref().filter(|file| with_lines.contains(file));
        by_file.entry(file).or_default().push(finding);
    }
    let whole = by_file.remove(&None).map(|findings| (None, findings));
    let sections = by_file.into_iter().chain(whole);
    sections.map(|(file, findings)| Section { file, groups: groups(findings) }).collect()
}

/// Findings by code: errors first, then as the rules are documented.
pub(super) fn groups<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<CodeGroup<'a>> {
    let mut groups: BTreeMap<_, CodeGroup<'a>> = BTreeMap::new();
    for finding in findings {
        let (rule, severity) = (finding.rule, finding.severity);
        let group = groups.entry(reading_order(rule, severity));
        group.or_insert_with(|| CodeGroup { rule, severity, findings: Vec::new() }).findings.push(finding);
    }
    groups.into_values().collect()
}

/// A finding's message for one line.
pub(super) fn message(text: &str) -> String {
    visible(&shortened(text, LONGEST_MESSAGE))
}

/// A finding's pointer or column for one line.
pub(super) fn member(text: &str) -> String {
    visible(&shortened(text, LONGEST_MEMBER))
}

/// How a finding is repaired.
pub(super) fn fix_kind(finding: &Finding) -> FixKind {
    finding.fix.as_ref().map_or(FixKind::None, |fix| fix.kind)
}

/// The same after a message; nothing where it is by hand.
pub(super) fn fix_mark(kind: FixKind) -> &'static str {
    match kind {
        FixKind::None => "",
        FixKind::Safe => " [fixable]",
        FixKind::Unsafe => " [fixable, unsafe]",
    }
}

/// How many findings of a count are repaired, and how.
pub(super) fn repairs(count: &Count) -> String {
    let (safe, more) = (count.fixable, count.fixable_unsafe);
    match (safe, more) {
        (0, 0) => "by hand".to_owned(),
        (safe, 0) => format!("{safe} with --fix"),
        (0, more) => format!("{more} with --unsafe-fixes"),
        (safe, more) => format!("{safe} with --fix, {more} more with --unsafe-fixes"),
    }
}

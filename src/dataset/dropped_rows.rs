//! Label rows that a user drops from the data set by the codes of their findings.

use std::collections::BTreeSet;

use crate::findings::{Finding, Severity};
use crate::labels::{Matched, ReadLabels, audit_rows};

/// The dropped rows, and the codes that select them.
#[derive(Debug, Default)]
pub(super) struct DroppedRows {
    codes: Vec<String>,
    lines: BTreeSet<u64>,
}

impl DroppedRows {
    /// Finds the rows with a finding whose code begins with one of `codes`.
    pub(super) fn find(codes: &[String], read: &ReadLabels, matched: &Matched) -> Self {
        let mut dropped =
            Self { codes: codes.iter().map(|code| code.to_uppercase()).collect(), lines: BTreeSet::new() };
        if dropped.codes.is_empty() {
            return dropped;
        }
        let audited = audit_rows(&read.labels);
        let audited = audited.iter().filter_map(|finding| Some((finding.rule.code, finding.place.line?)));
        let flagged = read.flagged.iter().chain(&matched.flagged).copied().chain(audited);
        dropped.lines = flagged.filter(|(code, _)| dropped.covers(code)).map(|(_, line)| line).collect();
        dropped
    }

    /// Whether the row on this line is dropped.
    pub(super) fn has(&self, line: u64) -> bool {
        self.lines.contains(&line)
    }

    /// Turns findings on dropped rows into warnings that say so: such a row needs no repair.
    pub(super) fn mark(&self, findings: Vec<Finding>) -> impl Iterator<Item = Finding> + '_ {
        findings.into_iter().map(|mut finding| {
            if self.covers(finding.rule.code) && finding.place.line.is_some() {
                finding.severity = Severity::Warning;
                finding.message.push_str("; row dropped");
            }
            finding
        })
    }

    fn covers(&self, code: &str) -> bool {
        self.codes.iter().any(|prefix| code.starts_with(prefix.as_str()))
    }
}

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, FixKind, Group, Rule, Severity};

/// Findings kept for each code; the rest is counted. A file with a million equal faults needs no million lines.
pub const KEPT_PER_CODE: usize = 1_000;

/// What `--allow` and `--deny` say: codes, or beginnings of codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    /// Not reported.
    pub allow: Vec<String>,
    /// Reported as an error.
    pub deny: Vec<String>,
}

impl Levels {
    /// The severity that a finding of `rule` gets instead of `severity`, `None` when it is not reported.
    ///
    /// The longer of two matching beginnings decides; of two equal ones, `deny`.
    pub fn apply(&self, rule: &Rule, severity: Severity) -> Option<Severity> {
        let longest = |codes: &[String]| {
            codes.iter().filter(|code| rule.code.starts_with(&code.to_uppercase())).map(String::len).max().unwrap_or(0)
        };
        let (allow, deny) = (longest(&self.allow), longest(&self.deny));
        match (allow, deny) {
            (0, 0) => Some(severity),
            (allow, deny) if deny >= allow => Some(Severity::Error),
            _ => None,
        }
    }
}

/// What a pass over the data found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    levels: Levels,
    findings: Vec<Finding>,
    counts: BTreeMap<(&'static str, Severity), Count>,
    /// Codes of the error-level findings that the levels did not let through.
    allowed_errors: BTreeSet<&'static str>,
}

/// How often a rule fired at one severity, kept or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The rule.
    pub rule: &'static Rule,
    /// The severity.
    pub severity: Severity,
    /// All findings.
    pub total: usize,
    /// Those that `--fix` repairs.
    pub fixable: usize,
    /// Those that `--fix --unsafe-fixes` repairs besides.
    pub fixable_unsafe: usize,
}

impl Report {
    /// An empty report that will keep what `levels` lets through.
    pub fn new(levels: Levels) -> Self {
        Self { levels, ..Self::default() }
    }

    /// Adds a finding, at the severity that the levels give it.
    pub fn push(&mut self, mut finding: Finding) {
        let Some(severity) = self.levels.apply(finding.rule, finding.severity) else {
            if finding.severity == Severity::Error {
                self.allowed_errors.insert(finding.rule.code);
            }
            return;
        };
        finding.severity = severity;
        let rule = finding.rule;
        let count = self.counts.entry((rule.code, severity));
        let count = count.or_insert(Count { rule, severity, total: 0, fixable: 0, fixable_unsafe: 0 });
        count.total += 1;
        count.fixable += usize::from(finding.is_fixed_by(FixKind::Safe));
        count.fixable_unsafe += usize::from(finding.is_fixed_by(FixKind::Unsafe));
        if count.total <= KEPT_PER_CODE {
            self.findings.push(finding);
        }
    }

    /// Adds all findings of another report.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.push(finding);
        }
    }

    /// Adds another report, what it counted and did not keep included, at the severities that the levels of this one give.
    pub fn absorb(&mut self, other: &Report) {
        self.allowed_errors.extend(&other.allowed_errors);
        for ((code, severity), count) in &other.counts {
            let Some(level) = self.levels.apply(count.rule, *severity) else {
                if *severity == Severity::Error {
                    self.allowed_errors.insert(code);
                }
                continue;
            };
            let own = self.counts.entry((code, level));
            let own = own.or_insert(Count { severity: level, total: 0, fixable: 0, fixable_unsafe: 0, ..*count });
            let room = KEPT_PER_CODE.saturating_sub(own.total);
            own.total += count.total;
            own.fixable += count.fixable;
            own.fixable_unsafe += count.fixable_unsafe;
            let of_code = |finding: &&Finding| (finding.rule.code, finding.severity) == (*code, *severity);
            let kept = other.findings.iter().filter(of_code).take(room).cloned();
            self.findings.extend(kept.map(|finding| Finding { severity: level, ..finding }));
        }
    }

    /// The same report with each finding that was kept as `edit` makes it, and nothing that can be repaired.
    #[must_use]
    pub fn beyond_repair(mut self, edit: impl Fn(Finding) -> Finding) -> Self {
        self.findings = self.findings.into_iter().map(|finding| Finding { fix: None, ..edit(finding) }).collect();
        for count in self.counts.values_mut() {
            (count.fixable, count.fixable_unsafe) = (0, 0);
        }
        self
    }

    /// Brings the findings into reading order: by file, line, pointer, code.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| (&a.place, a.rule.code).cmp(&(&b.place, b.rule.code)));
    }

    /// The findings kept, at most [`KEPT_PER_CODE`] a code.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings of a severity there are, kept or not.
    pub fn count(&self, severity: Severity) -> usize {
        self.counts.iter().filter(|((_, of), _)| *of == severity).map(|(_, count)| count.total).sum()
    }

    /// How many findings `--fix` repairs.
    pub fn fixable(&self) -> usize {
        self.counts.values().map(|count| count.fixable).sum()
    }

    /// How many findings `--fix --unsafe-fixes` repairs besides.
    pub fn fixable_unsafe(&self) -> usize {
        self.counts.values().map(|count| count.fixable_unsafe).sum()
    }

    /// How many findings there are for each code and severity: errors first, then in the order of the documentation.
    pub fn counts(&self) -> Vec<Count> {
        let mut counts: Vec<_> = self.counts.values().copied().collect();
        counts.sort_by_key(|count| reading_order(count.rule, count.severity));
        counts
    }

    /// How many findings there are for each code, kept or not.
    pub fn count_by_code(&self) -> BTreeMap<&'static str, usize> {
        let mut by_code = BTreeMap::new();
        for ((code, _), count) in &self.counts {
            *by_code.entry(*code).or_insert(0) += count.total;
        }
        by_code
    }

    /// How many findings of each code were counted and not kept; only codes that have such.
    pub fn left_off(&self) -> BTreeMap<&'static str, usize> {
        let mut left_off = self.count_by_code();
        for finding in &self.findings {
            if let Some(count) = left_off.get_mut(finding.rule.code) {
                *count = count.saturating_sub(1);
            }
        }
        left_off.retain(|_, count| *count > 0);
        left_off
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Whether anything stands in the way: a finding of error level.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The codes of error-level findings that are there and were allowed.
    pub fn allowed_errors(&self) -> Vec<&'static str> {
        self.allowed_errors.iter().copied().collect()
    }

    /// The codes of the error-level findings, `IMG001, S3U002`.
    pub fn error_codes(&self) -> String {
        let errors = self.counts.keys().filter(|(_, severity)| *severity == Severity::Error);
        errors.map(|(code, _)| *code).collect::<Vec<_>>().join(", ")
    }
}

/// Errors first, then as the rules are documented.
pub(super) fn reading_order(rule: &Rule, severity: Severity) -> (Reverse<Severity>, Option<Group>, &'static str) {
    (Reverse(severity), Group::of(rule.code), rule.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    crate::rule! {
        /// A rule for these tests.
        NOISE = "IMG999", "noise", Warning, Image, fix None;
    }

    fn levels(allow: &[&str], deny: &[&str]) -> Levels {
        let own = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        Levels { allow: own(allow), deny: own(deny) }
    }

    #[test]
    fn the_longer_beginning_decides_and_deny_wins_a_draw() {
        assert_eq!(levels(&[], &[]).apply(&NOISE, Severity::Warning), Some(Severity::Warning));
        assert_eq!(levels(&["IMG"], &[]).apply(&NOISE, Severity::Note), None);
        assert_eq!(levels(&["IMG"], &["img999"]).apply(&NOISE, Severity::Note), Some(Severity::Error));
        assert_eq!(levels(&["IMG999"], &["IMG"]).apply(&NOISE, Severity::Note), None);
        assert_eq!(levels(&["IMG"], &["IMG"]).apply(&NOISE, Severity::Note), Some(Severity::Error));
    }

    #[test]
    fn a_report_that_is_absorbed_brings_its_counts_along_and_gets_the_levels_of_the_other() {
        let noise = |n| Finding::new(&NOISE, Place::line("f", n), "noise");
        let mut many = Report::default();
        many.extend((0..KEPT_PER_CODE as u64 + 5).map(noise));
        let mut report = Report::default();
        report.push(noise(0));
        report.absorb(&many);
        assert_eq!((report.findings().len(), report.count(Severity::Warning)), (KEPT_PER_CODE, KEPT_PER_CODE + 6));
        let levels = |allow: &[&str], deny: &[&str]| Levels {
            allow: allow.iter().map(|code| (*code).to_owned()).collect(),
            deny: deny.iter().map(|code| (*code).to_owned()).collect(),
        };
        let mut denied = Report::new(levels(&[], &[NOISE.code]));
        denied.absorb(&many);
        assert_eq!(denied.count(Severity::Error), KEPT_PER_CODE + 5);
        assert!(denied.findings().iter().all(|finding| finding.severity == Severity::Error));
        let mut allowed = Report::new(levels(&[NOISE.code], &[]));
        allowed.absorb(&many);
        assert!(allowed.findings().is_empty() && allowed.counts().is_empty());
    }

    #[test]
    fn past_the_cap_findings_are_counted_and_not_kept() {
        let mut report = Report::default();
        report.extend((0..KEPT_PER_CODE as u64 + 5).map(|n| Finding::new(&NOISE, Place::line("f", n), "noise")));
        assert_eq!(report.findings().len(), KEPT_PER_CODE);
        assert_eq!(report.count(Severity::Warning), KEPT_PER_CODE + 5);
        assert_eq!(report.left_off(), BTreeMap::from([("IMG999", 5)]));
        assert!(!report.has_errors());
    }
}

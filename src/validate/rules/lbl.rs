//! The answer of a record with an image, as a label: the rules are those of the label table.

use std::cell::RefCell;

use super::Context;
use crate::exact::is_unseen;
use crate::finding::{Edit, Finding, Fix, Rule, Severity};
use crate::labels::check_name;
use crate::labels::rules::{LABEL_WITH_HIDDEN_CHARACTER, LABEL_WITH_LINE_BREAK, LABEL_WITH_OUTER_SPACE};
use crate::validate::clean::CleanTexts;
use crate::validate::record::{BlockAt, Kind, RecordView, Speaker};
use crate::wording::{counted, is_blank};

thread_local! {
    /// What is said of a label depends on nothing but the label.
    static CLEAN: RefCell<CleanTexts> = RefCell::default();
}

/// Labels that are no names. Conversations of several turns, and those without an image, are about something else.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    if record.images().next().is_none() {
        return;
    }
    let mut answers =
        record.blocks().iter().filter(|block| block.speaker == Speaker::Assistant && block.kind == Kind::Text);
    let (Some(answer), None) = (answers.next(), answers.next()) else { return };
    // Before any question it is no answer.
    if answer.pointer.numbers().0 == 0 {
        return;
    }
    let Some(name) = answer.content.as_str() else { return };
    if CLEAN.with_borrow(|clean| clean.has(name)) {
        return;
    }
    let earlier = findings.len();
    check_spelling(record, answer, name, findings);
    for fault in check_name(name) {
        let mut finding = record.finding(fault.rule, answer.pointer, fault.message);
        finding.severity = fault.severity;
        finding.fix = fault.repaired.map(|name| Fix {
            kind: fault.rule.fix,
            edits: vec![Edit::Set { pointer: answer.pointer.to_string(), value: name.into() }],
        });
        findings.push(finding);
    }
    if findings.len() == earlier {
        CLEAN.with_borrow_mut(|clean| clean.add(name));
    }
}

/// What the label table is cleaned of when it is read, and a record is not.
fn check_spelling(record: &RecordView<'_>, answer: &BlockAt<'_>, name: &str, findings: &mut Vec<Finding>) {
    // Most are clean, and of a label that shows nothing another rule says so.
    let is_odd = |c: char| c.is_whitespace() || is_unseen(c);
    if !name.contains(is_odd) || name.chars().all(is_blank) {
        return;
    }
    let trimmed = name.trim();
    let mut report = |rule: &'static Rule, message: String, repaired: Option<String>| {
        let mut finding = record.finding(rule, answer.pointer, message);
        finding.severity = Severity::Warning;
        finding.fix = repaired.map(|name| Fix {
            kind: rule.fix,
            edits: vec![Edit::Set { pointer: answer.pointer.to_string(), value: name.into() }],
        });
        findings.push(finding);
    };
    if trimmed.contains(['\n', '\r']) {
        let lines = counted(trimmed.lines().count(), "line");
        report(&LABEL_WITH_LINE_BREAK, format!("the label goes over {lines}"), None);
    }
    if trimmed.len() < name.len() {
        report(&LABEL_WITH_OUTER_SPACE, "white space around the label".to_owned(), Some(trimmed.to_owned()));
    }
    let unseen: std::collections::BTreeSet<_> = name.chars().filter(|c| is_unseen(*c)).collect();
    if !unseen.is_empty() {
        let unseen: Vec<_> = unseen.into_iter().map(|c| format!("U+{:04X}", u32::from(c))).collect();
        let message = format!("characters in the label that nobody sees: {}", unseen.join(" "));
        report(&LABEL_WITH_HIDDEN_CHARACTER, message, Some(name.replace(is_unseen, "")));
    }
}

//! The answer of a record with an image, as a label: the rules are those of the label table.

use std::cell::RefCell;

use super::Context;
use crate::findings::{Edit, Finding, Fix, Rule, Severity};
use crate::labels::check_name;
use crate::labels::rules::{LABEL_WITH_HIDDEN_CHARACTER, LABEL_WITH_LINE_BREAK, LABEL_WITH_OUTER_SPACE};
use crate::validate::clean::CleanTexts;
use crate::validate::record::{BlockAt, Kind, RecordView, Speaker};
use crate::wording::{counted, is_blank, is_line_break, unseen_in, without_unseen};

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
    // Of a label that shows nothing another rule says so.
    if name.chars().all(is_blank) {
        return;
    }
    let trimmed = name.trim_matches(is_blank);
    let mut report = |rule: &'static Rule, message: String, repaired: Option<String>| {
        let mut finding = record.finding(rule, answer.pointer, message);
        finding.severity = Severity::Warning;
        finding.fix = repaired.map(|name| Fix {
            kind: rule.fix,
            edits: vec![Edit::Set { pointer: answer.pointer.to_string(), value: name.into() }],
        });
        findings.push(finding);
    };
    let has_lines = trimmed.contains(is_line_break);
    if has_lines {
        let lines = counted(trimmed.split(is_line_break).filter(|line| !line.is_empty()).count(), "line");
        report(&LABEL_WITH_LINE_BREAK, format!("the label goes over {lines}"), None);
    }
    if trimmed.len() < name.len() {
        report(&LABEL_WITH_OUTER_SPACE, "white space around the label".to_owned(), Some(trimmed.to_owned()));
    }
    let unseen = unseen_in(if has_lines { "" } else { trimmed });
    if !unseen.is_empty() {
        let message = format!("characters in the label that nobody sees: {unseen}");
        report(&LABEL_WITH_HIDDEN_CHARACTER, message, Some(without_unseen(trimmed).trim().to_owned()));
    }
}

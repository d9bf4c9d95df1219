//! The answer of a record with an image, as a label: the rules are those of the label table.

use super::Context;
use crate::finding::{Edit, Finding, Fix};
use crate::labels::check_name;
use crate::validate::record::{Kind, RecordView, Speaker};

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
    for fault in check_name(name) {
        let mut finding = record.finding(fault.rule, answer.pointer, fault.message);
        finding.severity = fault.severity;
        finding.fix = fault.repaired.map(|name| Fix {
            kind: fault.rule.fix,
            edits: vec![Edit::Set { pointer: answer.pointer.to_string(), value: name.into() }],
        });
        findings.push(finding);
    }
}

//! The file as lines of JSON.

pub(crate) mod blank_line;
pub(crate) mod byte_order_mark;
pub(crate) mod carriage_return;
pub(crate) mod comma_too_many;
pub(crate) mod control_character;
pub(crate) mod cut_record;
pub(crate) mod invalid_json;
pub(crate) mod line_too_long;
pub(crate) mod nested_too_deep;
pub(crate) mod not_jsonl;
pub(crate) mod not_utf8;
pub(crate) mod one_list;
pub(crate) mod record_over_several_lines;
pub(crate) mod repeated_key;
pub(crate) mod several_records_on_a_line;
pub(crate) mod too_many_values;

use std::path::Path;

use crate::dataset::json::FaultKind;
use crate::dataset::jsonl::{Broken, Content, Line};
use crate::findings::{Finding, Report};

/// The checks of a file's name.
pub(crate) fn check_file_name(file: &Path, report: &mut Report) {
    report.extend(not_jsonl::check(file));
}

/// The checks of a line, whether it holds a record or not.
pub(crate) fn check_line(file: &Path, line: &Line<'_>, content: &Content<'_>, findings: &mut Vec<Finding>) {
    findings.extend(byte_order_mark::check(file, line));
    findings.extend(carriage_return::check(file, line));
    findings.extend(one_list::check(file, line));
    match content {
        Content::Blank => findings.extend(blank_line::check(file, line)),
        Content::TooLong => findings.push(line_too_long::finding(file, line)),
        Content::Broken(broken) => findings.push(of_broken(file, line, broken)),
        Content::Json(value) => {
            findings.extend(invalid_json::check_object(file, line, value));
            findings.extend(record_over_several_lines::check(file, line));
            if value.has_repeated_keys() {
                repeated_key::check(file, line, value, findings);
            }
        }
    }
}

/// The finding of a line that is no JSON.
fn of_broken(file: &Path, line: &Line<'_>, broken: &Broken<'_>) -> Finding {
    let (fault, text) = match broken {
        Broken::NotUtf8 { at } => return not_utf8::finding(file, line, *at),
        Broken::Utf16 => return not_utf8::utf16(file, line),
        Broken::NotJson { fault, text } => (fault, *text),
    };
    let message = fault.describe(text);
    match fault.kind {
        FaultKind::Cut => cut_record::finding(file, line, message),
        FaultKind::TooDeep => nested_too_deep::finding(file, line, message),
        FaultKind::TooManyValues => too_many_values::finding(file, line, message),
        FaultKind::ControlCharacter(_) => control_character::finding(file, line, message),
        FaultKind::TrailingComma | FaultKind::CommaAfterValue => comma_too_many::finding(file, line, message),
        FaultKind::SecondValue => several_records_on_a_line::finding(file, line, fault.at, message),
        FaultKind::SingleQuotes
        | FaultKind::ForeignWord
        | FaultKind::Comment
        | FaultKind::BadEscape
        | FaultKind::HalfPair
        | FaultKind::BadNumber
        | FaultKind::Expected(_) => invalid_json::finding(file, line, message),
    }
}

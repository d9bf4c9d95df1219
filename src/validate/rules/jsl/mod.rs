//! The file as lines of JSON.

pub(crate) mod blank_line;
pub(crate) mod byte_order_mark;
pub(crate) mod invalid_json;
pub(crate) mod not_jsonl;
pub(crate) mod record_over_several_lines;

use std::path::Path;

use crate::dataset::jsonl::Line;
use crate::finding::{Finding, Report};

/// The checks of a file's name.
pub(crate) fn check_file_name(file: &Path, report: &mut Report) {
    report.extend(not_jsonl::check(file));
}

/// The checks of a line, whether it holds a record or not.
pub(crate) fn check_line(file: &Path, line: &Line, findings: &mut Vec<Finding>) {
    findings.extend(blank_line::check(file, line));
    findings.extend(byte_order_mark::check(file, line));
    findings.extend(invalid_json::check(file, line));
}

use std::collections::HashSet;
use std::path::Path;

use crate::dataset::json::{Json, pointer_part};
use crate::dataset::jsonl::Line;
use crate::error::Place;
use crate::findings::{Edit, Finding};
use crate::wording::shortened;

crate::rule! {
    /// ## What it does
    /// Reports an object that has a key twice.
    ///
    /// ## Why is this bad?
    /// Which of the two counts is up to the parser (RFC 8259, section 4): what you see in one tool is not what the model learns.
    ///
    /// ## Example
    /// ```json
    /// {"role": "user", "role": "assistant", "content": []}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"role": "assistant", "content": []}
    /// ```
    ///
    /// ## Fix
    /// `--unsafe-fixes` keeps the last one, as most parsers do.
    pub(crate) REPEATED_KEY = "JSL008", "repeated-key", Error, File, fix Unsafe;
}

/// Characters of a pointer or key that a finding shows.
const LONGEST_SHOWN: usize = 400;

/// The objects of a record that have a key twice.
pub(super) fn check(file: &Path, line: &Line<'_>, value: &Json<'_>, findings: &mut Vec<Finding>) {
    walk(value, &mut String::new(), &mut |pointer, key| {
        // A long key can have many repeated keys below it.
        let place = Place::line(file, line.number).member(shortened(pointer, LONGEST_SHOWN));
        let message = format!("the key `{}` is given twice", shortened(key, LONGEST_SHOWN));
        findings.push(Finding::new(&REPEATED_KEY, place, message).with_fix(vec![Edit::OneLine]));
    });
}

fn walk(value: &Json<'_>, pointer: &mut String, report: &mut impl FnMut(&str, &str)) {
    let length = pointer.len();
    let mut seen = HashSet::new();
    for (key, inner) in value.members() {
        pointer.push('/');
        pointer.push_str(&pointer_part(key));
        if !seen.insert(key.as_ref()) {
            report(pointer, key);
        }
        walk(inner, pointer, report);
        pointer.truncate(length);
    }
    for (at, inner) in value.items().iter().enumerate() {
        pointer.push('/');
        pointer.push_str(&at.to_string());
        walk(inner, pointer, report);
        pointer.truncate(length);
    }
}

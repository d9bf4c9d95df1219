//! Reports for the tests of the renderers.

use std::path::PathBuf;

use super::Subject;
use crate::error::Place;
use crate::findings::{Edit, Finding, Report};

crate::rule! {
    /// ## What it does
    /// Reports a crease.
    pub(super) CREASE = "JSL998", "crease", Error, Record, fix Safe;
}
crate::rule! {
    /// ## What it does
    /// Reports a stain.
    ///
    /// ## Why is this bad?
    /// `tea` hides the name.
    pub(super) STAIN = "IMG998", "coffee-stain", Warning, Image, fix None;
}
crate::rule! {
    /// ## What it does
    /// Reports a fold.
    pub(super) FOLD = "IMG997", "fold", Error, Image, fix Unsafe;
}

pub(super) fn subject() -> Subject {
    Subject {
        files: vec![PathBuf::from("train.jsonl")],
        model: "Nova Lite".to_owned(),
        checked: "checked 12 records and 2 photos".to_owned(),
    }
}

/// Twelve equal findings, two that differ, one alone, one on a file as a whole.
pub(super) fn report() -> Report {
    let mut report = Report::default();
    let at = |line: u64, pointer: &str| Place::line("train.jsonl", line).member(pointer);
    for line in 1..=12 {
        let finding = Finding::new(&CREASE, at(line, "/image/format"), "`jpg` is written `jpeg`");
        report.push(finding.with_fix(vec![Edit::OneLine]));
    }
    report.push(Finding::new(&FOLD, at(3, "/image"), "folded once").with_fix(vec![Edit::DropLine]));
    report.push(Finding::new(&FOLD, at(4, "/image"), "folded twice").with_photo("photos/4.jpg"));
    report.push(Finding::new(&STAIN, at(5, "/image"), "stained by tea").with_photo("photos/5.jpg"));
    report.push(Finding::new(&STAIN, Place::file("photos/9.jpg"), "stained by coffee"));
    report.sort();
    report
}

/// Texts that try to be more than text.
pub(super) const HOSTILE: [&str; 8] = [
    "</script><img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)' `",
    "\u{202e}gpj.exe\u{2066}\0\u{1b}[31m",
    "a | b | c\n\n# heading\n- item",
    "[x](https://example.com) ![y](z) <https://example.com> @someone #1",
    "``` \n~~~\n````",
    "--> <!-- -- ]]> &amp;",
    "</style></title></details></li>",
];

/// A report whose every text from the data is hostile, and long.
pub(super) fn hostile() -> (Report, Subject) {
    let mut report = Report::default();
    for (n, text) in HOSTILE.iter().enumerate() {
        let place = Place::line(format!("{text}.jsonl"), n as u64 + 1).member(*text);
        report.push(Finding::new(&CREASE, place.clone(), *text).with_photo(*text));
        report.push(Finding::new(&STAIN, place, format!("{text}{}the end", "x".repeat(1_000_000))));
        report.push(Finding::new(&FOLD, Place::file(*text), *text));
    }
    report.sort();
    let files = HOSTILE.iter().map(PathBuf::from).collect();
    (report, Subject { files, ..subject() })
}

//! Findings: what a check saw, where, why it matters, and how it can be repaired.
//!
//! A [`Rule`] is declared once, with its documentation, by [`rule!`](crate::rule); a [`Finding`] is one place where it
//! fires; a [`Report`] is what a pass over the data returns. [`render`] turns a report into text, JSON, Markdown or a page.

pub mod limits;
pub mod render;
mod report;
mod rule;

use std::path::PathBuf;

use serde::Serialize;

pub use report::{Count, KEPT_PER_CODE, Levels, Report};
pub use rule::{FixKind, Group, Registry, Rule, Scope, Severity};

use crate::error::Place;

/// One place where a rule fires.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that fires.
    pub rule: &'static Rule,
    /// The rule's severity, or what `--deny` made of it.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong there, as a sentence without a period.
    pub message: String,
    /// The repair, where there is one.
    pub fix: Option<Fix>,
    /// The photo that it is about, where it was found.
    pub photo: Option<PathBuf>,
}

impl Finding {
    /// A finding of `rule` at `place`.
    pub fn new(rule: &'static Rule, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self { rule, severity: rule.severity, place: place.into(), message: message.into(), fix: None, photo: None }
    }

    /// Whether it has a repair of this kind.
    pub fn is_fixed_by(&self, kind: FixKind) -> bool {
        self.fix.as_ref().is_some_and(|fix| fix.kind == kind)
    }

    /// The same finding with its repair.
    #[must_use]
    pub fn with_fix(mut self, edits: Vec<Edit>) -> Self {
        self.fix = Some(Fix { kind: self.rule.fix, edits });
        self
    }

    /// The same finding with its photo.
    #[must_use]
    pub fn with_photo(mut self, photo: impl Into<PathBuf>) -> Self {
        self.photo = Some(photo.into());
        self
    }
}

/// A repair of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// Whether it is applied without being asked for.
    pub kind: FixKind,
    /// What to change; all or none.
    pub edits: Vec<Edit>,
}

/// One change to a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Puts a value where the JSON pointer points.
    Set {
        /// RFC 6901 pointer into the record.
        pointer: String,
        /// The new value.
        value: serde_json::Value,
    },
    /// Leaves out the member that the JSON pointer points to.
    Remove {
        /// RFC 6901 pointer into the record.
        pointer: String,
    },
    /// Writes the record on a line of its own, as JSON without line breaks.
    OneLine,
    /// Leaves out commas with nothing after them.
    DropCommas,
    /// Breaks the line in two.
    BreakLine {
        /// Where in the line's text the second part begins, in bytes.
        at: usize,
    },
    /// Ends the line in LF alone.
    LineFeed,
    /// Reads the bytes as GB18030 and writes them as UTF-8.
    Decode,
    /// Leaves the line out.
    DropLine,
    /// Leaves out the byte order mark that the line begins with.
    DropByteOrderMark,
}

//! What was decided so far, as the journal's lines tell it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::images::Digest;

/// A line of the journal. Lines of other kinds, cut ones and those that a person broke are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Line {
    /// Something was decided.
    Decision(Decision),
    /// All that stands above is in the table.
    Written {
        when: String,
        /// Of the table's bytes.
        sha256: Digest,
    },
}

/// What was decided about a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Decision {
    /// The moment, RFC 3339.
    pub(super) when: String,
    /// The photo's name in the folder.
    pub(super) image: String,
    pub(super) how: How,
    /// The rows of the photo; one without a line is added, or taken away again.
    pub(super) rows: Vec<RowChange>,
    /// What there was to choose from.
    pub(super) candidates: Vec<Claim>,
}

/// How a decision was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    /// The name in the table is right.
    Accepted,
    /// A candidate's name.
    Picked,
    /// A name of the person's own.
    Typed,
    /// Left for later.
    Skipped,
    /// The decision before it is taken back.
    Undone,
}

/// What becomes of a row's seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowChange {
    /// The line of the table that the row began on at that moment.
    pub(super) line: Option<u64>,
    /// `None`: there was no row.
    pub(super) before: Option<String>,
    /// `None`: there is no row afterwards.
    pub(super) after: Option<String>,
}

/// A name, and who says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) who: Vec<String>,
}

/// The sellers of a photo's rows, in the order of the table.
pub(super) type Sellers = Vec<String>;

impl Decision {
    pub(super) fn before(&self) -> Sellers {
        self.rows.iter().filter_map(|row| row.before.clone()).collect()
    }

    pub(super) fn after(&self) -> Sellers {
        self.rows.iter().filter_map(|row| row.after.clone()).collect()
    }
}

/// What is still to be written of a photo.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pending {
    /// What its rows say when it is written.
    pub(super) target: Sellers,
    /// What they may say until then; anything else was written by somebody else.
    pub(super) known: BTreeSet<Sellers>,
}

/// The decisions that hold, the last of each photo, and what of them is not in the table yet.
#[derive(Debug, Default)]
pub(super) struct History {
    stack: Vec<Decision>,
    /// Of each photo, the places of its decisions, the last one at the end.
    places_of: HashMap<String, Vec<usize>>,
    pub(super) pending: BTreeMap<String, Pending>,
}

impl History {
    /// Takes a line of the journal.
    pub(super) fn take(&mut self, line: Line) {
        match line {
            Line::Written { .. } => self.pending.clear(),
            Line::Decision(decision) => {
                let (before, after) = (decision.before(), decision.after());
                if before != after {
                    let pending = self.pending.entry(decision.image.clone());
                    let pending = pending.or_insert_with(|| Pending { target: Sellers::new(), known: BTreeSet::new() });
                    pending.known.extend([before, after.clone()]);
                    pending.target = after;
                }
                if decision.how == How::Undone {
                    self.take_back();
                } else {
                    self.places_of.entry(decision.image.clone()).or_default().push(self.stack.len());
                    self.stack.push(decision);
                }
            }
        }
    }

    fn take_back(&mut self) {
        if let Some(places) = self.stack.pop().and_then(|undone| self.places_of.get_mut(&undone.image)) {
            places.pop();
        }
    }

    /// The decision that holds for a photo.
    pub(super) fn of(&self, image: &str) -> Option<&Decision> {
        self.place_of(image).and_then(|at| self.stack.get(at))
    }

    /// The one that is taken back next.
    pub(super) fn last(&self) -> Option<&Decision> {
        self.stack.last()
    }

    /// When a photo was decided, as a number that rises.
    pub(super) fn place_of(&self, image: &str) -> Option<usize> {
        self.places_of.get(image)?.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;

    fn decision(image: &str, how: How, before: &str, after: &str) -> Line {
        let rows = vec![RowChange { line: Some(2), before: Some(before.into()), after: Some(after.into()) }];
        Line::Decision(Decision { when: String::new(), image: image.into(), how, rows, candidates: Vec::new() })
    }

    #[test]
    fn undoing_goes_back_one_decision_at_a_time() {
        let mut history = History::default();
        history.take(decision("a", How::Picked, "1", "2"));
        history.take(decision("a", How::Typed, "2", "3"));
        history.take(decision("b", How::Skipped, "1", "1"));
        history.take(decision("b", How::Undone, "1", "1"));
        assert_eq!((history.of("b"), history.of("a").unwrap().how), (None, How::Typed));
        history.take(decision("a", How::Undone, "3", "2"));
        assert_eq!(history.of("a").unwrap().how, How::Picked);
        assert_eq!(history.last().unwrap().after(), ["2"]);
    }

    #[test]
    fn very_many_decisions_are_undone_one_by_one() {
        let mut history = History::default();
        let count = 100_000;
        (0..count).for_each(|n| history.take(decision(&n.to_string(), How::Skipped, "1", "1")));
        (0..count).for_each(|_| history.take(decision("", How::Undone, "1", "1")));
        assert_eq!((history.last(), history.of("0")), (None, None));
    }

    #[test]
    fn what_is_written_is_pending_no_longer_and_what_changed_nothing_never_was() {
        let mut history = History::default();
        history.take(decision("a", How::Picked, "1", "2"));
        history.take(Line::Written { when: String::new(), sha256: hash_bytes(b"") });
        history.take(decision("b", How::Accepted, "1", "1"));
        assert!(history.pending.is_empty());
        history.take(decision("a", How::Typed, "2", "3"));
        history.take(decision("a", How::Undone, "3", "2"));
        let pending = &history.pending["a"];
        assert_eq!((pending.target.clone(), pending.known.len()), (vec!["2".to_owned()], 2));
    }

    #[test]
    fn a_line_reads_as_the_documentation_says() {
        let line = r#"{"kind":"decision","when":"2026-11-22T11:03:36Z","image":"1.jpg","how":"picked","rows":[{"line":2,"before":"甲","after":"乙"}],"candidates":[{"name":"乙","who":["reader"]}]}"#;
        let parsed: Line = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), line);
    }
}

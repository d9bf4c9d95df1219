//! The names that a photo may get, and who says them.

use std::collections::HashMap;

use serde::Serialize;

use super::history::Claim;
use crate::exact::shared;
use crate::findings::Severity;
use crate::labels::check_name;
use crate::wording::visible;

/// Most candidates of a photo: nine have a key, and a table of more labelers is none that a person looks through.
pub(super) const MOST: usize = 30;
/// Most characters of a name that a decision may have.
pub(super) const LONGEST_NAME: usize = 200;
/// The table's own word among the labelers.
pub(super) const TABLE: &str = "the table";
/// The page that the reader has kept.
pub(super) const READING: &str = "read on the photo";

/// What a decision has replaced.
pub(super) const BEFORE: &str = "the table, before your decision";

/// A name to choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Candidate {
    pub(super) name: String,
    /// The labelers that say it.
    pub(super) who: Vec<String>,
    /// The name in runs, those marked that the first name does not share; of the first one, what the second does not.
    pub(super) runs: Vec<Run>,
    /// What is odd about it.
    pub(super) warnings: Vec<Warning>,
}

/// Part of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) differs: bool,
}

/// Something odd about a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Warning {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) text: String,
    /// The name as it should be, where that can be known.
    pub(super) repaired: Option<String>,
}

/// What is odd about a name.
pub(super) fn warnings(name: &str) -> Vec<Warning> {
    let warning = |fault: crate::labels::NameFault| Warning {
        code: fault.rule.code,
        severity: fault.severity,
        text: visible(&fault.message),
        repaired: fault.repaired,
    };
    check_name(name).into_iter().map(warning).collect()
}

/// The names of claims, each once: the table's first, then those that most say, in the order in which they came.
pub(super) fn candidates(claims: impl IntoIterator<Item = (String, String)>) -> Vec<Candidate> {
    let mut found: Vec<Claim> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (who, name) in claims.into_iter().filter(|(_, name)| !name.is_empty()) {
        if let Some(at) = places.get(&name) {
            found[*at].who.push(who);
        } else {
            places.insert(name.clone(), found.len());
            found.push(Claim { name, who: vec![who] });
        }
    }
    found.sort_by_key(|one| (!one.who.iter().any(|who| who == TABLE), std::cmp::Reverse(one.who.len())));
    found.truncate(MOST);
    let names: Vec<_> = found.iter().map(|one| one.name.clone()).collect();
    let other = |at: usize| names.get(usize::from(at == 0)).cloned();
    let with_runs = |(at, Claim { name, who }): (usize, Claim)| {
        let runs = runs(&name, other(at).as_deref());
        Candidate { runs, warnings: warnings(&name), name, who }
    };
    found.into_iter().enumerate().map(with_runs).collect()
}

/// A name in runs of what another shares and does not; in one run where they share less than half of it: nobody compares such
/// names letter by letter.
fn runs(name: &str, other: Option<&str>) -> Vec<Run> {
    let letters = |text: &str| text.chars().take(4 * LONGEST_NAME).collect::<Vec<_>>();
    let own = letters(name);
    let mut is_shared = match other {
        Some(other) => shared(&own, &letters(other), |a, b| a == b).0,
        None => vec![true; own.len()],
    };
    if is_shared.iter().filter(|shared| **shared).count() * 2 < own.len() {
        is_shared.fill(true);
    }
    let pairs: Vec<_> = own.iter().zip(&is_shared).collect();
    let run = |run: &[(&char, &bool)]| Run {
        text: run.iter().map(|(letter, _)| **letter).collect(),
        differs: run.first().is_some_and(|(_, shared)| !**shared),
    };
    pairs.chunk_by(|a, b| a.1 == b.1).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(claims: &[(&str, &str)]) -> Vec<Candidate> {
        candidates(claims.iter().map(|(who, name)| ((*who).to_owned(), (*name).to_owned())))
    }

    #[test]
    fn a_name_stands_once_with_all_who_say_it_and_the_tables_comes_first() {
        let found = said(&[(TABLE, "甲公司"), ("a", "乙公司"), ("b", ""), ("c", "丙公司"), ("d", "丙公司")]);
        let lines: Vec<_> = found.iter().map(|one| format!("{} {}", one.name, one.who.join("+"))).collect();
        assert_eq!(lines, ["甲公司 the table", "丙公司 c+d", "乙公司 a"]);
    }

    #[test]
    fn what_differs_from_the_first_name_is_marked_brackets_included() {
        let found = said(&[(TABLE, "北京宇音(天下)公司"), ("a", "北京字音（天下）公司")]);
        let marked = |at: usize| {
            let run = |run: &Run| if run.differs { format!("[{}]", run.text) } else { run.text.clone() };
            found[at].runs.iter().map(run).collect::<String>()
        };
        assert_eq!([marked(0), marked(1)], ["北京[宇]音[(]天下[)]公司", "北京[字]音[（]天下[）]公司"]);
        assert_eq!(found[0].warnings[0].repaired.as_deref(), Some("北京宇音（天下）公司"));
        let apart = said(&[("a", "北京宇音天下公司"), ("b", "提取失败: 公司")]);
        assert!(apart.iter().all(|one| one.runs.len() == 1 && !one.runs[0].differs), "{apart:?}");
        assert_eq!(said(&[("a", "甲公司")])[0].runs, [Run { text: "甲公司".into(), differs: false }]);
    }

    #[test]
    fn a_table_of_very_many_labelers_stays_short() {
        let claims = (0..100).map(|n| (n.to_string(), format!("第{n}公司")));
        assert_eq!(candidates(claims).len(), MOST);
    }
}

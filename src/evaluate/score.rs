//! The figures of one model's answers. Nothing here asks anybody anything.
//!
//! A question that failed counts as wrong, with every character wrong: a model that cannot be reached must not look better
//! than one that errs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cases::Case;
use super::interval::{Interval, bootstrap, mean};
use crate::aws::inference::Answer;
use crate::exact::{edits, exact_form};

/// From so many sheets on there is something to conclude.
pub(super) const ENOUGH_SHEETS: usize = 20;

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Photos.
    pub count: usize,
    /// Part of the photos whose answer is exact.
    pub exact: f64,
    /// Sheets of paper.
    pub sheets: usize,
    /// The headline: the mean over sheets of the part of each sheet's photos whose answer is exact. Two photos of one sheet
    /// are one witness, so a sheet counts once however often it was photographed, and one half where half its photos are
    /// right: no tie has to be broken.
    pub exact_sheets: f64,
    /// The interval of `exact_sheets`, by bootstrap over sheets.
    pub interval: Option<Interval>,
    /// Characters put in, left out or changed, of those of the labels; of one photo at most all.
    pub cer: f64,
    /// Part of the photos with a known buyer for which that was the answer; `None` where no buyer is known.
    pub buyer: Option<f64>,
    /// Photos whose buyer is known.
    pub buyers_known: usize,
    /// Part of the photos whose answer has the name and more, or is a sentence.
    pub chatter: f64,
    /// Part of the photos that were answered with nothing.
    pub empty: f64,
    /// Photos that could not be asked about.
    pub failed: usize,
    /// Of sellers that training named.
    pub seen: Option<Part>,
    /// Of sellers that training did not name.
    pub unseen: Option<Part>,
}

/// The figures of a part of the photos.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Photos.
    pub count: usize,
    /// As in [`Score`].
    pub exact: f64,
    /// Sheets.
    pub sheets: usize,
    /// As in [`Score`].
    pub exact_sheets: f64,
}

impl Score {
    /// Whether there are sheets enough to conclude anything.
    pub fn is_enough(&self) -> bool {
        self.sheets >= ENOUGH_SHEETS
    }
}

/// Whether an answer is exact.
pub(super) fn is_exact(case: &Case, answer: &Answer) -> bool {
    answer.text().is_some_and(|text| exact_form(text) == exact_form(&case.label))
}

/// How many characters of the label are wrong in an answer, and how many it has.
fn wrong_characters(case: &Case, answer: &Answer) -> (usize, usize) {
    let label = exact_form(&case.label);
    let length = label.chars().count();
    (answer.text().map_or(length, |text| edits(&exact_form(text), &label).min(length)), length)
}

/// Whether an answer is more than a name.
pub(super) fn is_chatter(case: &Case, answer: &Answer) -> bool {
    /// Words and marks of sentences, and of none of the names that a tax office gives.
    const OF_SENTENCES: &[&str] = &["销售方", "是:", "。", "名称", "seller", "invoice", "sorry", "抱歉", "\n"];
    let Some(text) = answer.text() else { return false };
    let (form, label) = (exact_form(text), exact_form(&case.label));
    let lower = text.trim().to_lowercase();
    form != label
        && !form.is_empty()
        && ((!label.is_empty() && form.contains(&label)) || OF_SENTENCES.iter().any(|word| lower.contains(word)))
}

/// The part of each sheet's photos for which something holds, by sheet.
pub(super) fn by_sheet(cases: &[Case], holds: impl Fn(usize) -> bool) -> BTreeMap<&str, f64> {
    let mut sheets: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        let sheet = sheets.entry(case.sheet.as_str()).or_default();
        sheet.0 += usize::from(holds(at));
        sheet.1 += 1;
    }
    sheets.into_iter().map(|(name, (held, all))| (name, held as f64 / all as f64)).collect()
}

fn rate(held: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { held as f64 / all as f64 }
}

fn part(cases: &[Case], answers: &[Answer], seen: bool) -> Option<Part> {
    let of_part = cases.iter().zip(answers).filter(|(case, _)| case.seen == Some(seen));
    let (cases, answers): (Vec<_>, Vec<_>) = of_part.map(|(case, answer)| (case.clone(), answer.clone())).unzip();
    if cases.is_empty() {
        return None;
    }
    let exact = cases.iter().zip(&answers).filter(|(case, answer)| is_exact(case, answer)).count();
    let sheets: Vec<f64> = by_sheet(&cases, |at| is_exact(&cases[at], &answers[at])).into_values().collect();
    Some(Part {
        count: cases.len(),
        exact: rate(exact, cases.len()),
        sheets: sheets.len(),
        exact_sheets: mean(&sheets),
    })
}

/// Scores the answers to these questions; `buyers` are those of the photos, where they are known.
///
/// What has no partner, a question without an answer or a buyer, is passed over: the three are of one length.
pub fn score(cases: &[Case], answers: &[Answer], buyers: &[Option<String>]) -> Score {
    let count = cases.len().min(answers.len());
    let (cases, answers) = (&cases[..count], &answers[..count]);
    let pairs = || cases.iter().zip(answers);
    let exact = pairs().filter(|(case, answer)| is_exact(case, answer)).count();
    let sheets: Vec<f64> = by_sheet(cases, |at| is_exact(&cases[at], &answers[at])).into_values().collect();
    let (wrong, length) = pairs()
        .map(|(case, answer)| wrong_characters(case, answer))
        .fold((0, 0), |sum, (wrong, length)| (sum.0 + wrong, sum.1 + length));
    let known: Vec<_> =
        answers.iter().zip(buyers).filter_map(|(answer, buyer)| Some((answer, buyer.as_deref()?))).collect();
    let is_buyer = |(answer, buyer): &&(&Answer, &str)| {
        answer.text().is_some_and(|text| !text.trim().is_empty() && exact_form(text) == exact_form(buyer))
    };
    let is_empty = |answer: &&Answer| answer.text().is_some_and(|text| exact_form(text).is_empty());
    Score {
        count,
        exact: rate(exact, count),
        sheets: sheets.len(),
        exact_sheets: mean(&sheets),
        interval: bootstrap(&sheets),
        cer: rate(wrong, length),
        buyer: (!known.is_empty()).then(|| rate(known.iter().filter(is_buyer).count(), known.len())),
        buyers_known: known.len(),
        chatter: rate(pairs().filter(|(case, answer)| is_chatter(case, answer)).count(), count),
        empty: rate(answers.iter().filter(is_empty).count(), count),
        failed: answers.iter().filter(|answer| answer.text().is_none()).count(),
        seen: part(cases, answers, true),
        unseen: part(cases, answers, false),
    }
}

//! Two models side by side, photo by photo.

use serde::Serialize;

use super::cases::Case;
use super::interval::{Interval, bootstrap, mean};
use super::score::{by_sheet, is_exact};
use crate::aws::inference::Answer;

/// What tuning did to one answer. The worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was right and is wrong.
    Lost,
    /// It was wrong and is wrong.
    BothWrong,
    /// It was wrong and is right.
    Gained,
    /// It was right and is right.
    BothRight,
}

impl Change {
    /// As a person says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::BothWrong => "both wrong",
            Self::Gained => "gained",
            Self::BothRight => "both right",
        }
    }
}

/// What tuning did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// For each photo, in the order of the questions.
    #[serde(skip)]
    pub changes: Vec<Change>,
    /// Photos that both get right.
    pub both_right: usize,
    /// Photos that only the tuned model gets right.
    pub gained: usize,
    /// Photos that only the base model gets right.
    pub lost: usize,
    /// Photos that neither gets right.
    pub both_wrong: usize,
    /// The gain in exact by sheet.
    pub difference: f64,
    /// Its interval, by bootstrap over the sheets: each with both models' answers.
    pub interval: Option<Interval>,
    /// How likely so uneven a count of gained and lost is where tuning does nothing: the exact test of `McNemar`, two-sided. It takes
    /// photos for independent, which those of one sheet are not; the interval does not.
    pub p_value: f64,
}

/// Compares the answers of two models to these questions.
pub fn compare(cases: &[Case], base: &[Answer], tuned: &[Answer]) -> Comparison {
    let count = cases.len().min(base.len()).min(tuned.len());
    let cases = &cases[..count];
    let was = |at: usize| is_exact(&cases[at], &base[at]);
    let is = |at: usize| is_exact(&cases[at], &tuned[at]);
    let changes: Vec<Change> = (0..count)
        .map(|at| match (was(at), is(at)) {
            (true, true) => Change::BothRight,
            (false, true) => Change::Gained,
            (true, false) => Change::Lost,
            (false, false) => Change::BothWrong,
        })
        .collect();
    let number = |change: Change| changes.iter().filter(|own| **own == change).count();
    let before = by_sheet(cases, was);
    let differences: Vec<f64> = by_sheet(cases, is).into_iter().map(|(sheet, after)| after - before[sheet]).collect();
    let (gained, lost) = (number(Change::Gained), number(Change::Lost));
    Comparison {
        both_right: number(Change::BothRight),
        gained,
        lost,
        both_wrong: number(Change::BothWrong),
        difference: mean(&differences),
        interval: bootstrap(&differences),
        p_value: mcnemar(gained, lost),
        changes,
    }
}

/// Twice the chance that of so many coins no more than the smaller number show one side.
fn mcnemar(gained: usize, lost: usize) -> f64 {
    let (all, fewer) = (gained + lost, gained.min(lost));
    // The chance of k heads, by logarithms: 2^-n is no number for a computer where n is large.
    let mut chance = -(all as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for heads in 0..=fewer {
        sum += chance.exp();
        chance += ((all - heads) as f64).ln() - ((heads + 1) as f64).ln();
    }
    (2.0 * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_is_that_of_the_textbook() {
        assert!((mcnemar(0, 0) - 1.0).abs() < 1e-12);
        assert!((mcnemar(5, 0) - 0.0625).abs() < 1e-12);
        assert!((mcnemar(0, 5) - 0.0625).abs() < 1e-12);
        // 2 (1 + 10 + 45) / 1024
        assert!((mcnemar(8, 2) - 0.109_375).abs() < 1e-12);
        assert!((mcnemar(4, 4) - 1.0).abs() < 1e-12);
        assert!(mcnemar(2_000, 100) < 1e-100);
    }
}

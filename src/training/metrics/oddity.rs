use std::fmt;

use crate::error::Place;
use crate::wording::counted;

/// Something odd in a metrics file that it can be read in spite of. Equal ones are one, at the first row that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// Where it is first.
    pub place: Place,
    /// What it is.
    pub kind: OddityKind,
    /// How many rows have it.
    pub count: usize,
}

/// What can be odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OddityKind {
    /// NaN, infinite, or far beyond what a loss can be.
    NotANumber,
    /// Below zero.
    Negative,
    /// An empty cell.
    NoLoss,
    /// The loss was reckoned from the perplexity.
    FromPerplexity,
    /// A step that stands there more than once.
    RepeatedStep,
    /// Steps that begin again in each epoch.
    StepsRestart,
    /// Rows that are not in the order of their steps.
    Unsorted,
    /// An empty cell, or none.
    NoEpoch,
    /// Epochs with fractions, as a share of the way.
    FractionalEpoch,
}

impl OddityKind {
    /// What to do, or what was done about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotANumber => {
                "the training ran away there: try a lower learning rate or a longer warm-up; the chart has a cross for each."
            }
            Self::Negative => "a cross-entropy is never below zero: check that the column is the loss.",
            Self::NoLoss => "the chart has a gap there.",
            Self::FromPerplexity => "the loss is the logarithm of the perplexity.",
            Self::RepeatedStep => {
                "of each step the last row counts; if two jobs were put into one file, chart them apart."
            }
            Self::StepsRestart => "they are counted on over all epochs.",
            Self::Unsorted => "they were sorted.",
            Self::NoEpoch => "these rows count for no epoch.",
            Self::FractionalEpoch => "they were rounded up.",
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            OddityKind::NotANumber => "the loss is not a number",
            OddityKind::Negative => "the loss is below zero",
            OddityKind::NoLoss => "there is no loss",
            OddityKind::FromPerplexity => "there is a perplexity and no loss",
            OddityKind::RepeatedStep => "the step is there already",
            OddityKind::StepsRestart => "the steps begin again in each epoch",
            OddityKind::Unsorted => "the step is lower than the one before",
            OddityKind::NoEpoch => "there is no epoch",
            OddityKind::FractionalEpoch => "the epoch has a fraction",
        };
        write!(f, "{}: {what}", self.place)?;
        if self.count > 1 { write!(f, " ({})", counted(self.count, "row")) } else { Ok(()) }
    }
}

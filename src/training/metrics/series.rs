use std::path::PathBuf;

use super::oddity::Oddity;
use crate::dataset::Side;

/// A loss this large is none: guessing evenly among a vocabulary of a million tokens has the loss 13.8. What is beyond it, on
/// either side of zero, counts as a number that ran away.
pub(super) const LARGEST_LOSS: f64 = 1e6;

/// The losses of one side, step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The file that they come from: a path, or the URI of an object.
    pub source: PathBuf,
    /// Which records they are of.
    pub side: Side,
    /// Sorted by step, each step once.
    pub rows: Vec<Row>,
    /// What was odd in the file.
    pub oddities: Vec<Oddity>,
}

/// A row of a metrics file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    /// As the file counts: Bedrock's documentation counts steps from 0, its files from 1. A file without steps has its rows
    /// counted from 1.
    pub step: u64,
    /// From 1, whatever the file counts from; `None` where the file does not say and nothing else does.
    pub epoch: Option<u32>,
    /// As it stands in the file, so it may be infinite or no number; `None` where the cell is empty.
    pub loss: Option<f64>,
    /// Where the file has it.
    pub perplexity: Option<f64>,
}

/// The name that Bedrock gives to the losses of a side.
pub(super) fn file_name(side: Side) -> &'static str {
    match side {
        Side::Train => "step_wise_training_metrics.csv",
        Side::Validation => "validation_metrics.csv",
    }
}

impl Row {
    /// The loss, where it is one.
    pub fn finite_loss(&self) -> Option<f64> {
        self.loss.filter(|loss| loss.abs() <= LARGEST_LOSS)
    }

    /// Whether the training wrote a loss that is none.
    pub fn ran_away(&self) -> bool {
        self.loss.is_some() && self.finite_loss().is_none()
    }
}

impl Series {
    /// The steps that have a loss, with it.
    pub fn losses(&self) -> impl Iterator<Item = (u64, f64)> {
        self.rows.iter().filter_map(|row| Some((row.step, row.finite_loss()?)))
    }

    /// The file's name, without its folders.
    pub fn name(&self) -> String {
        self.source.file_name().unwrap_or(self.source.as_os_str()).to_string_lossy().into_owned()
    }
}

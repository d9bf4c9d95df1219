//! The model: a linear score for each candidate, one for "none of these", and how far it trusts its copying.

use serde::{Deserialize, Serialize};

use super::features::{COUNT, FIRST_ORGANISATION, Features, look};
use invoice_ocr::reader::Page;

/// Where the weight of "none of these" is, behind those of the features.
pub(super) const NONE: usize = COUNT;
/// Where the trust in copying is: the log odds of a character that is copied right.
pub(super) const COPYING: usize = COUNT + 1;
/// Weights of a model.
pub(super) const WEIGHTS: usize = COUNT + 2;

/// A model, tuned or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub(crate) struct Ranker {
    weights: Vec<f64>,
}

/// A ranker as it was written, perhaps by another version.
#[derive(Deserialize)]
struct Stored {
    weights: Vec<f64>,
}

impl TryFrom<Stored> for Ranker {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let count = stored.weights.len();
        if count != WEIGHTS || !stored.weights.iter().all(|weight| weight.is_finite()) {
            return Err(format!("a model of another version: {count} weights, not {WEIGHTS}"));
        }
        Ok(Self { weights: stored.weights })
    }
}

impl Ranker {
    /// The untuned model: takes the first organisation on the page, often the buyer, and has not learned to copy letter by
    /// letter.
    pub(crate) fn naive() -> Self {
        /// So sure is it of the first organisation: e⁴ to 1 against another line.
        const HABIT: f64 = 4.0;
        let mut weights = vec![0.0; WEIGHTS];
        weights[FIRST_ORGANISATION] = HABIT;
        Self { weights }
    }

    pub(super) fn of_weights(weights: Vec<f64>) -> Self {
        Self { weights }
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The seller's name by this model; empty where it takes none of the lines.
    pub(crate) fn answer(&self, page: &Page) -> String {
        let candidates = look(page);
        let scores = scores(&self.weights, candidates.iter().map(|seen| &seen.features));
        // Of equal ones the first.
        let best = (0..scores.len()).rev().max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or_default();
        candidates.into_iter().nth(best).map(|candidate| candidate.text).unwrap_or_default()
    }
}

/// The score of each candidate, and behind them that of "none of these".
pub(super) fn scores<'a>(weights: &[f64], candidates: impl Iterator<Item = &'a Features>) -> Vec<f64> {
    let score = |features: &Features| {
        features.iter().map(|(feature, value)| weights[usize::from(*feature)] * f64::from(*value)).sum()
    };
    candidates.map(score).chain([weights[NONE]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranker_reads_back_and_one_of_another_version_is_refused() {
        let ranker = Ranker::naive();
        let text = serde_json::to_string(&ranker).unwrap();
        assert_eq!(serde_json::from_str::<Ranker>(&text).unwrap(), ranker);
        let error = serde_json::from_str::<Ranker>(r#"{"weights":[1.0,2.0]}"#).unwrap_err();
        assert!(error.to_string().starts_with("a model of another version: 2 weights, not "), "{error}");
    }

    #[test]
    fn a_page_without_candidates_has_no_answer() {
        assert_eq!(Ranker::naive().answer(&Page::default()), "");
    }
}

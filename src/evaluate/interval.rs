//! How sure a mean over sheets is: what it would be, had other sheets of the same kind been held out.

use std::fmt;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// A range that holds the true value in 95 of 100 such samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} to {:.2}", self.low, self.high)
    }
}

const DRAWS: usize = 2_000;
/// Fixed: the same answers give the same report.
const SEED: u64 = 20_261_122;

/// The interval of the mean of these values, a value for each sheet, by bootstrap; `None` of none.
pub(super) fn bootstrap(values: &[f64]) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut draw = || {
        let sum: f64 = (0..values.len()).map(|_| values[rng.random_range(0..values.len())]).sum();
        sum / values.len() as f64
    };
    let mut means: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    means.sort_by(f64::total_cmp);
    Some(Interval { low: means[DRAWS / 40], high: means[DRAWS - 1 - DRAWS / 40] })
}

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_as_wide_as_theory_says_and_the_same_each_time() {
        let values: Vec<f64> = (0..100).map(|n| f64::from(u8::from(n % 2 == 0))).collect();
        let interval = bootstrap(&values).unwrap();
        // 0.5 ± 1.96 √(0.25 / 100)
        assert!((interval.low - 0.402).abs() < 0.03 && (interval.high - 0.598).abs() < 0.03, "{interval:?}");
        assert_eq!(bootstrap(&values), Some(interval));
        assert_eq!(bootstrap(&[1.0; 5]), Some(Interval { low: 1.0, high: 1.0 }));
        assert_eq!(bootstrap(&[]), None);
    }
}

//! How long to wait before a question is asked again.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// How often a question is asked that has no answer yet, and how long is waited in between. The SDK's own attempts, a few
/// within seconds, are not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in a round.
    pub attempts: u32,
    /// Rounds: what has no answer after the first is asked once more at the end.
    pub rounds: u32,
    /// The longest first pause; each one after it may be twice as long.
    pub first: Duration,
    /// The longest of all.
    pub longest: Duration,
    /// What the pauses are drawn by; without it they differ each time.
    pub seed: Option<u64>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 5, rounds: 2, first: Duration::from_secs(1), longest: Duration::from_secs(30), seed: None }
    }
}

/// Draws the pauses: anything up to a length that doubles, so that those who failed together do not come back together.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    random: ChaCha8Rng,
}

impl Backoff {
    pub(super) fn new(patience: &Patience) -> Self {
        let random = match patience.seed {
            Some(seed) => ChaCha8Rng::seed_from_u64(seed),
            None => ChaCha8Rng::seed_from_u64(std::process::id().into()),
        };
        Self { first: patience.first, longest: patience.longest, random }
    }

    /// The pause after so many attempts.
    pub(super) fn pause(&mut self, attempts: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
        let longest = doubled.min(self.longest);
        longest / 2 + (longest / 2).mul_f64(self.random.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_drawn() {
        let patience = Patience { seed: Some(7), ..Patience::default() };
        let (mut one, mut same) = (Backoff::new(&patience), Backoff::new(&patience));
        let pauses: Vec<Duration> = (1..=40).map(|attempt| one.pause(attempt)).collect();
        assert_eq!(pauses, (1..=40).map(|attempt| same.pause(attempt)).collect::<Vec<_>>());
        for (pause, most) in pauses.iter().zip([1, 2, 4, 8, 16, 30, 30]) {
            let most = Duration::from_secs(most);
            assert!(*pause >= most / 2 && *pause <= most, "{pause:?} of {most:?}");
        }
        assert!(pauses.iter().all(|pause| *pause <= patience.longest));
        assert!(pauses[10..].windows(2).any(|pair| pair[0] != pair[1]));
    }
}

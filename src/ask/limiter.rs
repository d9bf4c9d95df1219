//! So many requests and tokens a minute, and no more: two token buckets.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a model takes in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests.
    pub requests: u32,
    /// Tokens, of questions and answers.
    pub tokens: u32,
}

/// What may be taken at once, in seconds of the rate: a bucket that holds a whole minute would let two minutes' worth
/// through in the first one.
const BURST_SECONDS: f64 = 6.0;
/// Tokens that are taken for a question before its answer says how many it were: a photo of the largest size.
pub(super) const TOKENS_BEFOREHAND: u64 = 3_000;

#[derive(Debug)]
struct Bucket {
    per_second: f64,
    /// What is in it; below zero where it is promised already.
    level: f64,
    at: Duration,
}

impl Bucket {
    fn new(per_minute: u32) -> Self {
        let per_second = f64::from(per_minute.max(1)) / 60.0;
        Self { per_second, level: per_second * BURST_SECONDS, at: Duration::ZERO }
    }

    /// Takes an amount; how long to wait until it was there.
    fn take(&mut self, amount: f64, now: Duration) -> Duration {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.level = (self.level + passed * self.per_second).min(self.per_second * BURST_SECONDS) - amount;
        Duration::from_secs_f64((-self.level / self.per_second).max(0.0))
    }
}

/// Both buckets of a model.
#[derive(Debug)]
pub(super) struct Limiter(Mutex<(Bucket, Bucket)>);

impl Limiter {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Mutex::new((Bucket::new(limits.requests), Bucket::new(limits.tokens))))
    }

    /// Takes a request; how long to wait before it is sent.
    pub(super) fn take(&self, now: Duration) -> Duration {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = buckets.0.take(1.0, now);
        requests.max(buckets.1.take(TOKENS_BEFOREHAND as f64, now))
    }

    /// Puts right how many tokens a request took.
    pub(super) fn settle(&self, tokens: u64, now: Duration) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.1.take(tokens as f64 - TOKENS_BEFOREHAND as f64, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_never_outrun_the_rate_whoever_asks() {
        let limiter = Limiter::new(Limits { requests: 60, tokens: 4_000_000 });
        let mut now = Duration::ZERO;
        for _ in 0..126 {
            now += limiter.take(now);
        }
        // Six at once, then one a second.
        assert!((now.as_secs_f64() - 120.0).abs() < 0.01, "{now:?}");
    }

    #[test]
    fn tokens_count_as_they_were_and_not_as_they_were_guessed() {
        let time = |tokens| {
            let limiter = Limiter::new(Limits { requests: 1_000_000, tokens: 60_000 });
            let mut now = Duration::ZERO;
            for _ in 0..100 {
                now += limiter.take(now);
                limiter.settle(tokens, now);
            }
            now.as_secs_f64()
        };
        assert!((time(3_000) - 294.0).abs() < 1.0, "{}", time(3_000));
        assert!((time(1_000) - 96.0).abs() < 4.0, "{}", time(1_000));
    }
}

//! So many requests and tokens a minute, and no more: two token buckets.

use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// Both buckets of a model, and how fast they fill: slower after the model said that it is too fast.
#[derive(Debug)]
pub(super) struct Limiter(Mutex<State>);

#[derive(Debug)]
struct State {
    requests: Bucket,
    tokens: Bucket,
    /// What part of the rates is used, up to 1.
    speed: f64,
    full: (f64, f64),
    /// When it was last made slower.
    slowed: Option<Duration>,
}

/// The least part of the rates that is used.
const SLOWEST: f64 = 1.0 / 64.0;
/// Those who were on their way together are refused together: that is one sign and not several.
const ONE_SIGN: Duration = Duration::from_secs(2);
/// How much faster each answer makes it.
const FASTER: f64 = 1.02;

impl Limiter {
    pub(super) fn new(limits: Limits) -> Self {
        let (requests, tokens) = (Bucket::new(limits.requests), Bucket::new(limits.tokens));
        let full = (requests.per_second, tokens.per_second);
        Self(Mutex::new(State { requests, tokens, speed: 1.0, full, slowed: None }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request; how long to wait before it is sent.
    pub(super) fn take(&self, now: Duration) -> Duration {
        let mut state = self.lock();
        let requests = state.requests.take(1.0, now);
        requests.max(state.tokens.take(TOKENS_BEFOREHAND as f64, now))
    }

    /// Puts right how many tokens a request took.
    pub(super) fn settle(&self, tokens: u64, now: Duration) {
        self.lock().tokens.take(tokens as f64 - TOKENS_BEFOREHAND as f64, now);
    }

    /// Halves the rates: the model was asked more than it takes.
    pub(super) fn slow_down(&self, now: Duration) {
        let mut state = self.lock();
        if state.slowed.is_none_or(|at| now.saturating_sub(at) >= ONE_SIGN) {
            state.slowed = Some(now);
            state.set_speed(0.5);
        }
    }

    /// Raises them again, a little with each answer.
    pub(super) fn speed_up(&self) {
        self.lock().set_speed(FASTER);
    }
}

impl State {
    fn set_speed(&mut self, factor: f64) {
        self.speed = (self.speed * factor).clamp(SLOWEST, 1.0);
        (self.requests.per_second, self.tokens.per_second) = (self.full.0 * self.speed, self.full.1 * self.speed);
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
    fn throttling_makes_it_slower_once_for_those_on_their_way_and_answers_make_it_faster_again() {
        let limiter = Limiter::new(Limits { requests: 60, tokens: 4_000_000 });
        let rate = || limiter.lock().requests.per_second;
        for _ in 0..8 {
            limiter.slow_down(Duration::from_secs(10));
        }
        assert!((rate() - 0.5).abs() < 1e-9);
        limiter.slow_down(Duration::from_secs(13));
        assert!((rate() - 0.25).abs() < 1e-9);
        (0..100).for_each(|_| limiter.speed_up());
        assert!((rate() - 1.0).abs() < 1e-9);
        (0..100).for_each(|n| limiter.slow_down(Duration::from_secs(100 + 3 * n)));
        assert!((rate() - 1.0 / 64.0).abs() < 1e-9, "never so slow that nothing goes on");
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

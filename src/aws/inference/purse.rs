//! What was spent, what is promised to questions on their way, and what may be spent at most.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What tokens cost, and what may be spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Money {
    /// US dollars for 1,000 tokens in.
    pub input_usd: f64,
    /// US dollars for 1,000 tokens out.
    pub output_usd: f64,
    /// US dollars that may be spent on all questions, those of earlier runs included.
    pub most_usd: Option<f64>,
}

impl Money {
    /// What so many tokens cost.
    pub fn cost_usd(&self, input_tokens: u64, output_tokens: u64) -> f64 {
        self.cost(input_tokens, output_tokens) as f64 / PARTS
    }

    /// The same in parts of a dollar, which add up without a remainder.
    fn cost(&self, input_tokens: u64, output_tokens: u64) -> u128 {
        let of = |usd: f64, tokens: u64| (usd * PARTS / 1_000.0).ceil().max(0.0) as u128 * u128::from(tokens);
        of(self.input_usd, input_tokens) + of(self.output_usd, output_tokens)
    }
}

/// Parts of a dollar that are counted.
const PARTS: f64 = 1e12;

#[derive(Debug, Default)]
struct State {
    spent: u128,
    promised: u128,
    holders: usize,
    /// How much larger questions were than they were thought to be at most, in thousandths.
    growth: u128,
}

/// A purse that several pay from.
#[derive(Debug)]
pub(super) struct Purse {
    money: Option<Money>,
    most: Option<u128>,
    state: Mutex<State>,
    changed: Condvar,
}

/// What is promised to one question, until it is spent or dropped.
#[derive(Debug)]
pub(super) struct Hold<'a> {
    purse: &'a Purse,
    amount: u128,
    most_input: u64,
}

impl Purse {
    pub(super) fn new(money: Option<Money>) -> Self {
        let most = money.and_then(|money| money.most_usd).map(|usd| (usd.max(0.0) * PARTS).floor() as u128);
        let state = Mutex::new(State { growth: 1_000, ..State::default() });
        Self { money, most, state, changed: Condvar::new() }
    }

    /// Counts what was spent before.
    pub(super) fn count(&self, input_tokens: u64, output_tokens: u64) {
        if let Some(money) = self.money {
            self.lock().spent += money.cost(input_tokens, output_tokens);
        }
    }

    /// Promises what a question costs at most. Waits for others to pay where that may leave enough; `None` where it does not.
    pub(super) fn hold(&self, most_input: u64, most_output: u64) -> Option<Hold<'_>> {
        let mut state = self.lock();
        loop {
            let cost = self.money.map_or(0, |money| money.cost(most_input, most_output));
            let amount = cost * state.growth / 1_000;
            if self.most.is_none_or(|most| state.spent + state.promised + amount <= most) {
                state.promised += amount;
                state.holders += 1;
                return Some(Hold { purse: self, amount, most_input });
            }
            if state.holders == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What was spent so far, where prices are known.
    pub(super) fn spent_usd(&self) -> Option<f64> {
        self.money.map(|_| self.lock().spent as f64 / PARTS)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold<'_> {
    /// Pays for these tokens.
    pub(super) fn spend(self, input_tokens: u64, output_tokens: u64) {
        let cost = self.purse.money.map_or(0, |money| money.cost(input_tokens, output_tokens));
        let mut state = self.purse.lock();
        state.spent += cost;
        state.growth = state.growth.max(u128::from(input_tokens) * 1_000 / u128::from(self.most_input.max(1)) + 1);
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut state = self.purse.lock();
        state.promised -= self.amount;
        state.holders -= 1;
        self.purse.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn purse(most_usd: f64) -> Purse {
        Purse::new(Some(Money { input_usd: 1.0, output_usd: 2.0, most_usd: Some(most_usd) }))
    }

    #[test]
    fn nothing_is_promised_that_is_not_there() {
        let purse = purse(1.0);
        purse.count(100, 0);
        let hold = purse.hold(500, 100).unwrap();
        hold.spend(300, 50);
        assert!((purse.spent_usd().unwrap() - 0.5).abs() < 1e-9);
        assert!(purse.hold(501, 0).is_none());
        purse.hold(500, 0).unwrap().spend(500, 0);
        assert!(purse.hold(1, 0).is_none());
        let free = Purse::new(None);
        free.hold(u64::MAX, 0).unwrap().spend(1, 1);
        assert_eq!(free.spent_usd(), None);
    }

    #[test]
    fn who_waits_gets_what_others_leave_and_nobody_waits_for_ever() {
        for _ in 0..50 {
            let purse = purse(1.0);
            let asked: usize = thread::scope(|scope| {
                let work = || {
                    let mut asked = 0;
                    while let Some(hold) = purse.hold(200, 0) {
                        thread::yield_now();
                        hold.spend(50, 0);
                        asked += 1;
                    }
                    asked
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            // 16 leave 0.20 for one more; the 17th leaves 0.15, which could be too little.
            assert_eq!(asked, 17);
        }
    }

    #[test]
    fn questions_that_were_larger_than_thought_make_the_next_ones_larger() {
        let purse = purse(1.0);
        purse.hold(100, 0).unwrap().spend(300, 0);
        assert!(purse.hold(300, 0).is_none(), "it may be 900");
        assert!(purse.hold(200, 0).is_some());
    }

    #[test]
    fn tokens_cost_what_the_list_says() {
        let lite = Money { input_usd: 0.00006, output_usd: 0.00024, most_usd: None };
        assert!((lite.cost_usd(1_000_000, 10_000) - 0.0624).abs() < 1e-9);
    }
}

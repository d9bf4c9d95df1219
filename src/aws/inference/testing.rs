//! A model for tests: it computes its answers from the photo's bytes, has troubles by a seeded plan, and keeps count.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use time::OffsetDateTime;

use super::{AskOptions, Asker, Limits, Patience};
use crate::aws::bedrock::{Conversation, Converse, Piece, Reply};
use crate::aws::s3::S3Uri;
use crate::error::{Error, Result};
use crate::images::{Digest, hash_bytes};
use crate::pace::Pace;

/// Time that passes only by being let pass.
#[derive(Debug, Default)]
pub(crate) struct FakePace(Mutex<Duration>);

impl Pace for FakePace {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn pause(&self, length: Duration) {
        *self.0.lock().unwrap() += length;
    }
}

/// An error of the service.
pub(crate) fn refused(code: &str) -> Error {
    crate::aws::error::refused("Converse", code, "no")
}

/// Whom the questions go to; shared by all threads.
pub(crate) struct Oracle {
    /// What it says of a photo.
    says: fn(&[u8]) -> String,
    /// How many of ten thousand attempts have each of these troubles.
    pub(crate) troubles: Vec<(&'static str, u32)>,
    /// What an attempt has to say beforehand: the number of the attempt at this photo, from 0, and of all.
    pub(crate) refuses: fn(&[u8], usize, usize) -> Option<&'static str>,
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    random: ChaCha8Rng,
    /// Attempts, by the photo's bytes.
    pub(crate) attempts: HashMap<Digest, usize>,
    /// Answers, by the photo's bytes.
    pub(crate) answered: HashMap<Digest, usize>,
    /// Tokens of these, and of what was lost on the way.
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) last: Option<Conversation>,
}

impl Oracle {
    pub(crate) fn new(says: fn(&[u8]) -> String) -> Self {
        let (attempts, answered) = (HashMap::new(), HashMap::new());
        let random = ChaCha8Rng::seed_from_u64(1);
        let state = State { random, attempts, answered, input_tokens: 0, output_tokens: 0, last: None };
        Self { says, troubles: Vec::new(), refuses: |_, _, _| None, state: Mutex::new(state) }
    }

    /// All attempts so far.
    pub(crate) fn attempts(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).attempts.values().sum()
    }

    /// Every photo that was answered was answered once.
    pub(crate) fn answered_once(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(state.answered.values().all(|times| *times == 1), "{:?}", state.answered);
        state.answered.len()
    }
}

impl Converse for Oracle {
    fn converse(&self, conversation: &Conversation) -> Result<Reply> {
        let bytes = conversation.user.iter().find_map(|piece| match piece {
            Piece::Image { bytes, .. } => Some(bytes.clone()),
            Piece::Text(_) => None,
        });
        let bytes = bytes.unwrap();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last = Some(conversation.clone());
        let all = state.attempts.values().sum();
        let attempts = state.attempts.entry(hash_bytes(&bytes)).or_default();
        let own = std::mem::replace(attempts, *attempts + 1);
        if let Some(code) = (self.refuses)(&bytes, own, all) {
            assert!(code != "killed", "killed");
            return Err(refused(code));
        }
        let (input_tokens, output_tokens) = (state.random.random_range(500..3_000), state.random.random_range(5..200));
        let mut draw = state.random.random_range(0..10_000);
        for (code, share) in &self.troubles {
            if draw < *share {
                if matches!(*code, "TimedOut" | "NoAnswer" | "Unreachable") {
                    // It was answered, and paid for, and got lost.
                    state.input_tokens += input_tokens;
                    state.output_tokens += output_tokens;
                }
                return Err(refused(code));
            }
            draw -= share;
        }
        *state.answered.entry(hash_bytes(&bytes)).or_default() += 1;
        state.input_tokens += input_tokens;
        state.output_tokens += output_tokens;
        let text = (self.says)(&bytes);
        Ok(Reply { text, stop_reason: "end_turn".to_owned(), input_tokens, output_tokens })
    }
}

impl Asker for Oracle {
    fn read_photo(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        Ok(uri.to_string().into_bytes())
    }
}

/// Eight at a time, as fast as it goes.
pub(crate) fn options() -> AskOptions {
    AskOptions {
        model_id: "m".to_owned(),
        memory_key: "m".to_owned(),
        concurrency: 8,
        limits: Limits { requests: 1_000_000, tokens: 4_000_000_000 },
        patience: Patience { seed: Some(7), ..Patience::default() },
        money: None,
    }
}

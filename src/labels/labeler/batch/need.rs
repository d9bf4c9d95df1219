//! What is to be asked, and what that costs beside what was spent: what is agreed to before anything is sent.

use super::journal::Batch;
use super::work::Work;
use crate::aws::inference::{MAX_TOKENS, Money};
use crate::aws::tokens::{TokenRange, nova_1_image_tokens, text_tokens};
use crate::error::{Error, Result};
use crate::images::Digest;

/// Tokens of an answer that is a name and nothing else, at least.
const LEAST_ANSWER: u64 = 4;

/// Tokens of questions and of their answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchTokens {
    /// In.
    pub input: TokenRange,
    /// Out.
    pub output: TokenRange,
}

/// What is to be sent, and what was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchNeed {
    /// Distinct photos that no job has been asked about yet, or not with an answer.
    pub new: usize,
    /// Distinct photos of jobs that are under way.
    pub under_way: usize,
    /// Of the new ones.
    pub tokens: BatchTokens,
    /// Of the jobs that are under way: what they have not answered yet.
    pub under_way_tokens: BatchTokens,
    /// Of the answers that are there, in and out.
    pub spent_tokens: (u64, u64),
}

impl BatchNeed {
    /// What everything can come to in the end, US dollars: what was answered, is under way, and is to be sent.
    pub fn most_usd(&self, money: Money) -> f64 {
        let most = |tokens: BatchTokens| money.cost_usd(tokens.input.high, tokens.output.high);
        let (input, output) = self.spent_tokens;
        money.cost_usd(input, output) + most(self.under_way_tokens) + most(self.tokens)
    }
}

/// What is said to a [`BatchNeed`].
#[derive(Debug)]
pub enum Consent {
    /// It may be sent.
    Given,
    /// It could cost more than may be spent.
    TooDear(Error),
    /// Somebody said no, or nobody was there to be asked.
    Declined(Error),
}

impl Work<'_> {
    /// Asks whether photos and the batches among `open` that have no job yet may be sent; nobody where there are none.
    pub(super) fn agree(&self, new: &[Digest], open: &[Batch]) -> Result<Consent> {
        let (under_way, unsent): (Vec<_>, Vec<_>) = open.iter().partition(|batch| batch.job.is_some());
        let to_send: Vec<_> = new.iter().chain(unsent.into_iter().flat_map(|batch| &batch.photos)).collect();
        if to_send.is_empty() {
            return Ok(Consent::Given);
        }
        let under_way: Vec<_> = under_way.into_iter().flat_map(|batch| &batch.photos).collect();
        let unanswered = under_way.iter().copied().filter(|photo| !self.has_answer(**photo));
        (self.services.agree)(&BatchNeed {
            new: to_send.len(),
            under_way: under_way.len(),
            under_way_tokens: self.tokens_of(unanswered),
            spent_tokens: self.spent(),
            tokens: self.tokens_of(to_send.into_iter()),
        })
    }

    /// What photos and the words of their questions come to.
    fn tokens_of<'d>(&self, photos: impl Iterator<Item = &'d Digest>) -> BatchTokens {
        let prompt = &self.batch.prompt;
        let words = prompt.system.as_deref().map(text_tokens).unwrap_or_default() + text_tokens(&prompt.user);
        let answer = TokenRange::new(LEAST_ANSWER, MAX_TOKENS.into());
        photos.fold(BatchTokens::default(), |sum, photo| {
            // A file that went away after it was sent has a size that nobody knows.
            let size = self.album.photos.get(photo).map(|photo| photo.size);
            BatchTokens { input: sum.input + words + nova_1_image_tokens(size), output: sum.output + answer }
        })
    }

    /// Tokens of all answers about the photos, in and out.
    pub(super) fn spent(&self) -> (u64, u64) {
        let given = self.album.photos.keys().filter_map(|photo| self.answers.recall(&self.question(*photo)));
        given.fold((0, 0), |sum, given| (sum.0 + given.input_tokens, sum.1 + given.output_tokens))
    }
}

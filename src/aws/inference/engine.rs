//! Asking a model all questions: several at a time, no faster than it takes them, none of them twice.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::asker::{Asker, PhotoQuestion};
use super::fault::{Fault, fault_of};
use super::journal::{AnswerJournal, Given, Question};
use super::limiter::{Limiter, Limits};
use super::patience::{Backoff, Patience};
use super::purse::{Money, Purse};
use crate::aws::bedrock::{Conversation, Piece, Reply};
use crate::aws::tokens::{ImageSize, TURN_TOKENS, nova_1_image_tokens, text_tokens};
use crate::error::{Error, Result};
use crate::images::{Digest, header_of_bytes};
use crate::pace::Pace;
use crate::progress::Progress;
use crate::wording::counted;

/// Most tokens of an answer: a name has at most a few dozen, and chatter is known by then.
pub(crate) const MAX_TOKENS: u32 = 200;

/// Questions in a row that nobody could be reached for, which say that the network is gone.
const ENOUGH: usize = 3;

/// Whom to ask, and how fast.
#[derive(Debug, Clone, PartialEq)]
pub struct AskOptions {
    /// An id for inference, a profile, or a deployment's ARN.
    pub model_id: String,
    /// What the answers are remembered by: the backend, and the model itself. A deployment's ARN is another one each time.
    pub memory_key: String,
    /// Questions at the same time, 1 to 64.
    pub concurrency: usize,
    /// What the model takes in a minute.
    pub limits: Limits,
    /// How often a question is asked again that was not answered.
    pub patience: Patience,
    /// What tokens cost, where that is known, and what may be spent.
    pub money: Option<Money>,
}

impl AskOptions {
    /// Refuses what cannot be used.
    ///
    /// # Errors
    /// [`Error::Setting`] where the concurrency is out of range.
    pub fn check_concurrency(concurrency: usize) -> Result<()> {
        if (1..=64).contains(&concurrency) {
            return Ok(());
        }
        Err(Error::Setting {
            origin: "concurrency".to_owned(),
            what: format!("{concurrency} is not a number of questions from 1 to 64"),
            hint: "4 is the default; what the model takes in a minute is observed anyhow.".to_owned(),
        })
    }
}

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The model's words.
    Given {
        /// As they came.
        text: String,
        /// Tokens of the question.
        input_tokens: u64,
        /// Tokens of the answer.
        output_tokens: u64,
    },
    /// It could not be asked, or did not answer; why.
    Failed(String),
    /// It was not asked, since more may not be spent.
    Unasked,
}

impl Answer {
    /// The words, where there are any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Given { text, .. } => Some(text),
            Self::Failed(_) | Self::Unasked => None,
        }
    }
}

impl From<Given> for Answer {
    fn from(Given { text, input_tokens, output_tokens }: Given) -> Self {
        Self::Given { text, input_tokens, output_tokens }
    }
}

/// What a question is remembered by, if the photo has this digest.
pub(crate) fn question(about: &dyn PhotoQuestion, memory_key: &str, photo: Digest) -> Question {
    Question { model: memory_key.to_owned(), photo, prompt: about.prompt_sha256() }
}

/// The most tokens that a question can have, the photo at its size included.
pub(crate) fn most_input_tokens(system: Option<&str>, pieces: &[Piece]) -> u64 {
    let of_piece = |piece: &Piece| match piece {
        Piece::Text(text) => text_tokens(text).high,
        Piece::Image { bytes, .. } => {
            let size = header_of_bytes(bytes).ok();
            let size = size.map(|header| ImageSize { width_px: header.width_px, height_px: header.height_px });
            nova_1_image_tokens(size).high
        }
    };
    system.map_or(0, |system| text_tokens(system).high)
        + pieces.iter().map(of_piece).sum::<u64>()
        + TURN_TOKENS.high * 2
}

/// Asks a model all questions and returns its answers in their order.
///
/// What passes (throttling, a connection that is cut, an answer that is none) is asked again a little later, and what still
/// has no answer once more at the end. A question that fails then is an answer of its own. Where all would fail in the same
/// way (the model is not there, the credentials are refused), that is an error at once. No question is asked that could cost
/// more than is left of what may be spent; the answers that are remembered count too.
///
/// # Errors
/// Where the journal cannot be written, and where nobody would be answered.
pub fn ask<Q: PhotoQuestion>(
    questions: &[Q],
    options: &AskOptions,
    asker: &dyn Asker,
    journal: &AnswerJournal,
    pace: &(dyn Pace + Sync),
    progress: &dyn Progress,
) -> Result<Vec<Answer>> {
    AskOptions::check_concurrency(options.concurrency)?;
    progress.begin(&format!("asking {}", options.model_id), questions.len() as u64);
    let engine = Engine {
        options,
        journal,
        pace,
        progress,
        limiter: Limiter::new(options.limits),
        purse: Purse::new(options.money),
        backoff: Mutex::new(Backoff::new(&options.patience)),
        stopped: AtomicBool::new(false),
        spent_up: AtomicBool::new(false),
        answered: AtomicUsize::new(0),
        unreached: AtomicUsize::new(0),
        enough: ENOUGH.min(questions.len()),
    };
    let mut outcomes: Vec<Option<Outcome>> = questions.iter().map(|about| engine.remembered(about)).collect();
    let mut result = Ok(());
    for round in 0..options.patience.rounds.max(1) {
        let is_pending = |at: &usize| match &outcomes[*at] {
            None => round == 0,
            Some(Outcome::Later(_)) => true,
            Some(Outcome::Done(_)) => false,
        };
        let pending: Vec<usize> = (0..questions.len()).filter(is_pending).collect();
        if pending.is_empty() || engine.spent_up.load(Ordering::SeqCst) {
            break;
        }
        if round > 0 {
            progress.line(&format!("{} without an answer: asking once more", counted(pending.len(), "photo")));
        }
        result = engine.ask_round(questions, &pending, asker).map(|given| {
            for (at, outcome) in given {
                outcomes[at] = Some(outcome);
            }
        });
        if result.is_err() {
            break;
        }
    }
    progress.end();
    result.map(|()| outcomes.into_iter().map(Outcome::into_answer).collect())
}

/// What came of a question in one round.
enum Outcome {
    Done(Answer),
    /// It had no answer for a reason that may pass; which.
    Later(String),
}

impl Outcome {
    /// What it comes to where there is no other round.
    fn into_answer(outcome: Option<Self>) -> Answer {
        match outcome {
            None => Answer::Unasked,
            Some(Self::Done(answer)) => answer,
            Some(Self::Later(why)) => Answer::Failed(why),
        }
    }
}

struct Engine<'a> {
    options: &'a AskOptions,
    journal: &'a AnswerJournal,
    pace: &'a (dyn Pace + Sync),
    progress: &'a dyn Progress,
    limiter: Limiter,
    purse: Purse,
    backoff: Mutex<Backoff>,
    /// Nobody would be answered.
    stopped: AtomicBool,
    /// The next question could cost more than may be spent.
    spent_up: AtomicBool,
    answered: AtomicUsize,
    /// Questions in a row that nobody could be reached for, however often it was tried.
    unreached: AtomicUsize,
    /// So many of them say that the network is gone, where nobody has been reached at all.
    enough: usize,
}

impl Engine<'_> {
    /// The answer of an earlier run, where the photo is known without reading it.
    fn remembered(&self, about: &dyn PhotoQuestion) -> Option<Outcome> {
        let given = about.photo_sha256().and_then(|photo| self.recall(about, photo))?;
        Some(Outcome::Done(given))
    }

    fn recall(&self, about: &dyn PhotoQuestion, photo: Digest) -> Option<Answer> {
        let given = self.journal.recall(&question(about, &self.options.memory_key, photo))?;
        self.purse.count(given.input_tokens, given.output_tokens);
        self.progress.advance(1);
        Some(given.into())
    }

    /// Asks these questions, from the first on.
    fn ask_round<Q: PhotoQuestion>(
        &self,
        questions: &[Q],
        pending: &[usize],
        asker: &dyn Asker,
    ) -> Result<Vec<(usize, Outcome)>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut own = Vec::new();
            while !self.stopped.load(Ordering::SeqCst) && !self.spent_up.load(Ordering::SeqCst) {
                let Some(&at) = pending.get(next.fetch_add(1, Ordering::SeqCst)) else { break };
                let outcome = self.ask_one(&questions[at], asker);
                self.stopped.fetch_or(outcome.is_err(), Ordering::SeqCst);
                if let Some(outcome) = outcome.transpose() {
                    own.push(outcome.map(|outcome| (at, outcome)));
                }
            }
            own
        };
        thread::scope(|scope| {
            let count = self.options.concurrency.min(pending.len());
            let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    /// Asks one question, again and again where that may help; `None` where more may not be spent.
    fn ask_one(&self, about: &dyn PhotoQuestion, asker: &dyn Asker) -> Result<Option<Outcome>> {
        let done = |answer| Ok(Some(Outcome::Done(answer)));
        let photo = match about.photo(asker) {
            Ok(photo) => photo,
            Err(error) if fault_of(&error) == Fault::OfAll => return Err(error),
            Err(error) => {
                self.progress.advance(1);
                return done(Answer::Failed(error.with_causes()));
            }
        };
        let sha256 = photo.sha256;
        if about.photo_sha256().is_some_and(|expected| expected != sha256) {
            self.progress.advance(1);
            return done(Answer::Failed("the photo is not the one that it was".to_owned()));
        }
        if let Some(answer) = self.recall(about, sha256) {
            return done(answer);
        }
        let conversation = Conversation {
            model_id: self.options.model_id.clone(),
            system: about.system(),
            user: about.pieces(photo),
            max_tokens: MAX_TOKENS,
            temperature: 0.0,
        };
        let most = most_input_tokens(conversation.system.as_deref(), &conversation.user);
        let mut attempt = 0;
        loop {
            let Some(hold) = self.purse.hold(most, MAX_TOKENS.into()) else {
                self.spent_up.store(true, Ordering::SeqCst);
                return Ok(None);
            };
            self.pace.pause(self.limiter.take(self.pace.elapsed()));
            let error = match asker.converse(&conversation) {
                Ok(reply) => {
                    hold.spend(reply.input_tokens, reply.output_tokens);
                    self.limiter.settle(reply.input_tokens + reply.output_tokens, self.pace.elapsed());
                    return done(self.keep(about, sha256, reply)?);
                }
                Err(error) => error,
            };
            attempt += 1;
            match fault_of(&error) {
                // A model that answers with nothing has answered.
                Fault::Silent => {
                    hold.spend(most, 0);
                    let reply =
                        Reply { text: String::new(), stop_reason: String::new(), input_tokens: 0, output_tokens: 0 };
                    return done(self.keep(about, sha256, reply)?);
                }
                Fault::OfAll => return Err(error),
                Fault::Own => {
                    self.progress.advance(1);
                    return done(Answer::Failed(error.with_causes()));
                }
                Fault::Throttled => {
                    drop(hold);
                    self.limiter.slow_down(self.pace.elapsed());
                }
                Fault::Refused => drop(hold),
                // It may have answered, and want its money.
                Fault::Lost => hold.spend(most, MAX_TOKENS.into()),
            }
            if self.stopped.load(Ordering::SeqCst) {
                return Ok(Some(Outcome::Later(error.with_causes())));
            }
            if attempt >= self.options.patience.attempts.max(1) {
                return match fault_of(&error) {
                    Fault::Lost if self.is_network_gone() => Err(error),
                    _ => Ok(Some(Outcome::Later(error.with_causes()))),
                };
            }
            self.pace.pause(self.next_pause(attempt));
        }
    }

    /// Whether one more question without a usable answer, since nobody was reached or what came was none, says so of all.
    fn is_network_gone(&self) -> bool {
        let enough = if self.answered.load(Ordering::SeqCst) == 0 { self.enough } else { ENOUGH };
        self.unreached.fetch_add(1, Ordering::SeqCst) + 1 >= enough
    }

    fn next_pause(&self, attempt: u32) -> Duration {
        self.backoff.lock().unwrap_or_else(PoisonError::into_inner).pause(attempt)
    }

    /// Writes an answer down at once.
    fn keep(&self, about: &dyn PhotoQuestion, photo: Digest, reply: Reply) -> Result<Answer> {
        let given = Given { text: reply.text, input_tokens: reply.input_tokens, output_tokens: reply.output_tokens };
        self.journal.add(question(about, &self.options.memory_key, photo), given.clone())?;
        self.answered.fetch_add(1, Ordering::SeqCst);
        self.unreached.store(0, Ordering::SeqCst);
        self.limiter.speed_up();
        self.progress.advance(1);
        if let Some(spent) = self.purse.spent_usd() {
            self.progress.note(&format!("${spent:.4}"));
        }
        Ok(given.into())
    }
}

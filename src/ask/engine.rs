//! Asking a model all questions: several at a time, no faster than it takes them, none of them twice.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::journal::{AnswerJournal, Given, Question};
use super::limiter::{Limiter, Limits};
use crate::bedrock::{BedrockClient, Conversation, Converse, Piece};
use crate::error::{Error, Result};
use crate::images::{Digest, hash_bytes};
use crate::pace::Pace;
use crate::progress::Progress;
use crate::store::{ObjectStore, S3Uri};

/// Most tokens of an answer: a name has at most a few dozen, and chatter is known by then.
const MAX_TOKENS: u32 = 200;

/// A question about a photo.
pub trait PhotoQuestion: Sync {
    /// sha256 of the photo as it is sent, where that is known without reading it.
    fn photo_sha256(&self) -> Option<Digest>;

    /// The digest of all words of the question.
    fn prompt_sha256(&self) -> Digest;

    /// The photo as it is sent.
    ///
    /// # Errors
    /// Where it cannot be had.
    fn photo(&self, asker: &dyn Asker) -> Result<Vec<u8>>;

    /// What the model is told beforehand, if anything.
    fn system(&self) -> Option<String>;

    /// The question, with the photo in its place.
    fn pieces(&self, photo: Vec<u8>) -> Vec<Piece>;
}

/// What asking needs of the services.
pub trait Asker: Converse + Send {
    /// A photo that is in S3 alone.
    fn read_photo(&self, uri: &S3Uri) -> Result<Vec<u8>>;
}

/// Bedrock and S3 of a backend.
#[derive(Debug, Clone)]
pub struct Services {
    /// The models.
    pub bedrock: BedrockClient,
    /// The photos.
    pub objects: ObjectStore,
}

impl Converse for Services {
    fn converse(&self, conversation: &Conversation) -> Result<crate::bedrock::Reply> {
        self.bedrock.converse(conversation)
    }
}

impl Asker for Services {
    fn read_photo(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        self.objects.read(uri)
    }
}

/// Whom to ask, and how fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskOptions {
    /// An id for inference, a profile, or a deployment's ARN.
    pub model_id: String,
    /// What the answers are remembered by: the backend, and the model itself. A deployment's ARN is another one each time.
    pub memory_key: String,
    /// Questions at the same time, 1 to 64.
    pub concurrency: usize,
    /// What the model takes in a minute.
    pub limits: Limits,
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
            origin: "--concurrency".to_owned(),
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
}

impl Answer {
    /// The words, where there are any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Given { text, .. } => Some(text),
            Self::Failed(_) => None,
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

/// Asks a model all questions and returns its answers in their order.
///
/// A question that fails is an answer of its own. Where the first ones all fail in the same way (the model is not there, the
/// credentials are refused), that is an error.
///
/// # Errors
/// Where the journal cannot be written, and where nobody would be answered.
pub fn ask<Q: PhotoQuestion, A: Asker>(
    questions: &[Q],
    options: &AskOptions,
    open: &dyn Fn() -> A,
    journal: &AnswerJournal,
    pace: &(dyn Pace + Sync),
    progress: &dyn Progress,
) -> Result<Vec<Answer>> {
    AskOptions::check_concurrency(options.concurrency)?;
    progress.begin(&format!("asking {}", options.model_id), questions.len() as u64);
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let limiter = Limiter::new(options.limits);
    // Each thread has a client, and with it connections, of its own.
    let askers: Vec<A> = (0..options.concurrency.min(questions.len())).map(|_| open()).collect();
    let work = |asker: A| {
        let mut own = Vec::new();
        while !stopped.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(about) = questions.get(at) else { break };
            let answer = ask_one(about, options, &asker, journal, &limiter, pace);
            stopped.fetch_or(answer.is_err(), Ordering::Relaxed);
            own.push((at, answer));
            progress.advance(1);
        }
        own
    };
    let work = &work;
    let mut answers: Vec<(usize, Result<Answer>)> = thread::scope(|scope| {
        let threads: Vec<_> = askers.into_iter().map(|asker| scope.spawn(move || work(asker))).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    progress.end();
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn ask_one(
    about: &dyn PhotoQuestion,
    options: &AskOptions,
    asker: &dyn Asker,
    journal: &AnswerJournal,
    limiter: &Limiter,
    pace: &dyn Pace,
) -> Result<Answer> {
    let recall = |photo| journal.recall(&question(about, &options.memory_key, photo));
    if let Some(given) = about.photo_sha256().and_then(recall) {
        return Ok(given.into());
    }
    let bytes = match about.photo(asker) {
        Ok(bytes) => bytes,
        Err(error) if concerns_all(&error) => return Err(error),
        Err(error) => return Ok(Answer::Failed(error.with_causes())),
    };
    let photo = hash_bytes(&bytes);
    if about.photo_sha256().is_some_and(|expected| expected != photo) {
        return Ok(Answer::Failed("the photo is not the one that it was".to_owned()));
    }
    if let Some(given) = recall(photo) {
        return Ok(given.into());
    }
    pace.pause(limiter.take(pace.elapsed()));
    let conversation = Conversation {
        model_id: options.model_id.clone(),
        system: about.system(),
        user: about.pieces(bytes),
        max_tokens: MAX_TOKENS,
        temperature: 0.0,
    };
    match asker.converse(&conversation) {
        Ok(reply) => {
            limiter.settle(reply.input_tokens + reply.output_tokens, pace.elapsed());
            let (input_tokens, output_tokens) = (reply.input_tokens, reply.output_tokens);
            let given = Given { text: reply.text, input_tokens, output_tokens };
            journal.add(question(about, &options.memory_key, photo), given.clone())?;
            Ok(given.into())
        }
        // A model that answers with nothing has answered.
        Err(Error::Service { code, message, .. }) if code == "NoAnswer" && message.contains("has no text") => {
            let given = Given { text: String::new(), input_tokens: 0, output_tokens: 0 };
            journal.add(question(about, &options.memory_key, photo), given.clone())?;
            Ok(given.into())
        }
        Err(error) if concerns_all(&error) => Err(error),
        Err(error) => Ok(Answer::Failed(error.with_causes())),
    }
}

/// Whether every other question would fail in the same way.
fn concerns_all(error: &Error) -> bool {
    let Error::Service { code, message, .. } = error else { return false };
    match code.as_str() {
        "ValidationException" => message.contains("model identifier") || message.contains("on-demand throughput"),
        "ResourceNotFoundException"
        | "AccessDeniedException"
        | "NoCredentials"
        | "Unreachable"
        | "TimedOut"
        | "ExpiredTokenException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException" => true,
        _ => false,
    }
}

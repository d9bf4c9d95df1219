//! Asking a model all questions: several at a time, no faster than it takes them, none of them twice.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::cases::{Case, Cases};
use super::journal::{AnswerJournal, Given, Question};
use super::limiter::{Limiter, Limits};
use crate::bedrock::{BedrockClient, Conversation, Converse, Piece};
use crate::error::{Error, IoContext, Result};
use crate::images::{Digest, hash_bytes};
use crate::job::Pace;
use crate::progress::Progress;
use crate::store::{ObjectStore, S3Uri};
use crate::validate::Model;

/// Most tokens of an answer: a name has at most a few dozen, and chatter is known by then.
const MAX_TOKENS: u32 = 200;

/// The id by which a base model is asked.
pub fn inference_id(model: Model) -> &'static str {
    match model {
        Model::Micro => "amazon.nova-micro-v1:0",
        Model::Lite => "amazon.nova-lite-v1:0",
        Model::Pro => "amazon.nova-pro-v1:0",
        // It answers by a profile alone.
        Model::Lite2 => "us.amazon.nova-2-lite-v1:0",
    }
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

/// How many questions the journal has no answer to. A photo that is in S3 alone and that no manifest knows counts.
pub(crate) fn unanswered(cases: &Cases, memory_key: &str, journal: &AnswerJournal) -> usize {
    let is_open = |case: &&Case| {
        let photo = case.sha256.or_else(|| case.file.as_ref().and_then(|file| crate::images::hash_file(file).ok()));
        photo.is_none_or(|photo| journal.recall(&question(case, memory_key, photo)).is_none())
    };
    cases.cases.iter().filter(is_open).count()
}

fn question(case: &Case, memory_key: &str, photo: Digest) -> Question {
    Question { model: memory_key.to_owned(), photo, prompt: case.prompt_digest() }
}

/// Asks a model all questions and returns its answers in their order.
///
/// A question that fails is an answer of its own. Where the first ones all fail in the same way (the model is not there, the
/// credentials are refused), that is an error.
///
/// # Errors
/// Where the journal cannot be written, and where nobody would be answered.
pub fn ask<A: Asker>(
    cases: &Cases,
    options: &AskOptions,
    open: &dyn Fn() -> A,
    journal: &AnswerJournal,
    pace: &(dyn Pace + Sync),
    progress: &dyn Progress,
) -> Result<Vec<Answer>> {
    AskOptions::check_concurrency(options.concurrency)?;
    let cases = &cases.cases;
    progress.begin(&format!("asking {}", options.model_id), cases.len() as u64);
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let limiter = Limiter::new(options.limits);
    // Each thread has a client, and with it connections, of its own.
    let askers: Vec<A> = (0..options.concurrency.min(cases.len())).map(|_| open()).collect();
    let work = |asker: A| {
        let mut own = Vec::new();
        while !stopped.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(at) else { break };
            let answer = ask_one(case, options, &asker, journal, &limiter, pace);
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

fn ask_one<A: Asker>(
    case: &Case,
    options: &AskOptions,
    asker: &A,
    journal: &AnswerJournal,
    limiter: &Limiter,
    pace: &dyn Pace,
) -> Result<Answer> {
    let recall = |photo| journal.recall(&question(case, &options.memory_key, photo));
    if let Some(given) = case.sha256.and_then(recall) {
        return Ok(given.into());
    }
    let bytes = match photo_of(case, asker) {
        Ok(bytes) => bytes,
        Err(error) if concerns_all(&error) => return Err(error),
        Err(error) => return Ok(Answer::Failed(error.with_causes())),
    };
    let photo = hash_bytes(&bytes);
    if case.sha256.is_some_and(|expected| expected != photo) {
        return Ok(Answer::Failed("the photo is not the one that the data set was made of".to_owned()));
    }
    if let Some(given) = recall(photo) {
        return Ok(given.into());
    }
    pace.pause(limiter.take(pace.elapsed()));
    match asker.converse(&conversation(case, bytes, options)) {
        Ok(reply) => {
            limiter.settle(reply.input_tokens + reply.output_tokens, pace.elapsed());
            let (input_tokens, output_tokens) = (reply.input_tokens, reply.output_tokens);
            let given = Given { text: reply.text, input_tokens, output_tokens };
            journal.add(question(case, &options.memory_key, photo), given.clone())?;
            Ok(given.into())
        }
        // A model that answers with nothing has answered.
        Err(Error::Service { code, message, .. }) if code == "NoAnswer" && message.contains("has no text") => {
            let given = Given { text: String::new(), input_tokens: 0, output_tokens: 0 };
            journal.add(question(case, &options.memory_key, photo), given.clone())?;
            Ok(given.into())
        }
        Err(error) if concerns_all(&error) => Err(error),
        Err(error) => Ok(Answer::Failed(error.with_causes())),
    }
}

fn photo_of(case: &Case, asker: &impl Asker) -> Result<Vec<u8>> {
    match &case.file {
        Some(file) => std::fs::read(file).at("read", file),
        None => asker.read_photo(&case.uri),
    }
}

fn conversation(case: &Case, bytes: Vec<u8>, options: &AskOptions) -> Conversation {
    let text = |text: &String| Piece::Text(text.clone());
    let image = Piece::Image { format: case.format.clone(), bytes };
    Conversation {
        model_id: options.model_id.clone(),
        system: case.system.clone(),
        user: case.before.iter().map(text).chain([image]).chain(case.after.iter().map(text)).collect(),
        max_tokens: MAX_TOKENS,
        temperature: 0.0,
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

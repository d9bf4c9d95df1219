//! The worker's part: looks at the files, answers each record, writes what came of it.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::super::Bedrock;
use super::super::fault::Fault;
use super::super::foundation_models::Nova;
use super::super::objects;
use super::super::runtime::{Call, foundation};
use super::super::worker::MAX_FAILURE_CHARS;
use super::answers::{Answer, Answers, output_folder};
use super::input::{Input, Question};
use super::quotas::Quotas;
use super::record::{BatchJob, BatchStatus, Invocation};
use crate::ACCOUNT_ID;
use crate::tuning::Ranker;

/// Records between two looks at the world, each of which writes the answers: a killed process loses no more than these.
const BREATH_RECORDS: usize = 16;
/// Most records that are answered at the same time: each has a photo in memory.
const MOST_AT_ONCE: usize = 8;
/// The object that the service writes to see whether it may.
const WRITE_PROBE: &str = ".write_access_check_file.temp";

/// Why the work on a job ends before its end.
enum Cut {
    /// This process stops serving.
    Ending,
    /// This machine has trouble that may pass.
    Later(String),
    /// Somebody stopped the job.
    Stopped,
    /// The job's time is up.
    TimeUp,
    /// The files are not what they should be, in the words of the job's message.
    Failed(String),
}

impl From<Fault> for Cut {
    fn from(fault: Fault) -> Self {
        if fault.is_internal() { Self::Later(fault.message) } else { Self::Failed(fault.message) }
    }
}

/// Works on a job; returns whether it is left to be tried again.
pub(in crate::bedrock) fn work_on(bedrock: &Bedrock, job: &BatchJob) -> bool {
    let run = Run { bedrock, job };
    // A panic has been reported already. Without an end the job would be the first again, here and in each next process.
    let outcome = catch_unwind(AssertUnwindSafe(|| run.all_steps()))
        .unwrap_or_else(|_| Err(Cut::Failed("The local stand-in failed while working on this job.".to_owned())));
    let is_put_off = matches!(outcome, Err(Cut::Later(_)));
    run.end(outcome).is_err() || is_put_off
}

struct Run<'a> {
    bedrock: &'a Bedrock,
    job: &'a BatchJob,
}

impl Run<'_> {
    fn all_steps(&self) -> Result<(), Cut> {
        self.go_on()?;
        if self.job.status.is_before_work() {
            self.advance(BatchStatus::Validating, None)?;
            let total = self.validate()?;
            self.advance(BatchStatus::Scheduled, Some(total))?;
            self.advance(BatchStatus::InProgress, None)?;
        }
        self.answer_all()
    }

    fn validate(&self) -> Result<u64, Cut> {
        let (s3, job) = (&self.bedrock.s3, self.job);
        let input = Input::find(s3, job)?;
        let total = input.validate(s3, job, Quotas::read(&self.bedrock.quotas_file)?)?;
        if job.spec.output.owner.as_deref().is_some_and(|owner| owner != ACCOUNT_ID) {
            let uri = &job.spec.output.uri;
            return Err(Cut::Failed(format!("The bucket of {uri} is not the account's that was named.")));
        }
        objects::write(s3, &output_folder(job)?.join(WRITE_PROBE), "text/plain", Vec::new())?;
        Ok(total)
    }

    /// Answers what has no answer yet.
    fn answer_all(&self) -> Result<(), Cut> {
        let (bedrock, s3) = (self.bedrock, &self.bedrock.s3);
        let input = Input::find(s3, self.job)?;
        let nova = foundation(&self.job.region, &self.job.spec.model)?;
        let asked = Asked { bedrock, input: &input, nova, ranker: Arc::new(Ranker::naive()), job: self.job };
        let mut answers = Answers::open(&bedrock.shelf.answers_folder(), &self.current()?)?;
        let mut passed = answers.counts.processed();
        let mut waiting = Vec::new();
        for (number, file) in input.files.iter().enumerate() {
            file.each(s3, |question| -> Result<(), Cut> {
                if passed > 0 {
                    passed -= 1;
                    return Ok(());
                }
                waiting.push((number, question));
                if waiting.len() == BREATH_RECORDS { self.breathe(&asked, &mut waiting, &mut answers) } else { Ok(()) }
            })?;
        }
        self.breathe(&asked, &mut waiting, &mut answers)?;
        Ok(answers.publish(s3, self.job, &input)?)
    }

    /// Answers the records that wait, and writes that down.
    fn breathe(&self, asked: &Asked<'_>, waiting: &mut Vec<(usize, Question)>, to: &mut Answers) -> Result<(), Cut> {
        self.go_on()?;
        to.add(&asked.answer(waiting)?)?;
        waiting.clear();
        let counts = to.counts;
        self.bedrock.shelf.update_batch(&self.job.id, |job| job.counts = counts)?;
        Ok(())
    }

    /// The job as it is now.
    fn current(&self) -> Result<BatchJob, Cut> {
        self.bedrock.shelf.lock().batches.get(&self.job.id).cloned().ok_or(Cut::Stopped)
    }

    /// Whether there is a reason not to.
    fn go_on(&self) -> Result<(), Cut> {
        if self.bedrock.ending.load(Ordering::Acquire) {
            return Err(Cut::Ending);
        }
        if self.current()?.status == BatchStatus::Stopping {
            return Err(Cut::Stopped);
        }
        if self.bedrock.now() >= self.job.expires() { Err(Cut::TimeUp) } else { Ok(()) }
    }

    /// Shows the next status, unless somebody stopped the job meanwhile.
    fn advance(&self, status: BatchStatus, total: Option<u64>) -> Result<(), Cut> {
        let now = self.bedrock.now();
        self.bedrock.shelf.update_batch(&self.job.id, |job| {
            job.counts.total = total.unwrap_or(job.counts.total);
            if job.status != BatchStatus::Stopping {
                (job.status, job.modified) = (status, now);
            }
        })?;
        self.go_on()
    }

    /// Writes what has been answered of a job that does not go on.
    fn publish_part(&self) -> Result<(), Fault> {
        let (shelf, s3) = (&self.bedrock.shelf, &self.bedrock.s3);
        let Ok(job) = self.current() else { return Ok(()) };
        match Input::find(s3, &job) {
            Ok(input) => Answers::open(&shelf.answers_folder(), &job)?.publish(s3, &job, &input),
            // The files are gone, and so there is nothing to write the answers beside.
            Err(fault) if !fault.is_internal() => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Writes down how the work on a job ended, and keeps why it did not.
    fn end(&self, outcome: Result<(), Cut>) -> Result<(), Fault> {
        let reason = if let Err(Cut::Later(reason)) = &outcome { Some(reason.clone()) } else { None };
        let written = self.write_end(outcome);
        self.bedrock.set_put_off(reason.or_else(|| written.as_ref().err().map(|fault| fault.message.clone())));
        written
    }

    fn write_end(&self, outcome: Result<(), Cut>) -> Result<(), Fault> {
        let has_begun = self.current().is_ok_and(|job| job.counts.total > 0);
        let (status, message) = match outcome {
            Ok(()) => (BatchStatus::Completed, None),
            Err(Cut::Ending | Cut::Later(_)) => return Ok(()),
            Err(Cut::Failed(message)) => (BatchStatus::Failed, Some(message)),
            Err(Cut::TimeUp) if !has_begun => (BatchStatus::Expired, None),
            Err(cut) => {
                if has_begun {
                    self.publish_part()?;
                }
                let is_stopped = matches!(cut, Cut::Stopped);
                (if is_stopped { BatchStatus::Stopped } else { BatchStatus::PartiallyCompleted }, None)
            }
        };
        let now = self.bedrock.now();
        let shelf = &self.bedrock.shelf;
        shelf.update_batch(&self.job.id, |job| {
            (job.status, job.modified, job.ended) = (status, now, Some(now));
            job.message = message.map(|text| text.chars().take(MAX_FAILURE_CHARS).collect());
        })?;
        Answers::remove(&shelf.answers_folder(), self.job);
        Ok(())
    }
}

/// Who answers.
struct Asked<'a> {
    bedrock: &'a Bedrock,
    input: &'a Input,
    nova: Nova,
    ranker: Arc<Ranker>,
    job: &'a BatchJob,
}

impl Asked<'_> {
    /// Answers some records, a few at a time; in their order.
    fn answer(&self, questions: &[(usize, Question)]) -> Result<Vec<Answer>, Fault> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut own = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((file, question)) = questions.get(at) else { break own };
                own.push((at, self.answer_one(*file, question)));
            }
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut answers: Vec<_> = thread::scope(|scope| {
            let workers = cores.min(MOST_AT_ONCE).min(questions.len());
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        answers.sort_by_key(|(at, _)| *at);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// The line for a record. What is wrong with it alone is said in it.
    fn answer_one(&self, file: usize, question: &Question) -> Result<Answer, Fault> {
        let call = match self.job.spec.invocation {
            Invocation::Converse => Call::Converse,
            Invocation::InvokeModel => Call::Invoke,
        };
        let reach = |location: &objects::Location| self.input.check_reach(location);
        let (id, input) = (&question.id, &question.input);
        match self.bedrock.say(self.nova, &self.ranker, input, call, &reach) {
            Ok(mut output) => {
                let tokens = |name: &str| output["usage"][name].as_u64().unwrap_or_default();
                let tokens = (tokens("inputTokens"), tokens("outputTokens"));
                // How long it took differs each time; in a batch nobody waits for it.
                output.as_object_mut().and_then(|members| members.remove("metrics"));
                let line = json!({ "recordId": id, "modelInput": input, "modelOutput": output });
                Ok(Answer { file, tokens: Some(tokens), line })
            }
            Err(fault) if fault.is_internal() => Err(fault),
            Err(fault) => Ok(Answer { file, tokens: None, line: error_line(id, input, &fault) }),
        }
    }
}

fn error_line(id: &str, input: &Value, fault: &Fault) -> Value {
    let error = json!({ "errorCode": fault.status, "errorMessage": fault.message });
    json!({ "recordId": id, "modelInput": input, "error": error })
}

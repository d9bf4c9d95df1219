//! The jobs: planned, created or found again, watched, fetched.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::journal::{Asked, Batch, BatchJournal, End};
use super::photos::Album;
use super::plan::{Folder, batch_name, request};
use super::records::Answers;
use super::send::send_input;
use super::{BatchNeed, BatchNotice, BatchOptions, BatchServices, MOST_TRIES};
use crate::ask::{AnswerJournal, MAX_TOKENS, Question};
use crate::bedrock::{BatchState, BatchStatus, CreateBatch, is_passing};
use crate::error::{Error, Result};
use crate::images::Digest;
use crate::labels::labeler::Asking;
use crate::tokens::{TokenRange, nova_1_image_tokens, text_tokens};

/// For how long looks may fail one after the other.
const LONGEST_TROUBLE: Duration = Duration::from_hours(1);
/// Jobs of one batch that are looked for by its name.
const MOST_ATTEMPTS: usize = 1_000;

/// Tokens of an answer that is a name and nothing else, at least.
const LEAST_ANSWER: u64 = 4;

/// Why no more is asked about, where something is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// So many photos are fewer than a job takes.
    TooFew(usize),
    /// Somebody stopped a job.
    Stopped,
}

/// What a run works with.
pub(super) struct Work<'a> {
    pub(super) album: &'a Album,
    pub(super) answers: &'a AnswerJournal,
    pub(super) journal: &'a BatchJournal,
    pub(super) batch: &'a BatchOptions,
    pub(super) services: BatchServices<'a>,
}

impl Work<'_> {
    fn asked(&self) -> Asked {
        Asked { model: self.batch.memory_key.clone(), prompt: self.batch.prompt.sha256() }
    }

    /// What a photo's answer is remembered by.
    pub(super) fn question(&self, photo: Digest) -> Question {
        let Asked { model, prompt } = self.asked();
        Question { model, photo, prompt }
    }

    fn has_answer(&self, photo: Digest) -> bool {
        self.answers.recall(&self.question(photo)).is_some()
    }

    /// Files whose photo has an answer.
    pub(super) fn answered(&self) -> usize {
        let shown = self.album.files.iter().filter_map(|(_, shown)| shown.as_ref().ok());
        shown.filter(|photo| self.has_answer(**photo)).count()
    }

    /// Distinct photos with an answer.
    pub(super) fn answers_given(&self) -> usize {
        self.album.photos.keys().filter(|photo| self.has_answer(**photo)).count()
    }

    /// What the questions came to; `before` had an answer at the beginning.
    pub(super) fn asking(&self, before: usize) -> Asking {
        let given = self.album.photos.keys().filter_map(|photo| self.answers.recall(&self.question(*photo)));
        let (input_tokens, output_tokens) =
            given.fold((0, 0), |sum, given| (sum.0 + given.input_tokens, sum.1 + given.output_tokens));
        Asking {
            model: self.batch.model_id.clone(),
            distinct: self.album.photos.len(),
            asked: self.answers_given().saturating_sub(before),
            left: 0,
            input_tokens,
            output_tokens,
            cost_usd: (self.services.cost_usd)(input_tokens, output_tokens),
        }
    }

    /// How often a photo was asked about without an answer, and what was said.
    pub(super) fn tries(&self, photo: Digest) -> (usize, String) {
        self.journal.tries(&self.asked(), photo)
    }

    /// Asks about everything; says what is left, where it is not asked about.
    pub(super) fn all(&self, folder: &Path) -> Result<Option<Left>> {
        let least = self.batch.limits.min_records;
        let (mut is_first, mut is_stopped) = (true, false);
        loop {
            let new = self.unasked();
            let is_enough = new.len() >= least.max(1);
            if is_first {
                let open = self.journal.open_batches(&self.asked());
                let is_beginning = open.is_empty() && self.answered() == 0;
                if is_beginning && !new.is_empty() && !is_enough {
                    return Err(too_few(folder, new.len(), least));
                }
                self.agree(if is_enough { &new } else { &[] }, &open)?;
                is_first = false;
            }
            if is_enough && !is_stopped {
                self.plan(&new)?;
            }
            let open = self.journal.open_batches(&self.asked());
            if open.is_empty() {
                return Ok(match new.len() {
                    0 => None,
                    _ if is_stopped => Some(Left::Stopped),
                    few => Some(Left::TooFew(few)),
                });
            }
            is_stopped |= self.finish(open)?;
        }
    }

    /// Photos without an answer that are in no job and may still be asked about.
    fn unasked(&self) -> Vec<Digest> {
        let open = self.journal.open_batches(&self.asked());
        let waiting: std::collections::HashSet<_> = open.iter().flat_map(|batch| &batch.photos).collect();
        let is_unasked =
            |photo: &Digest| !waiting.contains(photo) && !self.has_answer(*photo) && self.tries(*photo).0 < MOST_TRIES;
        self.album.photos.keys().copied().filter(is_unasked).collect()
    }

    /// Asks whether it may go on, where something is to be sent.
    fn agree(&self, new: &[Digest], open: &[Batch]) -> Result<()> {
        let unsent = open.iter().filter(|batch| batch.job.is_none()).flat_map(|batch| batch.photos.iter());
        let to_send: Vec<_> = new.iter().chain(unsent).filter_map(|photo| self.album.photos.get(photo)).collect();
        if to_send.is_empty() {
            return Ok(());
        }
        let under_way = open.iter().filter(|batch| batch.job.is_some()).map(|batch| batch.photos.len()).sum();
        let prompt = &self.batch.prompt;
        let words = prompt.system.as_deref().map(text_tokens).unwrap_or_default() + text_tokens(&prompt.user);
        let photos: TokenRange = to_send.iter().map(|photo| nova_1_image_tokens(Some(photo.size))).sum();
        let new = to_send.len();
        (self.services.agree)(&BatchNeed {
            new,
            under_way,
            input_tokens: photos + words * new as u64,
            output_tokens: TokenRange::new(LEAST_ANSWER, MAX_TOKENS.into()) * new as u64,
        })
    }

    fn plan(&self, photos: &[Digest]) -> Result<()> {
        let parts = self.batch.limits.split(photos);
        (self.services.observe)(&BatchNotice::Planned { jobs: parts.len(), photos: photos.len() });
        parts.into_iter().try_for_each(|part| self.journal.plan(&batch_name(self.batch, part), &self.asked(), part))
    }

    /// Brings batches to their end; returns whether somebody stopped one.
    fn finish(&self, batches: Vec<Batch>) -> Result<bool> {
        let mut open = Vec::new();
        for batch in batches {
            match batch.job.clone() {
                Some(job) => open.push((batch, job)),
                None => open.extend(self.start(&batch)?.map(|job| (batch, job))),
            }
        }
        self.watch(open)
    }

    /// The job of a batch: one that an earlier run created, or a new one. None where the batch cannot be sent any more.
    fn start(&self, batch: &Batch) -> Result<Option<String>> {
        let (jobs, observe) = (self.services.jobs, self.services.observe);
        let found = jobs.list_batches(&batch.name, MOST_ATTEMPTS)?;
        let input = request(self.batch, &batch.name, 1).input_s3_uri;
        let is_ours = |job: &&BatchState| {
            job.request.input_s3_uri == input
                && job.status != BatchStatus::Failed
                && !self.journal.has_ended(&job.job_arn)
        };
        if let Some(job) = found.iter().find(is_ours) {
            observe(&BatchNotice::Found(job));
            self.journal.created(&batch.name, &job.job_arn)?;
            return Ok(Some(job.job_arn.clone()));
        }
        if !batch.photos.iter().all(|photo| self.album.photos.contains_key(photo)) {
            // Files went away before they were sent: what is left of them is planned anew.
            self.journal.ended(&batch.name, "", End::NotTried, Vec::new())?;
            return Ok(None);
        }
        let BatchServices { store, progress, .. } = self.services;
        let folder = Folder::of(self.batch, &batch.name);
        send_input(self.album, &batch.photos, &folder, &self.batch.prompt, &self.batch.limits, store, progress)?;
        let request = request(self.batch, &batch.name, found.len() + 1);
        let job = self.create(&request)?;
        self.journal.created(&batch.name, &job)?;
        observe(&BatchNotice::Created(&request.job_name, &job));
        Ok(Some(job))
    }

    /// Creates a job. A name that is taken is that of our own request, whose answer was lost.
    fn create(&self, request: &CreateBatch) -> Result<String> {
        let jobs = self.services.jobs;
        match jobs.create_batch(request) {
            Err(Error::Service { code, operation, target, message, hint }) if code == "ConflictException" => {
                let found = jobs.list_batches(&request.job_name, MOST_ATTEMPTS)?;
                let own = found.into_iter().find(|job| job.request == *request);
                own.map(|job| job.job_arn).ok_or(Error::Service { operation, target, code, message, hint })
            }
            answer => answer,
        }
    }

    /// Looks at jobs until all are over, and fetches the answers of each as soon as it is.
    fn watch(&self, mut open: Vec<(Batch, String)>) -> Result<bool> {
        let BatchServices { jobs, pace, observe, .. } = self.services;
        let mut seen: BTreeMap<String, BatchState> = BTreeMap::new();
        let (mut is_stopped, mut trouble_since) = (false, None);
        while !open.is_empty() {
            let mut waiting = Vec::new();
            for (batch, job) in open {
                match jobs.find_batch(&job) {
                    Ok(Some(state)) => {
                        trouble_since = None;
                        let is_change = seen
                            .get(&job)
                            .is_none_or(|seen| (&seen.status, seen.counts) != (&state.status, state.counts));
                        if is_change {
                            observe(&BatchNotice::Changed(&state));
                        }
                        if state.status.is_over() {
                            self.conclude(&batch, &state)?;
                            is_stopped |= state.status == BatchStatus::Stopped;
                        } else {
                            seen.insert(job.clone(), state);
                            waiting.push((batch, job));
                        }
                    }
                    Ok(None) => {
                        self.journal.ended(&batch.name, &job, End::NotTried, Vec::new())?;
                        return Err(gone(&job));
                    }
                    Err(error) if matches!(&error, Error::Service { code, .. } if is_passing(code)) => {
                        let since = *trouble_since.get_or_insert_with(|| {
                            observe(&BatchNotice::Trouble(&error));
                            pace.elapsed()
                        });
                        if pace.elapsed().saturating_sub(since) >= LONGEST_TROUBLE {
                            return Err(error);
                        }
                        waiting.push((batch, job));
                    }
                    Err(error) => return Err(error),
                }
            }
            open = waiting;
            if !open.is_empty() {
                pace.pause(self.batch.interval);
            }
        }
        Ok(is_stopped)
    }

    /// Fetches what a job that is over has answered, and writes down that it is over.
    fn conclude(&self, batch: &Batch, job: &BatchState) -> Result<()> {
        if job.status == BatchStatus::Failed {
            self.journal.ended(&batch.name, &job.job_arn, End::NotTried, Vec::new())?;
            return Err(failed(job));
        }
        let store = self.services.store;
        let folder = Folder::of(self.batch, &batch.name).answers(job.id());
        let mut files = Vec::new();
        for key in store.sizes(&folder.bucket, &folder.key)?.into_keys().filter(|key| key.ends_with(".jsonl.out")) {
            files.push(store.read(&crate::store::S3Uri::new(&folder.bucket, key))?);
        }
        let answers = Answers::read(&files, &batch.photos);
        let mut new = 0;
        for photo in &batch.photos {
            if let Some(given) = answers.given.get(photo).filter(|_| !self.has_answer(*photo)) {
                self.answers.add(self.question(*photo), given.clone())?;
                new += 1;
            }
        }
        let mut errors: Vec<_> = answers.errors.into_iter().collect();
        errors.sort();
        let end = if job.status == BatchStatus::Stopped { End::NotTried } else { End::Tried };
        (self.services.observe)(&BatchNotice::Fetched { job, answers: new, errors: errors.len(), odd: answers.odd });
        self.journal.ended(&batch.name, &job.job_arn, end, errors)
    }
}

fn too_few(folder: &Path, photos: usize, least: usize) -> Error {
    let what =
        format!("there are {photos} distinct photos to ask about, and a batch job takes {least} records or more");
    let hint = "ask about each by itself: --labeler converse, with the same --model and --output-file; or give \
                --min-records where your account takes fewer.";
    Error::input(folder, what, hint)
}

fn failed(job: &BatchState) -> Error {
    Error::Service {
        operation: "GetModelInvocationJob",
        target: job.job_arn.clone(),
        code: "Failed".to_owned(),
        message: job.message.clone().unwrap_or_else(|| "the job failed, and the service does not say why".to_owned()),
        hint:
            "docs/labels-at-scale.md has the role's permissions and the quotas; the same command creates another job."
                .to_owned(),
    }
}

fn gone(job: &str) -> Error {
    Error::Service {
        operation: "GetModelInvocationJob",
        target: job.to_owned(),
        code: "ResourceNotFoundException".to_owned(),
        message: "the job that an earlier run created is not there any more".to_owned(),
        hint: "the same command creates another one; check --region and the account.".to_owned(),
    }
}

//! The thread that works on jobs, one after the other: batches of questions (see [`super::batch`]), and models to tune with
//! validation, data processing and training.
//!
//! What a job has reached is on disk. A process that ends in the middle leaves the job as it is, and the next one that
//! serves the folder goes on from the phase that was under way. Training begins anew then; it comes to the same bytes, as it
//! depends on the request and the data alone.

mod validation;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

use self::validation::Data;
use super::batch::{self, BatchJob, BatchStatus};
use super::dataset;
use super::fault::Fault;
use super::objects::{self, Location};
use super::record::{CustomModel, Job, JobStatus, Phase, PhaseStatus, Phases};
use super::{Bedrock, hyperparameters};
use crate::tuning::{self, Loss, Ranker, Sample, Tuned, training_csv, validation_csv};
use foundation::error::{Error, Result};
use invoice_ocr::reader::Page;

const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;
const TRAINING_METRICS: &str = "training_artifacts/step_wise_training_metrics.csv";
const VALIDATION_METRICS: &str = "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv";
/// Waits, of a fifth of a second at most, before work that could not be done is tried again.
const BREATHS: usize = 10;
/// The longest message that the service model allows.
pub(super) const MAX_FAILURE_CHARS: usize = 2048;

/// The thread. Dropping it ends it at its next breath and waits for that.
pub(crate) struct Worker {
    bedrock: Arc<Bedrock>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts it.
    pub(crate) fn start(bedrock: Arc<Bedrock>) -> Result<Self> {
        let own = bedrock.clone();
        let thread = std::thread::Builder::new().name("nova-ft-jobs".to_owned()).spawn(move || work(&own));
        let thread = thread.map_err(|source| Error::System { action: "start the thread of jobs".into(), source })?;
        Ok(Self { bedrock, thread: Some(thread) })
    }
}

impl Worker {
    /// The services that it works for.
    pub(crate) fn bedrock(&self) -> &Bedrock {
        &self.bedrock
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.bedrock.ending.store(true, Ordering::Release);
        self.bedrock.shelf.notify();
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been reported already.
            let _ = thread.join();
        }
    }
}

/// Why work on a job ended before its end.
enum Cut {
    /// This process stops serving.
    Ending,
    /// This machine has trouble that may pass: the disk is full, the reader's models are not where this process looks for them.
    Later(String),
    /// Somebody stopped the job.
    Stopped,
    /// The data are not what they should be, in the words of the job's failure message.
    Failed(String),
}

impl From<Fault> for Cut {
    fn from(fault: Fault) -> Self {
        if fault.is_internal() { Self::Later(fault.message) } else { Self::Failed(fault.message) }
    }
}

impl From<Error> for Cut {
    /// A photo that cannot be read; whatever else is wrong is wrong with this machine.
    fn from(error: Error) -> Self {
        if !matches!(error, Error::Input { .. }) {
            return Self::Later(error.with_causes());
        }
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        Self::Failed(format!("Unable to process the images: {}{hint}", error.with_causes()))
    }
}

/// A job to work on.
enum Next {
    Tuning(Box<Job>),
    Batch(Box<BatchJob>),
}

fn work(bedrock: &Bedrock) {
    while let Some(next) = next_job(bedrock) {
        let is_left = match next {
            Next::Tuning(job) => tune(bedrock, &job),
            Next::Batch(job) => batch::work_on(bedrock, &job),
        };
        let mut state = bedrock.shelf.lock();
        state.running = None;
        if is_left {
            for _ in 0..BREATHS {
                if bedrock.ending.load(Ordering::Acquire) {
                    break;
                }
                state = bedrock.shelf.wait(state);
            }
        }
    }
}

/// Works on a tuning job; returns whether it is left to be tried again.
fn tune(bedrock: &Bedrock, job: &Job) -> bool {
    let run = Run { bedrock, id: &job.id, region: &job.region };
    // A panic has been reported already. Without an end the job would be the first again, here and in each next process.
    let outcome = catch_unwind(AssertUnwindSafe(|| run.all_phases(job)))
        .unwrap_or_else(|_| Err(Cut::Failed("The local stand-in failed while working on this job.".to_owned())));
    let is_put_off = matches!(outcome, Err(Cut::Later(_)));
    run.end(outcome).is_err() || is_put_off
}

/// The next job to work on, when there is one; `None` when the process stops serving.
fn next_job(bedrock: &Bedrock) -> Option<Next> {
    let mut state = bedrock.shelf.lock();
    loop {
        if bedrock.ending.load(Ordering::Acquire) {
            return None;
        }
        // One that is being stopped takes no time.
        let tuning = state.jobs.values().filter(|job| !job.status.is_final());
        let tuning = tuning.map(|job| (job.status != JobStatus::Stopping, job.sequence, job.id.clone()));
        let batches = state.batches.values().filter(|job| !job.status.is_final());
        let batches = batches.map(|job| (job.status != BatchStatus::Stopping, job.sequence, job.id.clone()));
        if let Some((_, _, id)) = tuning.chain(batches).min() {
            let next = match state.jobs.get(&id) {
                Some(job) => Some(Next::Tuning(Box::new(job.clone()))),
                None => state.batches.get(&id).map(|job| Next::Batch(Box::new(job.clone()))),
            };
            state.running = Some(id);
            return next;
        }
        state = bedrock.shelf.wait(state);
    }
}

/// The work on one job.
struct Run<'a> {
    bedrock: &'a Bedrock,
    id: &'a str,
    region: &'a str,
}

impl Run<'_> {
    fn all_phases(&self, job: &Job) -> Result<Outcome, Cut> {
        self.go_on()?;
        let done = |phase: &Phase| phase.status == PhaseStatus::Completed;
        // A phase that was completed before is not shown again, but what it came to is needed.
        let data = if done(&job.phases.validation) {
            self.read_data(job)?
        } else {
            self.phase(|phases| &mut phases.validation, || self.validate(job))?
        };
        let pages = if done(&job.phases.data_processing) {
            self.read_photos(&data)?
        } else {
            self.phase(|phases| &mut phases.data_processing, || self.read_photos(&data))?
        };
        self.enter(|phases| &mut phases.training)?;
        self.train(job, &data, &pages)
    }

    /// Shows a phase as under way, and as completed after its work.
    fn phase<T>(
        &self,
        phase: impl Fn(&mut Phases) -> &mut Phase,
        work: impl FnOnce() -> Result<T, Cut>,
    ) -> Result<T, Cut> {
        self.enter(&phase)?;
        let result = work()?;
        let now = self.bedrock.now();
        self.bedrock.shelf.update_job(self.id, |job| {
            phase(&mut job.phases).set(PhaseStatus::Completed, now);
            job.modified = now;
        })?;
        self.go_on()?;
        Ok(result)
    }

    fn enter(&self, phase: impl Fn(&mut Phases) -> &mut Phase) -> Result<(), Cut> {
        let now = self.bedrock.now();
        self.bedrock.shelf.update_job(self.id, |job| {
            let current = phase(&mut job.phases);
            // Whoever stopped it between two phases is heard below; a phase that was put off began when it began.
            if job.status == JobStatus::InProgress && current.status != PhaseStatus::InProgress {
                current.set(PhaseStatus::InProgress, now);
                job.modified = now;
            }
        })?;
        self.go_on()
    }

    /// Whether there is a reason not to.
    fn go_on(&self) -> Result<(), Cut> {
        if self.bedrock.ending.load(Ordering::Acquire) {
            return Err(Cut::Ending);
        }
        let state = self.bedrock.shelf.lock();
        match state.jobs.get(self.id).map(|job| job.status) {
            Some(JobStatus::InProgress) => Ok(()),
            _ => Err(Cut::Stopped),
        }
    }

    /// Reads each photo once, a few at a time.
    fn read_photos(&self, data: &Data) -> Result<BTreeMap<String, Page>, Cut> {
        let photos = &self.bedrock.photos;
        let pictures = data.first_pictures();
        if !pictures.is_empty() {
            // Whatever is wrong with the reader itself is no fault of the photos.
            photos.open().map_err(|error| Cut::Later(error.with_causes()))?;
        }
        let uris: Vec<_> = pictures.iter().map(|picture| picture.location.to_string()).collect();
        let locations: BTreeMap<_, _> =
            uris.iter().map(String::as_str).zip(pictures.iter().map(|picture| &picture.location)).collect();
        let load = |uri: &str| -> Result<Vec<u8>, Cut> {
            let location = locations.get(uri).ok_or_else(|| Cut::Failed(format!("{uri} is no image of the job")))?;
            let bytes = objects::read(&self.bedrock.s3, location, MAX_IMAGE_BYTES)?;
            Ok(bytes.ok_or_else(|| objects::unreadable(location))?)
        };
        let names: Vec<_> = uris.iter().map(String::as_str).collect();
        let pages = photos.read_all(&names, &load, &|| self.go_on().is_err())?;
        let Some(pages) = pages else { return Err(self.go_on().err().unwrap_or(Cut::Ending)) };
        Ok(pictures.iter().map(|picture| picture.location.key.clone()).zip(pages).collect())
    }

    /// Trains, and writes what comes of it.
    fn train(&self, job: &Job, data: &Data, pages: &BTreeMap<String, Page>) -> Result<Outcome, Cut> {
        let hyperparameters = hyperparameters::read(&job.spec.hyper_parameters)?;
        let base = match &job.spec.base_custom_model {
            // A model that was deleted meanwhile does not come back.
            Some(model) => self.bedrock.shelf.weights(model).map_err(|fault| Cut::Failed(fault.message))?,
            None => Arc::new(Ranker::naive()),
        };
        let samples = |samples: &[dataset::Sample]| -> Vec<_> {
            samples.iter().map(|sample| sample_with_page(sample, pages)).collect()
        };
        let (training, validation) = (samples(&data.training), samples(&data.validation));
        let mut cut = None;
        let tuned =
            tuning::train(&base, &training, &validation, hyperparameters, seed_of(job), &mut |_: &Loss| match self
                .go_on()
            {
                Ok(()) => ControlFlow::Continue(()),
                Err(reason) => {
                    cut = Some(reason);
                    ControlFlow::Break(())
                }
            });
        match (tuned, cut) {
            (Some(tuned), None) => self.save(job, &tuned),
            (_, reason) => Err(reason.unwrap_or(Cut::Ending)),
        }
    }

    /// Writes the files of a finished training.
    fn save(&self, job: &Job, tuned: &Tuned) -> Result<Outcome, Cut> {
        self.write_metrics(job, TRAINING_METRICS, training_csv(&tuned.training))?;
        if !tuned.validation.is_empty() {
            self.write_metrics(job, VALIDATION_METRICS, validation_csv(&tuned.validation))?;
        }
        self.bedrock.shelf.write_weights(&job.model_id, &tuned.ranker)?;
        let last = |losses: &[Loss]| losses.last().map(|loss| loss.loss);
        Ok(Outcome { training_loss: last(&tuned.training), validation_loss: last(&tuned.validation) })
    }

    fn write_metrics(&self, job: &Job, path: &str, text: String) -> Result<(), Cut> {
        let output = Location::parse(&job.spec.output_uri);
        let output = output.ok_or_else(|| Cut::Failed("Provided S3 location is invalid".to_owned()))?;
        let object = output.join(&format!("model-customization-job-{}/{path}", job.id));
        Ok(objects::write(&self.bedrock.s3, &object, "text/csv", text.into_bytes())?)
    }

    /// Writes down how the work on a job ended, and keeps why it did not.
    fn end(&self, outcome: Result<Outcome, Cut>) -> Result<(), Fault> {
        let reason = if let Err(Cut::Later(reason)) = &outcome { Some(reason.clone()) } else { None };
        let written = self.write_end(outcome);
        let reason = reason.or_else(|| written.as_ref().err().map(|fault| fault.message.clone()));
        self.bedrock.set_put_off(reason);
        written
    }

    fn write_end(&self, outcome: Result<Outcome, Cut>) -> Result<(), Fault> {
        let now = self.bedrock.now();
        let ended = |job: &mut Job, status: JobStatus, phase: PhaseStatus| {
            (job.status, job.modified, job.ended) = (status, now, Some(now));
            if let Some(current) = job.phases.current() {
                current.set(phase, now);
            }
        };
        let shelf = &self.bedrock.shelf;
        match outcome {
            Ok(outcome) => {
                let mut state = shelf.lock();
                let sequence = state.next_sequence();
                let Some(mut job) = state.jobs.get(self.id).cloned() else { return Ok(()) };
                let model = CustomModel {
                    id: job.model_id.clone(),
                    sequence,
                    region: self.region.to_owned(),
                    spec: job.spec.clone(),
                    job_arn: job.arn(),
                    created: now,
                    training_loss: outcome.training_loss,
                    validation_loss: outcome.validation_loss,
                    tags: job.spec.model_tags.clone(),
                };
                (job.training_loss, job.validation_loss) = (outcome.training_loss, outcome.validation_loss);
                ended(&mut job, JobStatus::Completed, PhaseStatus::Completed);
                shelf.write(&model)?;
                shelf.write(&job)?;
                state.models.insert(model.id.clone(), model);
                state.jobs.insert(job.id.clone(), job);
            }
            Err(Cut::Ending | Cut::Later(_)) => {}
            Err(Cut::Stopped) => {
                shelf.update_job(self.id, |job| ended(job, JobStatus::Stopped, PhaseStatus::Stopped))?;
            }
            Err(Cut::Failed(message)) => {
                shelf.update_job(self.id, |job| {
                    ended(job, JobStatus::Failed, PhaseStatus::Failed);
                    job.failure = Some(message.chars().take(MAX_FAILURE_CHARS).collect());
                })?;
            }
        }
        Ok(())
    }
}

/// What a finished training says of itself.
struct Outcome {
    training_loss: Option<f64>,
    validation_loss: Option<f64>,
}

/// A record without a picture is a page without lines.
fn sample_with_page(sample: &dataset::Sample, pages: &BTreeMap<String, Page>) -> Sample {
    let page = sample.pictures.first().and_then(|picture| pages.get(&picture.location.key));
    Sample { page: page.cloned().unwrap_or_default(), label: sample.label.clone() }
}

/// The seed of the training: the same for the same model, hyperparameters and places of data.
fn seed_of(job: &Job) -> u64 {
    let spec = &job.spec;
    let said = (&spec.base, &spec.hyper_parameters, &spec.training_uri, &spec.validation_uri);
    let digest = Sha256::digest(format!("{said:?}"));
    digest.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

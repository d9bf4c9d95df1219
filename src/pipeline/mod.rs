//! The main job: the stages in order. Each stage finds what an earlier run left and goes on from there.
//!
//! [`run`] goes up to the upload, which needs no model and costs next to nothing; [`evaluate_models`] compares base and tuned
//! at the end. Job and deployment stand between them: [`crate::training::job`], [`crate::evaluate`].

mod evaluate;
mod stage;

pub use evaluate::memory_key;
pub use evaluate::{ModelToAsk, evaluate_models};
pub use stage::{Stage, UnknownStage};

use std::ops::ControlFlow;

use crate::aws::backend::Backend;
use crate::dataset::{FolderLock, Manifest, PrepareOptions, Prepared, prepare_held};
use crate::error::Result;
use crate::findings::Report;
use crate::progress::Progress;
use crate::upload::{DryRun, Outcome, UploadOptions, Uploaded, upload_observed};
use crate::validate::{Model, Readiness, Ready};

/// What [`run`] needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    /// Labels, photos, where the data set goes.
    pub prepare: PrepareOptions,
    /// The model that the data set is for.
    pub model: Model,
    /// Objects on the way at the same time, 1 to 256.
    pub concurrency: usize,
}

impl Default for RunOptions {
    fn default() -> Self {
        let concurrency = UploadOptions::default().concurrency;
        Self { prepare: PrepareOptions::default(), model: Model::default(), concurrency }
    }
}

/// What happens on the way, told as it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// Labels and photos were read; the data set was written, unless the report has errors.
    Prepared(&'a Prepared),
    /// The rules were run over the data set.
    Validated(&'a Report),
    /// An object is through, or not.
    Object(&'a Outcome),
}

/// How far the job came.
#[derive(Debug)]
pub struct RunResult {
    /// Labels, photos, data set.
    pub prepared: Prepared,
    /// What the validator said; `None` when there was no data set to look at.
    pub validation: Option<Report>,
    /// What was sent; `None` when the data set was not ready.
    pub uploaded: Option<Uploaded>,
}

impl RunResult {
    /// Whether everything went through.
    pub fn is_complete(&self) -> bool {
        self.uploaded.as_ref().is_some_and(|uploaded| uploaded.receipt.is_some())
    }
}

/// Labels and photos → data set → validation → bucket.
///
/// A stage that says no ends the job: the result says how far it came. Run again, it makes the same bytes and sends only
/// what is not there.
///
/// # Errors
/// Where a stage could not run at all.
pub fn run(
    options: &RunOptions,
    backend: &Backend,
    progress: &dyn Progress,
    observe: &dyn Fn(Event<'_>),
) -> Result<RunResult> {
    run_unless(options, backend, progress, observe, &|_| Ok(ControlFlow::Continue(())))
}

/// The same with a check of the prepared data set before anything is uploaded: `Break` ends the run there.
pub fn run_unless(
    options: &RunOptions,
    backend: &Backend,
    progress: &dyn Progress,
    observe: &dyn Fn(Event<'_>),
    before_upload: &dyn Fn(&Manifest) -> Result<ControlFlow<()>>,
) -> Result<RunResult> {
    let upload =
        UploadOptions { concurrency: options.concurrency, dry_run: DryRun::No, backend: backend.kind().to_string() };
    upload.check()?;
    backend.kind().check_account(&options.prepare.account_id)?;
    // Held to the end: what is uploaded is what was prepared.
    let held = FolderLock::acquire(&options.prepare.output_dir, progress)?;
    let prepared = prepare_held(&options.prepare, Some(&held), progress)?;
    observe(Event::Prepared(&prepared));
    if prepared.manifest.is_none() {
        return Ok(RunResult { prepared, validation: None, uploaded: None });
    }
    let readiness = Ready::check(&prepared.folder, options.model, &options.prepare.levels, progress)?;
    observe(Event::Validated(readiness.report()));
    let (ready, report) = match readiness {
        Readiness::Ready(ready, report) => (ready, report),
        Readiness::NotReady(report) => return Ok(RunResult { prepared, validation: Some(report), uploaded: None }),
    };
    if before_upload(ready.manifest())?.is_break() {
        return Ok(RunResult { prepared, validation: Some(report), uploaded: None });
    }
    backend.ensure_bucket(&ready.manifest().s3_bucket)?;
    let observe_object = |outcome: &Outcome| observe(Event::Object(outcome));
    let uploaded = upload_observed(&ready, &backend.object_store(), &upload, progress, &observe_object)?;
    Ok(RunResult { prepared, validation: Some(report), uploaded: Some(uploaded) })
}

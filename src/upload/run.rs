//! The execution of a plan: so many objects at once, each by itself, records last.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::breaker::{Breaker, concerns_all};
use super::outcome::{Outcome, Uploaded};
use super::plan::{Action, Glance, PlannedObject, Survey};
use super::sent::{Sent, SentObject};
use super::{Receipt, ReceiptObject};
use crate::aws::runtime::BlockingRuntime;
use aws_emulator::DiskView;

use crate::aws::s3::{Listing, NewObject, ObjectStore, Objects, VALIDATION_METADATA};
use crate::dataset::{ObjectKeys, Side};
use crate::error::{Error, Result};
use crate::images::hash_file;
use crate::progress::Progress;
use crate::validate::{DatasetObject, Ready, Validation};

/// Whether anything is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DryRun {
    /// Send.
    #[default]
    No,
    /// Look at what is there, send nothing, write nothing.
    Yes,
}

/// How to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadOptions {
    /// Objects on the way at the same time, 1 to 256.
    pub concurrency: usize,
    /// Whether anything is sent.
    pub dry_run: DryRun,
    /// Name of the backend, for the receipt.
    pub backend: String,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self { concurrency: 16, dry_run: DryRun::No, backend: "local".to_owned() }
    }
}

/// How many objects may be on the way at the same time: enough for any line, and below the usual limit of open files.
const CONCURRENCY: RangeInclusive<usize> = 1..=256;

impl UploadOptions {
    /// Refuses what cannot be used before anything is looked at.
    ///
    /// # Errors
    /// [`Error::Setting`] for a concurrency outside 1 to 256.
    pub fn check(&self) -> Result<()> {
        if CONCURRENCY.contains(&self.concurrency) {
            return Ok(());
        }
        let (least, most) = (CONCURRENCY.start(), CONCURRENCY.end());
        Err(Error::Setting {
            origin: "concurrency".to_owned(),
            what: format!("{} is not a number of objects from {least} to {most}", self.concurrency),
            hint: format!("name one from {least} to {most}; {} is the default.", Self::default().concurrency),
        })
    }
}

/// Brings a data set into its bucket. What is there with the same bytes is not sent again.
///
/// An object that fails does not stop the others; the records are held back when a photo is missing, so that a
/// `train.jsonl` in the bucket means that its photos are there.
///
/// # Errors
/// Where nothing could be tried at all: the bucket is missing, the service cannot be reached, the credentials are refused.
pub fn upload(
    ready: &Ready,
    store: &ObjectStore,
    options: &UploadOptions,
    progress: &dyn Progress,
) -> Result<Uploaded> {
    upload_observed(ready, store, options, progress, &|_| {})
}

/// [`upload`], telling `observe` of each object as soon as it and all before it are through: in the order of the plan.
pub fn upload_observed(
    ready: &Ready,
    store: &ObjectStore,
    options: &UploadOptions,
    progress: &dyn Progress,
    observe: &dyn Fn(&Outcome),
) -> Result<Uploaded> {
    upload_to(ready, store, &store.runtime, options, progress, observe)
}

/// Returns what [`upload_observed`] would do with a local emulator, from the files of its folder: nothing is started or written.
///
/// # Errors
/// Those of [`upload`].
pub fn dry_run_on_disk(
    ready: &Ready,
    view: &DiskView,
    options: &UploadOptions,
    progress: &dyn Progress,
    observe: &dyn Fn(&Outcome),
) -> Result<Uploaded> {
    let options = UploadOptions { dry_run: DryRun::Yes, ..options.clone() };
    upload_to(ready, view, &BlockingRuntime::new(), &options, progress, observe)
}

/// [`upload_observed`] to whatever holds objects.
fn upload_to<S: Objects + Clone + 'static>(
    ready: &Ready,
    store: &S,
    runtime: &BlockingRuntime,
    options: &UploadOptions,
    progress: &dyn Progress,
    observe: &dyn Fn(&Outcome),
) -> Result<Uploaded> {
    options.check()?;
    let store = Arc::new(store.clone());
    let (outcomes, sent) = runtime.block_on(send(ready, &store, options, progress, observe))??;
    let receipt = receipt(ready, &outcomes, options);
    if let (Some(receipt), DryRun::No) = (&receipt, options.dry_run) {
        receipt.write(ready.folder())?;
        // What is only remembered to save time next time must not fail an upload that went through.
        let _ = sent.map_or(Ok(()), |sent| sent.write(ready.folder())).and_then(|()| ready.remember_photos());
    }
    Ok(Uploaded { outcomes, receipt, dry_run: options.dry_run })
}

async fn send<S: Objects + 'static>(
    ready: &Ready,
    store: &Arc<S>,
    options: &UploadOptions,
    progress: &dyn Progress,
    observe: &dyn Fn(&Outcome),
) -> Result<(Vec<Outcome>, Option<Sent>)> {
    let limit = options.concurrency;
    let validation = ready.validation().to_string();
    store.check_bucket(&ready.manifest().s3_bucket).await?;
    progress.begin("looking at the bucket", ready.objects().len() as u64);
    let before = list(ready, store.as_ref()).await.inspect_err(|_| progress.end())?;
    let remembered = Sent::read(ready.folder());
    let survey = Survey::new(before.as_ref(), &remembered, &options.backend, &validation);
    let plan = plan(ready, store, &survey, options, &validation, progress).await;
    progress.end();
    if options.dry_run == DryRun::Yes {
        plan.iter().for_each(observe);
        return Ok((plan, None));
    }
    let sends_something = plan.iter().any(|outcome| outcome.action() == Some(Action::Put));
    if sends_something {
        Receipt::withdraw(ready.folder())?;
        Sent::forget(ready.folder())?;
    }
    let is_records = |outcome: &Outcome| outcome.object().is_records;
    let (records, photos): (Vec<_>, Vec<_>) = plan.into_iter().partition(is_records);
    progress.begin("uploading", photos.iter().chain(&records).map(Outcome::bytes_to_send).sum());
    let breaker = Arc::new(Breaker::new(limit));
    let put = |outcome: Outcome| put_one(Arc::clone(store), Arc::clone(&breaker), outcome, validation.clone());
    let mut outcomes = concurrently(photos, limit, progress, observe, put).await;
    if let Some(error) = nothing_went_through(&mut outcomes) {
        progress.end();
        return Err(error);
    }
    let missing = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Failed(..))).count();
    if missing == 0 {
        outcomes.extend(concurrently(records, limit, progress, observe, put).await);
    } else {
        let held: Vec<_> = records.into_iter().map(|outcome| held_back(outcome, missing)).collect();
        held.iter().for_each(observe);
        outcomes.extend(held);
    }
    progress.end();
    let after = if sends_something { list(ready, store.as_ref()).await.unwrap_or_default() } else { before };
    let sent = after.map(|listing| sent(&outcomes, &listing, options, &validation));
    Ok((outcomes, sent.filter(|sent| *sent != remembered)))
}

/// What is below the data set's prefix, unless nobody may know or it holds far more than is ours.
async fn list<S: Objects>(ready: &Ready, store: &S) -> Result<Option<Listing>> {
    let manifest = ready.manifest();
    let prefix = ObjectKeys::below(&manifest.s3_prefix).file("");
    let at_most = ready.objects().len() * LISTED_PER_OBJECT + LISTED_ANYHOW;
    store.list(&manifest.s3_bucket, &prefix, at_most).await
}

/// What to remember of an upload, from a listing after it.
fn sent(outcomes: &[Outcome], listing: &Listing, options: &UploadOptions, validation: &str) -> Sent {
    let object = |outcome: &Outcome| match outcome {
        Outcome::Done(PlannedObject { object, etag, .. }) => {
            let listed = listing.get(&object.uri.key);
            Some((object.uri.to_string(), SentObject::new(object.sha256, etag.as_deref(), listed)?))
        }
        Outcome::Failed(..) => None,
    };
    Sent {
        backend: options.backend.clone(),
        validation: validation.to_owned(),
        objects: outcomes.iter().filter_map(object).collect(),
    }
}

/// What is to be done with each object, in their order; an object that the service does not tell about has failed already.
async fn plan<S: Objects + 'static>(
    ready: &Ready,
    store: &Arc<S>,
    survey: &Survey<'_>,
    options: &UploadOptions,
    validation: &str,
    progress: &dyn Progress,
) -> Vec<Outcome> {
    let objects = ready.objects().to_vec();
    let is_checked = *ready.validation() != Validation::Skipped;
    let decide = |object: DatasetObject| {
        let (store, validation) = (Arc::clone(store), validation.to_owned());
        let glance = survey.glance(&object);
        async move {
            let planned = |action, etag| Outcome::Done(PlannedObject { object: object.clone(), action, etag });
            let outcome = match glance {
                Glance::Differs => planned(Action::Put, None),
                // Of files that nobody has looked at, the manifest's word is not enough to leave one out.
                _ if !is_checked && !is_as_in_manifest(&object) => planned(Action::Put, None),
                Glance::Same(etag) => planned(Action::Skip, etag),
                Glance::Unclear => match store.head(&object.uri).await {
                    Ok(remote) => {
                        let action = Action::of(&object, &validation, remote.as_ref());
                        planned(action, remote.and_then(|remote| remote.etag))
                    }
                    Err(error) => Outcome::Failed(object, error),
                },
            };
            (1, outcome)
        }
    };
    concurrently(objects, options.concurrency, progress, &|_| {}, decide).await
}

/// Whether a file has the bytes that the manifest names.
fn is_as_in_manifest(object: &DatasetObject) -> bool {
    hash_file(&object.path).is_ok_and(|sha256| sha256 == object.sha256)
}

/// Sends what the plan says is to be sent.
async fn put_one<S: Objects>(
    store: Arc<S>,
    breaker: Arc<Breaker>,
    outcome: Outcome,
    validation: String,
) -> (u64, Outcome) {
    let size_bytes = outcome.bytes_to_send();
    let planned = match outcome {
        Outcome::Done(planned) if planned.action == Action::Put => planned,
        settled => return (size_bytes, settled),
    };
    let object = &planned.object;
    if let Some(error) = breaker.why_not_to_try(&object.uri) {
        return (size_bytes, Outcome::Failed(planned.object, error));
    }
    let new = NewObject {
        uri: object.uri.clone(),
        sha256: object.sha256,
        size_bytes: object.size_bytes,
        content_type: object.content_type.clone(),
        metadata: BTreeMap::from([(VALIDATION_METADATA.to_owned(), validation)]),
    };
    let answer = store.put(&object.path, &new).await;
    breaker.hear(answer.as_ref().err());
    match answer {
        Ok(etag) => (size_bytes, Outcome::Done(PlannedObject { etag, ..planned })),
        Err(error) => (size_bytes, Outcome::Failed(planned.object, error)),
    }
}

/// Runs `work` on every item, `limit` at a time; results come, and are observed, in the order of the items.
async fn concurrently<T, R, F>(
    items: Vec<T>,
    limit: usize,
    progress: &dyn Progress,
    observe: &dyn Fn(&R),
    work: impl Fn(T) -> F,
) -> Vec<R>
where
    R: Send + 'static,
    F: Future<Output = (u64, R)> + Send + 'static,
{
    let mut items = items.into_iter().enumerate();
    let mut tasks = JoinSet::new();
    let mut early = BTreeMap::new();
    let mut done = Vec::new();
    loop {
        while tasks.len() < limit {
            let Some((index, item)) = items.next() else { break };
            let future = work(item);
            tasks.spawn(async move { (index, future.await) });
        }
        let Some(result) = tasks.join_next().await else { return done };
        match result {
            Ok((index, (units, result))) => {
                progress.advance(units);
                early.insert(index, result);
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
        while let Some(result) = early.remove(&done.len()) {
            observe(&result);
            done.push(result);
        }
    }
}

/// A prefix that holds more objects than this for each of ours, and some, costs more to list than to ask for ours.
const LISTED_PER_OBJECT: usize = 3;
/// Objects listed anyhow: three requests.
const LISTED_ANYHOW: usize = 3_000;

/// The error of the whole upload, where nothing that was to be sent went through and that is why.
fn nothing_went_through(outcomes: &mut Vec<Outcome>) -> Option<Error> {
    let is_whole = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_, error) if concerns_all(error));
    let tried = |outcome: &Outcome| outcome.action() != Some(Action::Skip);
    if !outcomes.iter().filter(|outcome| tried(outcome)).all(is_whole) {
        return None;
    }
    let first = outcomes.iter().position(is_whole)?;
    match outcomes.swap_remove(first) {
        Outcome::Failed(_, error) => Some(error),
        Outcome::Done(_) => None,
    }
}

fn held_back(outcome: Outcome, missing: usize) -> Outcome {
    let object = match outcome {
        Outcome::Done(planned) => planned.object,
        failed @ Outcome::Failed(..) => return failed,
    };
    let photos = if missing == 1 { "a photo is".to_owned() } else { format!("{missing} photos are") };
    let what = format!("held back, because {photos} missing in the bucket");
    let error = Error::input(
        object.path.as_path(),
        what,
        "fix what their errors name and run the same command again: it sends what is missing.",
    );
    Outcome::Failed(object, error)
}

/// The receipt, where every object went through.
fn receipt(ready: &Ready, outcomes: &[Outcome], options: &UploadOptions) -> Option<Receipt> {
    let uri = |side| ready.records(side).map(|object| object.uri.to_string());
    let object = |outcome: &Outcome| match outcome {
        Outcome::Done(PlannedObject { object, .. }) => {
            Some(ReceiptObject { uri: object.uri.to_string(), sha256: object.sha256, size_bytes: object.size_bytes })
        }
        Outcome::Failed(..) => None,
    };
    Some(Receipt {
        backend: options.backend.clone(),
        validated: *ready.validation() == Validation::Passed,
        allowed: match ready.validation() {
            Validation::Allowed(codes) => codes.clone(),
            Validation::Passed | Validation::Skipped => Vec::new(),
        },
        training_data_s3_uri: uri(Side::Train).unwrap_or_default(),
        validation_data_s3_uri: uri(Side::Validation),
        objects: outcomes.iter().map(object).collect::<Option<_>>()?,
    })
}

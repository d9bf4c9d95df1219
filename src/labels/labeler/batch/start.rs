//! The job of a batch: found again, or created.

use super::BatchNotice;
use super::journal::{Batch, End};
use super::plan::{Folder, request};
use super::send::send_input;
use super::work::Work;
use crate::aws::bedrock::{BatchState, BatchStatus, CreateBatch};
use crate::error::{Error, Result, ServiceErrorKind};

/// Jobs of one batch that are looked for by its name.
const MOST_ATTEMPTS: usize = 1_000;

impl Work<'_> {
    /// Takes on the jobs of planned batches whose creation nobody wrote down, so that what is to be sent and paid for is known
    /// before it is asked for.
    pub(super) fn adopt(&self) -> Result<()> {
        let open = self.journal.open_batches(&self.asked());
        open.iter().filter(|batch| batch.job.is_none()).try_for_each(|batch| self.find(batch).map(|_| ()))
    }

    /// The job that an earlier run made of a batch, if there is one, and how many there were in all.
    ///
    /// The name alone tells: it is a digest of the photos, the question and the model. Bucket and prefix of today may be
    /// others than those of the day on which it was created.
    fn find(&self, batch: &Batch) -> Result<(Option<String>, usize)> {
        let named = self.services.jobs.list_batches(&batch.name, MOST_ATTEMPTS)?;
        let found: Vec<_> = named.into_iter().filter(|job| is_job_of(job, &batch.name)).collect();
        let is_open = |job: &&BatchState| job.status != BatchStatus::Failed && !self.journal.has_ended(&job.job_arn);
        let Some(job) = found.iter().find(is_open) else { return Ok((None, found.len())) };
        (self.services.observe)(&BatchNotice::Found(job));
        self.journal.created(&batch.name, &job.job_arn)?;
        Ok((Some(job.job_arn.clone()), found.len()))
    }

    /// The job of a batch: one that an earlier run created, or a new one. None where the batch cannot be sent any more.
    pub(super) fn start(&self, batch: &Batch) -> Result<Option<String>> {
        let (found, attempts) = self.find(batch)?;
        if found.is_some() {
            return Ok(found);
        }
        if !batch.photos.iter().all(|photo| self.album.photos.contains_key(photo)) {
            // Files went away before they were sent: what is left of them is planned anew.
            self.journal.ended(&batch.name, "", End::NotTried, Vec::new())?;
            return Ok(None);
        }
        let folder = Folder::of(self.batch, &batch.name);
        let (store, progress) = (self.services.store, self.services.progress);
        send_input(self.album, &batch.photos, &folder, &self.batch.prompt, &self.batch.limits, store, progress)?;
        let request = request(self.batch, &batch.name, attempts + 1);
        let job = self.create(&request)?;
        self.journal.created(&batch.name, &job)?;
        (self.services.observe)(&BatchNotice::Created(&request.job_name, &job));
        Ok(Some(job))
    }

    /// Creates a job. A name that is taken is that of our own request, whose answer was lost.
    fn create(&self, request: &CreateBatch) -> Result<String> {
        let jobs = self.services.jobs;
        match jobs.create_batch(request) {
            Err(error @ Error::Service { kind: ServiceErrorKind::Conflict, .. }) => {
                let found = jobs.list_batches(&request.job_name, MOST_ATTEMPTS)?;
                let own = found.into_iter().find(|job| job.request == *request);
                own.map(|job| job.job_arn).ok_or(error)
            }
            answer => answer,
        }
    }
}

/// Whether a job has the name of a batch and a number.
fn is_job_of(job: &BatchState, batch: &str) -> bool {
    let number = job.request.job_name.strip_prefix(batch).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

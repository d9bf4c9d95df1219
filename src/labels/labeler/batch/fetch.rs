//! The answers of a job that is over.

use super::BatchNotice;
use super::journal::{Batch, End};
use super::records::Answers;
use super::work::{Left, Work};
use crate::aws::bedrock::{BatchState, BatchStatus};
use crate::aws::s3::S3Uri;
use crate::error::{Error, Result, ServiceErrorKind};

/// What the files of answers are called.
const ENDING: &str = ".jsonl.out";

impl Work<'_> {
    /// Fetches what a job that is over has answered, and writes down that it is over; returns why nothing more is sent in this
    /// run, where that is so.
    pub(super) fn conclude(&self, batch: &Batch, job: &BatchState) -> Result<Option<Left>> {
        if job.status == BatchStatus::Failed {
            self.journal.ended(&batch.name, &job.job_arn, End::NotTried, Vec::new())?;
            return Err(failed(job));
        }
        let mut answers = Answers::read(&self.files(job)?, &batch.photos);
        if answers.odd > 0 {
            // A line may have been damaged on the way. What is paid for is not given up for that.
            answers = answers.with(Answers::read(&self.files(job)?, &batch.photos));
        }
        let mut new = 0;
        for photo in &batch.photos {
            if let Some(given) = answers.given.get(photo).filter(|_| !self.has_answer(*photo)) {
                self.answers.add(self.question(*photo), given.clone())?;
                new += 1;
            }
        }
        let mut errors: Vec<_> = answers.errors.into_iter().collect();
        errors.sort();
        let (end, left) = match job.status {
            BatchStatus::Stopped => (End::NotTried, Some(Left::Stopped)),
            // Another one might end in the same way, and so without end.
            BatchStatus::Expired | BatchStatus::PartiallyCompleted if answers.given.is_empty() && errors.is_empty() => {
                (End::Partial, Some(Left::TimeUp))
            }
            BatchStatus::Expired | BatchStatus::PartiallyCompleted => (End::Partial, None),
            _ => (End::Tried, None),
        };
        (self.services.observe)(&BatchNotice::Fetched { job, answers: new, errors: errors.len(), odd: answers.odd });
        self.journal.ended(&batch.name, &job.job_arn, end, errors)?;
        Ok(left)
    }

    /// The files of a job's answers, which lie where the job was told to write them. They are paid for: where they cannot be
    /// had, that is an error and the batch stays open.
    fn files(&self, job: &BatchState) -> Result<Vec<Vec<u8>>> {
        let (store, folder) = (self.services.store, answers_of(job)?);
        let keys = store.sizes(&folder.bucket, &folder.key)?.ok_or_else(|| unlisted(&folder))?;
        let files: Vec<_> = keys.into_keys().filter(|key| key.ends_with(ENDING)).collect();
        if files.is_empty() && job.status == BatchStatus::Completed {
            return Err(missing(job, &folder));
        }
        files.into_iter().map(|key| store.read(&S3Uri::new(&folder.bucket, key))).collect()
    }
}

/// The folder of a job's answers.
fn answers_of(job: &BatchState) -> Result<S3Uri> {
    let output = job.request.output_s3_uri.trim_end_matches('/');
    format!("{output}/{}/", job.id()).parse().map_err(|why| Error::Service {
        kind: ServiceErrorKind::UnexpectedResponse,
        operation: "GetModelInvocationJob",
        target: job.job_arn.clone(),
        code: "NoAnswer".to_owned(),
        message: format!("where the job writes its answers is not known: {why}"),
        hint: "the same command asks the service once more.".to_owned(),
    })
}

fn unlisted(folder: &S3Uri) -> Error {
    Error::Service {
        kind: ServiceErrorKind::AccessDenied,
        operation: "ListObjectsV2",
        target: folder.to_string(),
        code: "AccessDenied".to_owned(),
        message: "the job is over, and the files of its answers may not be listed".to_owned(),
        hint: format!("allow s3:ListBucket; the answers wait in {folder}; the same command fetches them."),
    }
}

fn missing(job: &BatchState, folder: &S3Uri) -> Error {
    Error::Service {
        kind: ServiceErrorKind::UnexpectedResponse,
        operation: "GetModelInvocationJob",
        target: job.job_arn.clone(),
        code: "NoAnswer".to_owned(),
        message: format!("the job is completed, and no file of answers ({ENDING}) is in {folder}"),
        hint: "where somebody moved the files, put them back, and the same command fetches them; where they are lost, \
               remove the .batch.jsonl beside the table and name another `s3_prefix`, which asks, and pays, again."
            .to_owned(),
    }
}

fn failed(job: &BatchState) -> Error {
    Error::Service {
        kind: ServiceErrorKind::Other,
        operation: "GetModelInvocationJob",
        target: job.job_arn.clone(),
        code: "Failed".to_owned(),
        message: job.message.clone().unwrap_or_else(|| "the job failed, and the service does not say why".to_owned()),
        hint:
            "docs/labels-at-scale.md has the role's permissions and the quotas; the same command creates another job."
                .to_owned(),
    }
}

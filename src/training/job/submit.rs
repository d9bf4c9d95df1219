//! Sending a request, once: the name and token of a spec are the same each time.

use super::preflight::Services;
use super::rules::job_name_taken::differences;
use crate::aws::bedrock::{CreateJob, JobState};
use crate::error::{Error, Result, ServiceErrorKind};

/// What has the name of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing: it can be created.
    Nothing,
    /// The job that would be created.
    Same(Box<JobState>),
    /// Another job; in which members it differs.
    Other(Box<JobState>, Vec<String>),
}

/// Whether the job of a request was created already.
pub fn find_same(request: &CreateJob, services: &Services<'_>) -> Result<Found> {
    Ok(match services.jobs.find_job(&request.job_name)? {
        None => Found::Nothing,
        Some(job) => {
            let differences = differences(request, &job.request);
            if differences.is_empty() { Found::Same(Box::new(job)) } else { Found::Other(Box::new(job), differences) }
        }
    })
}

/// A job that is there now.
#[derive(Debug, Clone, PartialEq)]
pub enum Submitted {
    /// It was created; its ARN.
    Created(String),
    /// Somebody else, or an earlier run of this program, created the same in the meantime; how it stands.
    Adopted(Box<JobState>),
}

impl Submitted {
    /// The job's ARN.
    pub fn job_arn(&self) -> &str {
        match self {
            Self::Created(arn) => arn,
            Self::Adopted(job) => &job.job_arn,
        }
    }
}

/// Creates the job.
///
/// # Errors
/// Where the service refuses the request.
pub fn submit(request: &CreateJob, services: &Services<'_>) -> Result<Submitted> {
    match services.jobs.create_job(request) {
        Ok(arn) => Ok(Submitted::Created(arn)),
        Err(error @ Error::Service { kind: ServiceErrorKind::Conflict, .. }) => {
            // Who may not look at the job that is in the way is told of the conflict all the same.
            match find_same(request, services) {
                Ok(Found::Same(job)) => Ok(Submitted::Adopted(job)),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

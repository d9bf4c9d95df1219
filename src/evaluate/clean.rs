//! Taking away what a run left: the deployment, then the model, then the objects. Only what the receipts name.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::deployment::tear_down;
use super::receipt::DeploymentReceipt;
use crate::aws::bedrock::{Jobs, Models};
use crate::aws::s3::{ObjectStore, S3Uri, Sight, Survey, split_uri};
use crate::dataset::RECEIPT_FILE;
use crate::error::{Error, Result, ServiceErrorKind};
use crate::images::Digest;
use crate::training::job::JobReceipt;
use crate::upload::Receipt;

/// What `clean` needs of S3.
pub trait Shelf {
    /// The sha256 of an object as far as it is known; `None` where it is not there.
    fn find(&self, uri: &S3Uri) -> Result<Option<Option<Digest>>>;
    /// The keys below a prefix.
    fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>>;
    /// Removes an object.
    fn remove(&self, uri: &S3Uri) -> Result<()>;
}

impl Shelf for ObjectStore {
    fn find(&self, uri: &S3Uri) -> Result<Option<Option<Digest>>> {
        Ok(match self.look(uri)? {
            Sight::There(object) => Some(object.sha256),
            Sight::Missing | Sight::Denied => None,
        })
    }

    fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        match self.list(bucket, prefix) {
            Err(Error::Service { kind: ServiceErrorKind::BucketNotFound, .. }) => Ok(Vec::new()),
            keys => keys,
        }
    }

    fn remove(&self, uri: &S3Uri) -> Result<()> {
        ObjectStore::remove(self, uri)
    }
}

/// Something that a run left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Leftover {
    /// A deployment, by its ARN.
    Deployment(String),
    /// A tuned model, by its ARN; it costs money every month.
    Model(String),
    /// An object, `s3://…`.
    Object(String),
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployment(arn) => write!(f, "deployment {arn}"),
            Self::Model(arn) => write!(f, "model {arn}"),
            Self::Object(uri) => write!(f, "object {uri}"),
        }
    }
}

/// What was removed, and what was not.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Gone.
    pub removed: Vec<Leftover>,
    /// Still there, and why.
    pub failed: Vec<(Leftover, Error)>,
}

/// What the receipts name and is still there, in the order in which it has to be removed.
///
/// An object that is not the one that was sent is not ours: it is not among them.
///
/// # Errors
/// Where a service does not answer.
pub fn find_leftovers<B: Jobs + Models>(
    bedrock: &B,
    shelf: &dyn Shelf,
    deployment: Option<&DeploymentReceipt>,
    job: Option<&JobReceipt>,
    upload: Option<&Receipt>,
) -> Result<Vec<Leftover>> {
    let mut leftovers = Vec::new();
    if let Some(receipt) = deployment
        && let Some(found) = bedrock.find_deployment(receipt.deployment_arn.as_deref().unwrap_or(&receipt.name))?
        && found.model_arn == receipt.model_arn
    {
        leftovers.push(Leftover::Deployment(found.deployment_arn));
    }
    if let Some(receipt) = job {
        // A model of that name which another job made is another's.
        let made = bedrock.find_job(&receipt.job_arn)?.and_then(|job| job.output_model_arn);
        if let Some(model) = bedrock.find_model(&receipt.custom_model_name)?
            && (made.as_ref() == Some(&model.model_arn) || model.job_arn.as_ref() == Some(&receipt.job_arn))
        {
            leftovers.push(Leftover::Model(model.model_arn));
        }
        leftovers.extend(metrics_of(receipt, shelf)?.into_iter().map(Leftover::Object));
    }
    for object in upload.into_iter().flat_map(|receipt| &receipt.objects) {
        let uri: S3Uri = object.uri.parse().map_err(|_| not_a_place(&object.uri))?;
        let found = match shelf.find(&uri) {
            Err(Error::Service { kind: ServiceErrorKind::BucketNotFound, .. }) => None,
            found => found?,
        };
        if found.is_some_and(|sha256| sha256.is_none_or(|sha256| sha256 == object.sha256)) {
            leftovers.push(Leftover::Object(object.uri.clone()));
        }
    }
    Ok(leftovers)
}

fn not_a_place(uri: &str) -> Error {
    let what = format!("`{uri}` is no object");
    Error::input(Path::new(RECEIPT_FILE), what, "run `nova-ft upload` again; it writes a new one.")
}

/// The objects below the job's output whose keys hold the job's id.
fn metrics_of(job: &JobReceipt, shelf: &dyn Shelf) -> Result<Vec<String>> {
    let Ok((bucket, prefix)) = split_uri(&job.output_s3_uri) else { return Ok(Vec::new()) };
    let Some(id) = job.job_arn.rsplit('/').next().filter(|id| id.len() >= 12) else { return Ok(Vec::new()) };
    let keys = shelf.keys(bucket, prefix)?.into_iter();
    Ok(keys.filter(|key| key[prefix.len()..].contains(id)).map(|key| format!("s3://{bucket}/{key}")).collect())
}

/// Removes what is named, in this order. What is gone already is removed; what fails does not stop the rest.
pub fn clean(models: &dyn Models, shelf: &dyn Shelf, leftovers: &[Leftover], observe: &dyn Fn(&Leftover)) -> Cleaned {
    use ServiceErrorKind as Kind;
    let mut cleaned = Cleaned::default();
    for leftover in leftovers {
        let result = match leftover {
            Leftover::Deployment(arn) => tear_down(models, arn).map(|_| ()),
            Leftover::Model(arn) => match models.delete_model(arn) {
                Err(Error::Service { kind: Kind::NotFound, .. }) => Ok(()),
                Err(Error::Service { kind: kind @ Kind::Conflict, operation, target, code, message, .. }) => {
                    let hint = "a deployment that no receipt names may still use it: `nova-ft deploy delete NAME` removes \
                                one, then run `nova-ft clean` again.";
                    Err(Error::Service { kind, operation, target, code, message, hint: hint.to_owned() })
                }
                deleted => deleted,
            },
            Leftover::Object(uri) => uri.parse().map_err(|_| not_a_place(uri)).and_then(|uri| shelf.remove(&uri)),
        };
        match result {
            Ok(()) => {
                observe(leftover);
                cleaned.removed.push(leftover.clone());
            }
            Err(error) => cleaned.failed.push((leftover.clone(), error)),
        }
    }
    cleaned
}

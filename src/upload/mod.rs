//! From a ready data set to objects in S3: first a plan, then its execution.

mod breaker;
mod outcome;
mod plan;
mod run;
mod sent;

pub use crate::dataset::{Receipt, ReceiptObject};
pub use outcome::{Outcome, Uploaded};
pub use plan::{Action, PlannedObject};
pub(crate) use run::upload_to;
pub use run::{DryRun, UploadOptions, upload, upload_observed};

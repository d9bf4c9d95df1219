//! From a ready data set to objects in S3: first a plan, then its execution.

mod breaker;
mod outcome;
mod plan;
mod run;
mod sent;

pub use crate::dataset::{Receipt, ReceiptObject};
pub use outcome::{Outcome, Uploaded};
pub use plan::{Action, PlannedObject};
pub use run::{DryRun, UploadOptions, dry_run_on_disk, upload, upload_observed};

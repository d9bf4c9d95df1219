//! From a ready data set to objects in S3: first a plan, then its execution.

mod breaker;
mod plan;
mod receipt;
mod run;

pub use plan::{Action, PlannedObject};
pub use receipt::{Receipt, ReceiptObject};
pub(crate) use run::upload_to;
pub use run::{DryRun, Outcome, UploadOptions, Uploaded, upload, upload_observed};

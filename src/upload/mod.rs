//! From a ready data set to objects in S3: first a plan, then its execution.

mod plan;
mod receipt;
mod run;

pub use plan::{Action, Plan, PlannedObject};
pub use receipt::{Receipt, ReceiptObject, RECEIPT_FILE};
pub use run::{upload, upload_observed, DryRun, Outcome, UploadOptions, Uploaded};

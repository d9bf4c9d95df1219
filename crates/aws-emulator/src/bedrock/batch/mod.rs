//! Batch inference: a file of questions that the worker answers one after the other, as Converse would.
//!
//! A request is looked at as the service model says, and its role, model and name; everything about the files is looked at
//! by the worker, as the service does it (status `Validating`), and fails the job. What has been answered is on disk: a
//! process that ends in the middle leaves the job as it is, and the next one goes on after the last answer. The same bytes
//! come out then: nothing in the files of answers depends on time or chance, nor does the order of their lines, which is not
//! that of the input.

mod answers;
mod create;
mod input;
mod jobs;
mod quotas;
mod record;
mod work;

pub(super) use answers::ANSWERS_FOLDER;
pub(super) use record::{BatchJob, BatchStatus};
pub(super) use work::work_on;

//! The training of the stand-in: real, and small. A ranker chooses the seller among the lines of a page that could be an
//! organisation's name; a job fits its weights to the labels.

mod features;
mod layout;
mod metrics;
mod ranker;
#[cfg(test)]
pub(super) mod samples;
mod text_cost;
mod train;

pub(super) use metrics::{training_csv, validation_csv};
pub(super) use ranker::Ranker;
pub(super) use train::{Hyperparameters, Loss, Sample, Tuned, train};

#[cfg(test)]
mod tests;

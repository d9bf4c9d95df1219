//! nova-ft: from a folder of invoice photos to a fine-tuned Amazon Nova model that reads the seller's name.
//!
//! Data flows one way through the modules, in the order of this file; each stage takes the owned value that the stage
//! before it returns. Every public function blocks, returns owned values that can be named, and never prints.

mod wording;
mod files;
mod owner;
pub mod error;
mod source_access;
mod atomic;
mod append;
mod json_file;
mod same_file;
mod picture_file;
mod line_journal;
pub mod clock;
pub mod pace;
pub mod settings;
mod block_on;
pub mod progress;
pub mod exact;
pub mod diff;
mod markup;
mod fonts;
mod json;
pub mod finding;
pub mod images;
mod replace;
pub mod reader;
pub mod invoice;
pub mod readings;
pub mod tokens;
pub mod store;
pub mod bedrock;
pub mod identity;
pub mod ask;
pub mod labels;
pub mod audit;
pub mod dataset;
pub mod validate;
pub mod estimate;
pub mod upload;
pub mod job;
pub mod evaluate;
pub mod registry;
pub mod chart;
pub mod metrics;
pub mod sample;
pub mod local;
pub mod backend;
pub mod pipeline;
pub mod show;
pub mod review;
pub mod cli;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;

pub use error::{Error, Place, Result};

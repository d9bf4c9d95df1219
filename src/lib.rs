//! nova-ft: from a folder of invoice photos to a fine-tuned Amazon Nova model that reads the seller's name.
//!
//! Data flows one way through the modules, in the order of this file; each stage takes the owned value that the stage
//! before it returns. Every public function blocks, returns owned values that can be named, and never prints.

pub mod settings;
mod block_on;
pub mod diff;
mod json;
pub mod finding;
mod replace;
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
pub mod backend;
pub mod pipeline;
pub mod show;
pub mod review;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;

use foundation::{atomic, files, fonts, json_file, line_journal, markup, same_file, source_access, wording};
pub use foundation::{clock, error, exact, pace, progress};
pub use foundation::{Error, Place, Result};
pub use aws_emulator as local;
pub use invoice_ocr::{images, invoice, reader, readings};
pub use invoice_synth as sample;

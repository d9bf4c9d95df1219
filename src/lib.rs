//! nova-ft: from a folder of invoice images to a fine-tuned Amazon Nova model that extracts the seller's name.
//!
//! Data flows one way through the modules, in the order of this file; each stage takes the owned value that the stage
//! before it returns. Every public function blocks, returns owned values that can be named, and never prints.

pub mod settings;
pub mod findings;
pub mod aws;
pub mod labels;
pub mod dataset;
pub mod validate;
pub mod upload;
pub mod charts;
pub mod training;
pub mod evaluate;
pub mod registry;
pub mod pipeline;
pub mod notebook;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;

pub use aws_emulator as local;
pub use foundation::{Error, Place, Result};
pub use foundation::{clock, error, exact, pace, progress};
pub use invoice_ocr::{images, invoice, reader, readings};
pub use invoice_synth as sample;

use foundation::{atomic, files, fonts, json_file, line_journal, markup, same_file, source_access, wording};

//! nova-ft: from a folder of invoice photos to a fine-tuned Amazon Nova model that reads the seller's name.
//!
//! Data flows one way through the modules, in the order of this file; each stage takes the owned value that the stage
//! before it returns. Every public function blocks, returns owned values that can be named, and never prints.

pub mod error;
pub mod clock;
pub mod settings;
mod block_on;
pub mod finding;
pub mod sample;

pub use error::{Error, Place, Result};

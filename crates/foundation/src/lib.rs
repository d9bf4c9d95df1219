//! Shared by all crates of this workspace: errors with a place and a hint, atomic file writes, bounded reads, clocks, progress, and
//! normal forms of text. Nothing here is about invoices or AWS.

pub mod wording;
pub mod files;
pub mod owner;
pub mod error;
pub mod source_access;
pub mod atomic;
pub mod append;
pub mod json_file;
pub mod same_file;
pub mod line_journal;
pub mod clock;
pub mod pace;
pub mod secret;
pub mod entropy;
pub mod progress;
pub mod exact;
pub mod markup;
pub mod fonts;

pub use error::{Error, Place, Result, ServiceErrorKind};
pub use secret::Secret;

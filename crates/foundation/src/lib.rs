//! What every crate here stands on: errors that say where and what to do next, files that are written whole or not at all, clocks,
//! progress, and forms of text. It knows nothing of invoices or of AWS.

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

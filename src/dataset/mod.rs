//! The training set: records in `bedrock-conversation-2024`, split by group, written as JSONL with a manifest.
//!
//! [`prepare`] takes the label table and the photos and writes a folder:
//! `train.jsonl`, `validation.jsonl`, `manifest.json`, and under `images/` the photos that had to be converted.

mod build;
pub mod conversation;
pub mod jsonl;
mod key;
mod manifest;
mod prompt;
pub mod rules;
mod split;
mod write;

pub use build::{prepare, Conversion, PrepareOptions, Prepared};
pub use key::{is_safe_key, ObjectKeys};
pub use manifest::{Converted, Manifest, ManifestFile, ManifestPhoto, ManifestPrompt, MANIFEST_FILE};
pub use prompt::Prompt;
pub use split::{side_of, Side, SplitBy};

/// The training records of a data set's folder.
pub const TRAIN_FILE: &str = "train.jsonl";
/// The validation records of a data set's folder.
pub const VALIDATION_FILE: &str = "validation.jsonl";

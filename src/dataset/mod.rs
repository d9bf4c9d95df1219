//! The training set: records in `bedrock-conversation-2024`, split by group, written as JSONL with a manifest.
//!
//! [`prepare`] takes the label table and the photos and writes a folder:
//! `train.jsonl`, `validation.jsonl`, `manifest.json`, and under `images/` the photos that had to be converted.

mod build;
pub mod conversation;
mod dropped_rows;
pub(crate) mod json;
pub mod jsonl;
mod key;
mod lock;
mod manifest;
mod options;
mod own_files;
mod photos;
mod placement;
mod prompt;
mod receipt;
pub mod rules;
mod split;
mod write;

pub(crate) use build::prepare_held;
pub use build::{Prepared, prepare};
pub use key::{ObjectKeys, is_safe_key};
pub use lock::FolderLock;
pub use manifest::{Converted, MANIFEST_FILE, Manifest, ManifestFile, ManifestGroup, ManifestMove, ManifestPhoto};
pub use options::{Conversion, PrepareOptions};
pub use prompt::Prompt;
pub use receipt::{Receipt, ReceiptObject};
pub use split::{Side, SplitBy, side_of};

/// The training records of a data set's folder.
pub const TRAIN_FILE: &str = "train.jsonl";
/// The validation records of a data set's folder.
pub const VALIDATION_FILE: &str = "validation.jsonl";
/// What an upload writes into a data set's folder when everything went through.
pub const RECEIPT_FILE: &str = "receipt.json";
/// What an upload remembers of the photos' bytes in a data set's folder, so that the next one need not read them all. It
/// may be deleted at any time: then they are read.
pub const DIGESTS_FILE: &str = ".digests.json";

//! The validator: every finding in one pass, and the repairs.
//!
//! [`validate`] looks at JSONL files from anywhere; [`Ready::check`] looks at a data set's folder and returns the value that
//! `upload` accepts.

mod batches;
mod clean;
mod copies;
pub mod diff;
mod fix;
mod model;
mod pass;
mod photos;
mod ready;
mod record;
mod repair;
mod repaired_copy;
pub mod rules;
mod short_name;

use std::path::PathBuf;

pub use copies::copies_in;
pub use fix::{FixOptions, Fixed, UnsafeFixes, fix};
pub use model::Model;
pub use ready::{DatasetObject, Readiness, Ready, Validation};

use crate::dataset::FolderLock;
use crate::error::Result;
use crate::findings::{Levels, Report};
use crate::progress::Progress;
pub(crate) use photos::PhotoIndex;
use photos::{known_beside, remember_beside};
pub(crate) use repaired_copy::RepairedCopy;

/// What [`validate`] needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidateOptions {
    /// The training records.
    pub file: PathBuf,
    /// The validation records.
    pub validation: Option<PathBuf>,
    /// The model that they are for.
    pub model: Model,
    /// Where the photos are; without it, the manifest beside the file says so, and without that photos are not looked at.
    pub input_dir: Option<PathBuf>,
    /// What is not reported, and what is an error.
    pub levels: Levels,
}

/// What [`validate`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// The findings.
    pub report: Report,
    /// Records of the training file.
    pub train_count: usize,
    /// Records of the validation file.
    pub validation_count: usize,
    /// Photos that were found and looked at.
    pub photo_count: usize,
    /// The bucket that the photos and other files of the records are in, or the first of them.
    pub bucket: Option<String>,
}

/// Checks JSONL files against every rule, never stopping early. Waits while another process writes into the data set that they
/// lie in, so that they are files of one run. Photos of a data set that have not changed since they were
/// last looked at are not read again.
///
/// # Errors
/// Where a file cannot be read. Whatever is wrong inside one is a finding.
pub fn validate(options: &ValidateOptions, progress: &dyn Progress) -> Result<Validated> {
    let paths = std::iter::once(&options.file).chain(&options.validation).map(PathBuf::as_path);
    let _held = FolderLock::shared_around(paths, progress);
    let photos = PhotoIndex::beside(&options.file, options.input_dir.as_deref())?;
    let files = pass::Files { train: &options.file, validation: options.validation.as_deref(), home: None };
    let known = known_beside(&options.file);
    let context = rules::Context { model: options.model, photos: &photos, known: &known };
    let validated = pass::run(&files, context, &options.levels, progress)?;
    remember_beside(&options.file, &known);
    Ok(validated)
}

use std::path::PathBuf;

use super::{Prompt, SplitBy, is_safe_key};
use crate::aws::s3::is_bucket_name;
use crate::error::{Error, Result};
use crate::findings::Levels;

/// What to do with photos that Nova does not take as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conversion {
    /// Encode them anew as upright JPEG, into the data set's folder.
    #[default]
    WhereNeeded,
    /// Leave every photo as it is; what cannot be sent so is a finding.
    Never,
}

/// What [`prepare`](super::prepare) needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct PrepareOptions {
    /// The label table, CSV.
    pub labels: PathBuf,
    /// The folder of the photos.
    pub input_dir: PathBuf,
    /// The folder to write.
    pub output_dir: PathBuf,
    /// Bucket of the data set.
    pub s3_bucket: String,
    /// Prefix of all keys; may be empty.
    pub s3_prefix: String,
    /// Account that owns the bucket, 12 digits.
    pub account_id: String,
    /// Fraction of the groups to hold out, 0 to 1 (1 excluded).
    pub validation_fraction: f64,
    /// What makes a group; `None` takes the sheet where the table has that column, else the seller.
    pub split_by: Option<SplitBy>,
    /// Seed of the split.
    pub seed: u64,
    /// What to do with photos that Nova does not take.
    pub conversion: Conversion,
    /// The prompt of every record.
    pub prompt: Prompt,
    /// Rules by code, or by the beginning of codes: label rows with such a finding are dropped, and the finding is a warning.
    pub drop: Vec<String>,
    /// Which findings are not reported, and which stop the step.
    pub levels: Levels,
}

impl Default for PrepareOptions {
    fn default() -> Self {
        Self {
            labels: PathBuf::new(),
            input_dir: PathBuf::new(),
            output_dir: PathBuf::from("output/dataset"),
            s3_bucket: String::new(),
            s3_prefix: String::new(),
            account_id: String::new(),
            validation_fraction: 0.2,
            split_by: None,
            seed: 7,
            conversion: Conversion::default(),
            prompt: Prompt::default(),
            drop: Vec::new(),
            levels: Levels::default(),
        }
    }
}

impl PrepareOptions {
    /// Checks what can be checked before anything is read.
    ///
    /// # Errors
    /// [`Error::Setting`] for a value that cannot be used.
    pub fn check(&self) -> Result<()> {
        let refuse = |field: &str, what: String, hint: &str| {
            Err(Error::Setting { origin: field.to_owned(), what, hint: hint.to_owned() })
        };
        let prefix = self.s3_prefix.trim_matches('/');
        if !is_bucket_name(&self.s3_bucket) {
            let what = format!("`{}` is not a bucket's name", self.s3_bucket);
            return refuse(
                "s3_bucket",
                what,
                "3 to 63 lower-case letters, digits, dots and hyphens; no s3:// and no slash.",
            );
        }
        if !prefix.is_empty() && !is_safe_key(prefix) {
            let what = format!("`{}` holds characters that Bedrock refuses in a key", self.s3_prefix);
            return refuse(
                "s3_prefix",
                what,
                "use letters, digits and `_ - / .`; no `//`, no `.` or `..` between slashes.",
            );
        }
        if self.account_id.len() != 12 || !self.account_id.bytes().all(|b| b.is_ascii_digit()) {
            let what = format!("`{}` is not an AWS account", self.account_id);
            return refuse("account_id", what, "12 digits; `aws sts get-caller-identity` shows yours.");
        }
        if !(0.0..1.0).contains(&self.validation_fraction) {
            let what = format!("{} is not a fraction", self.validation_fraction);
            return refuse("validation_fraction", what, "from 0 (hold out nothing) to below 1; 0.2 is usual.");
        }
        // What `prepare` writes must never be what it reads.
        let inside = |folder: &PathBuf| folder.canonicalize().ok();
        if let (Some(photos), Some(output)) = (inside(&self.input_dir), inside(&self.output_dir))
            && photos.starts_with(&output)
        {
            let what = format!("{} holds the photos themselves", self.output_dir.display());
            return refuse("output_dir", what, "name a folder that does not hold the photo folder.");
        }
        Ok(())
    }
}

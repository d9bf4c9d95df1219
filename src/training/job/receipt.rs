use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::error::Result;
use crate::json_file;

/// The job that was created last, for the commands that name none. Written into the folder `output`.
pub const JOB_FILE: &str = "job.json";

/// What is remembered of the job that was created last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReceipt {
    /// The backend's name: `local` or `aws`.
    pub backend: String,
    /// Where it runs.
    pub region: String,
    /// Its ARN.
    pub job_arn: String,
    /// Its name.
    pub job_name: String,
    /// Name of the model that it makes.
    pub custom_model_name: String,
    /// The model that it tunes.
    pub base_model_identifier: String,
    /// Where its metrics go.
    pub output_s3_uri: String,
}

impl JobReceipt {
    /// Writes the receipt into a folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        json_file::write(&folder.join(JOB_FILE), self)
    }

    /// Whether a receipt can be written into a folder: better known before there is a job that costs money.
    ///
    /// # Errors
    /// Where it cannot, or another file is in its place.
    pub fn check_writable(folder: &Path) -> Result<()> {
        Self::read(folder)?;
        atomic::check_writable(&folder.join(JOB_FILE))
    }

    /// Forgets the receipt in a folder: what it names is gone.
    pub fn forget(folder: &Path) -> Result<()> {
        atomic::remove_if_there(&folder.join(JOB_FILE))
    }

    /// The receipt in a folder, if there is one.
    ///
    /// # Errors
    /// Where the file is no receipt.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        json_file::read(
            &folder.join(JOB_FILE),
            "this is no receipt of a job",
            "name the job itself, or delete the file.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_reads_back_and_a_missing_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(JobReceipt::read(folder.path()).unwrap(), None);
        let receipt = JobReceipt {
            backend: "local".to_owned(),
            region: "us-east-1".to_owned(),
            job_arn: "arn:job".to_owned(),
            job_name: "sellers-0123abcd".to_owned(),
            custom_model_name: "sellers".to_owned(),
            base_model_identifier: "amazon.nova-lite-v1:0:300k".to_owned(),
            output_s3_uri: "s3://bucket/output/".to_owned(),
        };
        receipt.write(folder.path()).unwrap();
        assert_eq!(JobReceipt::read(folder.path()).unwrap(), Some(receipt));
        std::fs::write(folder.path().join(JOB_FILE), "{\n}").unwrap();
        assert!(JobReceipt::read(folder.path()).unwrap_err().to_string().contains("no receipt of a job"));
    }
}

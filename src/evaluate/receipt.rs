use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::error::Result;
use crate::json_file;

/// The deployment that was made last. Written into the folder `output` before it is made, so that a process that is killed
/// in between leaves nothing that nobody knows of.
pub const DEPLOYMENT_FILE: &str = "deployment.json";

/// What is remembered of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentReceipt {
    /// The backend's name: `local` or `aws`.
    pub backend: String,
    /// Where it is.
    pub region: String,
    /// Its name.
    pub name: String,
    /// The model behind it.
    pub model_arn: String,
    /// Its ARN, once it is known.
    pub deployment_arn: Option<String>,
}

impl DeploymentReceipt {
    /// Writes the receipt into a folder.
    ///
    /// # Errors
    /// Where it cannot be written, or another file is in its place.
    pub fn write(&self, folder: &Path) -> Result<()> {
        Self::read(folder)?;
        json_file::write(&folder.join(DEPLOYMENT_FILE), self)
    }

    /// The receipt in a folder, if there is one.
    ///
    /// # Errors
    /// Where the file is no receipt.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        json_file::read(
            &folder.join(DEPLOYMENT_FILE),
            "this is no receipt of a deployment",
            "name the model itself, or delete the file.",
        )
    }

    /// Forgets the receipt in a folder: the deployment is gone.
    pub fn forget(folder: &Path) -> Result<()> {
        atomic::remove_if_there(&folder.join(DEPLOYMENT_FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_reads_back_and_can_be_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(DeploymentReceipt::read(folder.path()).unwrap(), None);
        let receipt = DeploymentReceipt {
            backend: "local".to_owned(),
            region: "us-east-1".to_owned(),
            name: "sellers".to_owned(),
            model_arn: "arn:model".to_owned(),
            deployment_arn: None,
        };
        receipt.write(folder.path()).unwrap();
        assert_eq!(DeploymentReceipt::read(folder.path()).unwrap(), Some(receipt));
        std::fs::write(folder.path().join(DEPLOYMENT_FILE), "[]").unwrap();
        assert!(DeploymentReceipt::read(folder.path()).unwrap_err().to_string().contains("no receipt"));
        DeploymentReceipt::forget(folder.path()).unwrap();
        DeploymentReceipt::forget(folder.path()).unwrap();
        assert_eq!(DeploymentReceipt::read(folder.path()).unwrap(), None);
    }
}

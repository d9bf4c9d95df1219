//! How many records a batch job may have: AWS's defaults, but for those that `quotas.json` says otherwise of. Accounts
//! have their quotas raised and lowered; so can the stand-in's user.
//!
//! The file lies in the state folder, is written by hand, is read anew for each job, and `local reset` leaves it alone:
//!
//! ```json
//! {"batch_min_records": 10, "batch_max_records": 50000}
//! ```

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::bedrock::fault::Fault;
use foundation::files::{self, MAX_SETTINGS_BYTES};

/// The quotas of batch jobs.
///
/// Source of the defaults: <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html>, with the numbers
/// as others report them, read 2026-11-22.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Quotas {
    /// Fewest records of a job.
    #[serde(rename = "batch_min_records")]
    pub(super) min_records: u64,
    /// Most records of a job, and of a file.
    #[serde(rename = "batch_max_records")]
    pub(super) max_records: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { min_records: 100, max_records: 50_000 }
    }
}

impl Quotas {
    /// Those of the file, where there is one.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let text = match files::read(path, MAX_SETTINGS_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Fault::internal(format!("cannot read {}: {error}", path.display()))),
        };
        serde_json::from_slice(&text)
            .map_err(|error| Fault::validation(format!("{}: these are no quotas: {error}", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_quotas_go_before_the_defaults_and_others_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quotas.json");
        assert_eq!(Quotas::read(&path).unwrap(), Quotas { min_records: 100, max_records: 50_000 });
        std::fs::write(&path, r#"{"batch_min_records": 7}"#).unwrap();
        assert_eq!(Quotas::read(&path).unwrap(), Quotas { min_records: 7, max_records: 50_000 });
        std::fs::write(&path, r#"{"min": 7}"#).unwrap();
        assert!(Quotas::read(&path).unwrap_err().message.contains("quotas.json: these are no quotas: unknown field"));
    }
}

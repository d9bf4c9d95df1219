//! The files of a batch job, and the records in them.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::fault::Fault;
use super::super::objects::{self, Location};
use super::quotas::Quotas;
use super::record::BatchJob;
use crate::ACCOUNT_ID;
use crate::s3::LocalS3;
use foundation::entropy::hex;

/// The service's default quotas of sizes; those of records are in `quotas.rs`.
const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;
const MAX_JOB_BYTES: u64 = 5 * MAX_FILE_BYTES;
const EXTENSION: &str = ".jsonl";
/// Characters of the id that a record gets which has none.
const ID_CHARS: usize = 11;

/// Where a job's records lie.
#[derive(Debug)]
pub(super) struct Input {
    /// The folder that the request names; `None` where it names one file.
    folder: Option<Location>,
    pub(super) files: Vec<InputFile>,
}

/// A file of records.
#[derive(Debug)]
pub(super) struct InputFile {
    location: Location,
    /// Below the folder.
    pub(super) name: String,
}

/// A record.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: String,
    pub(super) input: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    record_id: Option<String>,
    model_input: serde_json::Map<String, Value>,
}

impl Input {
    /// Finds the files that a job names.
    ///
    /// # Errors
    /// Where they are somebody else's, or there is none.
    pub(super) fn find(s3: &LocalS3, job: &BatchJob) -> Result<Self, Fault> {
        let place = &job.spec.input;
        if place.owner.as_deref().is_some_and(|owner| owner != ACCOUNT_ID) {
            return Err(Fault::validation(format!("The bucket of {} is not the account's that was named.", place.uri)));
        }
        let invalid = || Fault::validation(format!("The S3 URI {} is invalid.", place.uri));
        let location = Location::parse(&place.uri).ok_or_else(invalid)?;
        if location.key.ends_with(EXTENSION) {
            let name = location.key.rsplit('/').next().unwrap_or_default().to_owned();
            return Ok(Self { folder: None, files: vec![InputFile { location, name }] });
        }
        let folder = location.join("");
        let keys = s3.keys_below(&folder.bucket, &folder.key).ok_or_else(|| objects::unreadable(&location))?;
        let files = keys.into_iter().filter(|key| key.ends_with(EXTENSION)).map(|key| InputFile {
            name: key[folder.key.len()..].to_owned(),
            location: Location { bucket: folder.bucket.clone(), key },
        });
        let files: Vec<_> = files.collect();
        if files.is_empty() {
            return Err(Fault::validation(format!("There is no {EXTENSION} file below {}.", place.uri)));
        }
        Ok(Self { folder: Some(folder), files })
    }

    /// Looks at every file and record, as far as the service does before it asks; returns how many records there are.
    pub(super) fn validate(&self, s3: &LocalS3, job: &BatchJob, quotas: Quotas) -> Result<u64, Fault> {
        let (mut records, mut bytes) = (0, 0);
        for file in &self.files {
            let (_, size) = objects::open(s3, &file.location)?;
            if size > MAX_FILE_BYTES {
                return Err(Fault::validation(format!(
                    "The input file {} is larger than the allowed maximum of 1 GB.",
                    file.location
                )));
            }
            bytes += size;
            let mut in_file = 0;
            file.each(s3, |_| -> Result<(), Fault> {
                in_file += 1;
                Ok(())
            })?;
            check_at_most(job, in_file, quotas)?;
            records += in_file;
        }
        if bytes > MAX_JOB_BYTES {
            return Err(Fault::validation("The input files are together larger than the allowed maximum of 5 GB."));
        }
        check_at_most(job, records, quotas)?;
        let least = quotas.min_records;
        if records < least {
            return Err(Fault::validation(format!(
                "Batch job {} contains less records ({records}) than the required minimum of: {least}",
                job.arn()
            )));
        }
        Ok(records)
    }

    /// Whether a record may name this object: it must lie in the folder that the job names.
    pub(super) fn check_reach(&self, location: &Location) -> Result<(), Fault> {
        let is_inside = self
            .folder
            .as_ref()
            .is_some_and(|folder| location.bucket == folder.bucket && location.key.starts_with(&folder.key));
        if is_inside {
            return Ok(());
        }
        Err(Fault::validation(format!(
            "The resource {location} is not below the folder that the inputDataConfig of the job names."
        )))
    }
}

fn check_at_most(job: &BatchJob, records: u64, quotas: Quotas) -> Result<(), Fault> {
    let most = quotas.max_records;
    if records <= most {
        return Ok(());
    }
    let arn = job.arn();
    Err(Fault::validation(format!(
        "Batch job {arn} contains more records ({records}) than the allowed maximum of: {most}"
    )))
}

impl InputFile {
    /// Hands out the records in their order.
    ///
    /// # Errors
    /// What is wrong with a line; what `take` says.
    pub(super) fn each<E: From<Fault>>(
        &self,
        s3: &LocalS3,
        mut take: impl FnMut(Question) -> Result<(), E>,
    ) -> Result<(), E> {
        let (file, _) = objects::open(s3, &self.location)?;
        let mut reader: BufReader<File> = BufReader::new(file);
        let mut bytes = Vec::new();
        for number in 1_u64.. {
            bytes.clear();
            let count = reader.read_until(b'\n', &mut bytes).map_err(|error| Fault::internal(error.to_string()))?;
            if count == 0 {
                break;
            }
            let line: Line = serde_json::from_slice(&bytes).map_err(|error| {
                Fault::validation(format!("The record in line {number} of {} is invalid: {error}", self.location))
            })?;
            let id = line.record_id.unwrap_or_else(|| self.new_id(number));
            take(Question { id, input: line.model_input.into() })?;
        }
        Ok(())
    }

    /// The id of a record that came without one.
    fn new_id(&self, line: u64) -> String {
        let mut digest = hex(&Sha256::digest(format!("{} {line}", self.name))).to_ascii_uppercase();
        digest.truncate(ID_CHARS);
        digest
    }
}

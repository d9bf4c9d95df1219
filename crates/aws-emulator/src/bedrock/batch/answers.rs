//! The answers of a batch job: on disk one by one while it works, in S3 at its end.

use std::fs::File;
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::fault::Fault;
use super::super::objects::{self, Location};
use super::input::Input;
use super::record::{BatchJob, Counts};
use crate::s3::LocalS3;
use foundation::error::IoContext as _;
use foundation::files::{self, MAX_PART_BYTES};

/// The folder of the files that jobs under way have.
pub(in crate::bedrock) const ANSWERS_FOLDER: &str = "batch-answers";

/// What was answered to a record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Which of the job's files the record is in.
    pub(super) file: usize,
    /// Tokens of the question and of the answer; none of an error.
    pub(super) tokens: Option<(u64, u64)>,
    /// The line of the file of answers.
    pub(super) line: Value,
}

/// The answers so far, in the order of the records.
#[derive(Debug)]
pub(super) struct Answers {
    path: PathBuf,
    file: File,
    pub(super) counts: Counts,
}

impl Answers {
    fn path(folder: &Path, job: &BatchJob) -> PathBuf {
        folder.join(format!("{}.jsonl", job.id))
    }

    /// Opens what is there of a job. A line that was cut off when its process was killed is no answer.
    pub(super) fn open(folder: &Path, job: &BatchJob) -> Result<Self, Fault> {
        let path = Self::path(folder, job);
        let bytes = match files::read(&path, MAX_PART_BYTES) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            other => other.at("read", path.as_path())?,
        };
        let mut counts = Counts { total: job.counts.total, ..Counts::default() };
        let mut whole = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.ends_with(b"\n")) {
            let Ok(answer) = serde_json::from_slice::<Answer>(line) else { break };
            count(&mut counts, &answer);
            whole += line.len();
        }
        let mut file = files::open_with(&path, File::options().create(true).truncate(false).write(true))
            .at("write", path.as_path())?;
        file.set_len(whole as u64).at("write", path.as_path())?;
        file.seek(SeekFrom::End(0)).at("write", path.as_path())?;
        Ok(Self { path, file, counts })
    }

    /// Adds answers, in one write.
    pub(super) fn add(&mut self, answers: &[Answer]) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        for answer in answers {
            serde_json::to_writer(&mut bytes, answer).map_err(|error| Fault::internal(error.to_string()))?;
            bytes.push(b'\n');
        }
        self.file.write_all(&bytes).at("write", self.path.as_path())?;
        for answer in answers {
            count(&mut self.counts, answer);
        }
        Ok(())
    }

    /// Writes the files of answers and the manifest.
    pub(super) fn publish(&self, s3: &LocalS3, job: &BatchJob, input: &Input) -> Result<(), Fault> {
        let bytes = files::read(&self.path, MAX_PART_BYTES).at("read", self.path.as_path())?;
        let mut files: Vec<Vec<(_, String)>> = input.files.iter().map(|_| Vec::new()).collect();
        let (mut asked, mut said) = (0, 0);
        for (number, line) in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let answer: Answer = serde_json::from_slice(line).map_err(|error| Fault::internal(error.to_string()))?;
            let (input_tokens, output_tokens) = answer.tokens.unwrap_or_default();
            asked += input_tokens;
            said += output_tokens;
            // An order that is not that of the records, and always the same.
            let place = Sha256::digest(format!("{number} {}", answer.line["recordId"]));
            if let Some(lines) = files.get_mut(answer.file) {
                lines.push((place, format!("{}\n", answer.line)));
            }
        }
        let folder = output_folder(job)?;
        for (file, mut lines) in input.files.iter().zip(files) {
            lines.sort();
            let text: String = lines.into_iter().map(|(_, line)| line).collect();
            let object = folder.join(&format!("{}.out", file.name));
            objects::write(s3, &object, "application/octet-stream", text.into_bytes())?;
        }
        let manifest = json!({
            "totalRecordCount": self.counts.total,
            "processedRecordCount": self.counts.processed(),
            "successRecordCount": self.counts.succeeded,
            "errorRecordCount": self.counts.failed,
            "inputTokenCount": asked,
            "outputTokenCount": said,
        });
        objects::write(s3, &folder.join("manifest.json.out"), "application/json", format!("{manifest}\n").into_bytes())
    }

    /// Forgets them: what came of the job is in S3. A file that stays does no harm.
    pub(super) fn remove(folder: &Path, job: &BatchJob) {
        let _ = std::fs::remove_file(Self::path(folder, job));
    }
}

fn count(counts: &mut Counts, answer: &Answer) {
    match answer.tokens {
        Some(_) => counts.succeeded += 1,
        None => counts.failed += 1,
    }
}

/// The folder that a job makes below the place that its request names.
pub(super) fn output_folder(job: &BatchJob) -> Result<Location, Fault> {
    let output = Location::parse(&job.spec.output.uri);
    let output = output.ok_or_else(|| Fault::validation(format!("The S3 URI {} is invalid.", job.spec.output.uri)))?;
    Ok(output.join(&job.id))
}

//! Which photos go into which job, and what everything is called.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::BatchOptions;
use crate::aws::bedrock::CreateBatch;
use crate::aws::s3::S3Uri;
use crate::images::{Digest, hash_bytes};

/// What a job takes: the service's default quotas.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html> and others' lists of the quotas,
/// read 2026-11-22; an account may have others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Fewest records of a job.
    pub min_records: usize,
    /// Most records of a job.
    pub max_records: usize,
    /// Most records of a file.
    pub max_file_records: usize,
    /// Most bytes of a file.
    pub max_file_bytes: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { min_records: 100, max_records: 50_000, max_file_records: 50_000, max_file_bytes: 1024 * 1024 * 1024 }
    }
}

impl BatchLimits {
    /// Photos in as few jobs as can be, and as evenly: none is left with fewer than the least.
    pub(super) fn split<'a>(&self, photos: &'a [Digest]) -> Vec<&'a [Digest]> {
        let jobs = photos.len().div_ceil(self.max_records.max(1)).max(1);
        let (each, more) = (photos.len() / jobs, photos.len() % jobs);
        let mut rest = photos;
        let mut parts = Vec::with_capacity(jobs);
        for number in 0..jobs {
            let (part, after) = rest.split_at(each + usize::from(number < more));
            rest = after;
            parts.push(part);
        }
        parts
    }

    /// Lines in files, in their order.
    pub(super) fn files(&self, lines: Vec<String>) -> Vec<String> {
        let mut files: Vec<(usize, String)> = Vec::new();
        for line in lines {
            match files.last_mut() {
                Some((count, file))
                    if *count < self.max_file_records && file.len() + line.len() <= self.max_file_bytes =>
                {
                    *count += 1;
                    file.push_str(&line);
                }
                _ => files.push((1, line)),
            }
        }
        files.into_iter().map(|(_, file)| file).collect()
    }
}

/// The name of a batch of photos: of everything that makes its answers.
pub(super) fn batch_name(batch: &BatchOptions, photos: &[Digest]) -> String {
    let mut hasher = Sha256::new();
    for part in [&batch.model_id, &batch.memory_key, &batch.bucket, &batch.prefix, &batch.role_arn] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.update(batch.prompt.sha256().as_bytes());
    for photo in photos {
        hasher.update(photo.as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest.iter().take(6).fold(String::from("label-"), |mut name, byte| {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// The folder of a batch in S3.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    bucket: String,
    key: String,
}

impl Folder {
    pub(super) fn of(batch: &BatchOptions, name: &str) -> Self {
        let prefix = batch.prefix.trim_matches('/');
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        Self { bucket: batch.bucket.clone(), key }
    }

    /// What the service reads: records and photos together, as it wants it of photos that records name.
    pub(super) fn input(&self) -> S3Uri {
        S3Uri::new(&self.bucket, format!("{}/input/", self.key))
    }

    pub(super) fn records(&self, number: usize) -> S3Uri {
        S3Uri::new(&self.bucket, format!("{}/input/records-{:04}.jsonl", self.key, number + 1))
    }

    pub(super) fn photo(&self, digest: Digest, format: &str) -> S3Uri {
        S3Uri::new(&self.bucket, format!("{}/input/photos/{digest}.{format}", self.key))
    }

    fn output(&self) -> S3Uri {
        S3Uri::new(&self.bucket, format!("{}/output/", self.key))
    }
}

/// The request for a batch; `attempt` counts the jobs of one batch from 1.
pub(super) fn request(batch: &BatchOptions, name: &str, attempt: usize) -> CreateBatch {
    let folder = Folder::of(batch, name);
    let mut request = CreateBatch {
        job_name: format!("{name}-{attempt}"),
        role_arn: batch.role_arn.clone(),
        client_request_token: String::new(),
        model_id: batch.model_id.clone(),
        input_s3_uri: folder.input().to_string(),
        output_s3_uri: folder.output().to_string(),
    };
    let digest = hash_bytes(request.to_json().to_string().as_bytes()).to_string();
    request.client_request_token = digest;
    request
}

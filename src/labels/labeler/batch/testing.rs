//! A computing service of batches: answers by the photos' widths, loses and repeats them as told, and dies at a call.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::*;
use crate::aws::bedrock::{BatchCounts, BatchStatus, CreateBatch};
use crate::aws::s3::{NewObject, S3Uri};
use crate::images::header_of_bytes;

/// The name that stands on a photo: its width.
pub(super) fn name_of(width_px: u32) -> String {
    format!("第{width_px}号贸易有限公司")
}

/// What becomes of a job: its status, and its lines of answers as the service writes them.
pub(super) type Fate = fn(Vec<Value>) -> (BatchStatus, String);

pub(super) fn completed(mut lines: Vec<Value>) -> (BatchStatus, String) {
    // An order of its own.
    lines.reverse();
    (BatchStatus::Completed, text_of(&lines))
}

/// What a job says that wrote no file of answers.
pub(super) const NO_FILE: &str = "no file";

/// Lines as a file.
pub(super) fn text_of(lines: &[Value]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

/// Errors in place of answers.
pub(super) fn errors_of(lines: &[Value]) -> String {
    text_of(&lines.iter().map(error_of).collect::<Vec<_>>())
}

/// An error in place of an answer.
pub(super) fn error_of(line: &Value) -> Value {
    json!({ "recordId": line["recordId"], "modelInput": {}, "error": { "errorCode": 500, "errorMessage": "busy" } })
}

/// A job on its way.
pub(super) struct Job {
    pub(super) state: BatchState,
    looks: usize,
}

/// S3 and Bedrock. It is killed at a call, before or after that has taken effect.
#[derive(Default)]
pub(super) struct Service {
    pub(super) objects: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(super) puts: Mutex<HashMap<String, usize>>,
    pub(super) jobs: Mutex<Vec<Job>>,
    /// How often each record was taken by a job.
    pub(super) asked: Mutex<HashMap<String, usize>>,
    /// What becomes of the first job, the second; of all others, they are completed.
    pub(super) fates: Vec<Fate>,
    pub(super) calls: Mutex<usize>,
    pub(super) dies_at: Option<(usize, Death)>,
    pub(super) agreed: Mutex<Option<BatchNeed>>,
    /// How many looks show a job at work, after the first that does.
    pub(super) looks_in_progress: usize,
    /// Whoever calls may not list keys.
    pub(super) hides_keys: bool,
    /// Whoever calls has another account, which has no jobs.
    pub(super) hides_jobs: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Death {
    Before,
    After,
}

pub(super) fn killed() -> Error {
    crate::aws::error::refused("any", "Killed", "")
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service {
    /// Does something, unless the process is killed before or after it.
    fn call<T>(&self, effect: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = {
            let mut calls = lock(&self.calls);
            *calls += 1;
            *calls
        };
        match self.dies_at {
            Some((at, Death::Before)) if number >= at => Err(killed()),
            Some((at, Death::After)) if number == at => effect().and(Err(killed())),
            Some((at, Death::After)) if number > at => Err(killed()),
            _ => effect(),
        }
    }

    /// The lines of answers to the records of a folder.
    fn answers(&self, input: &S3Uri) -> Vec<Value> {
        let objects = lock(&self.objects);
        let files = objects.iter().filter(|(key, _)| key.starts_with(&input.key) && key.contains("/records-"));
        let lines = files.flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines());
        lines
            .map(|line| {
                let record: Value = serde_json::from_str(line).unwrap();
                let uri = record.pointer("/modelInput/messages/0/content/0/image/source/s3Location/uri").unwrap();
                let uri: S3Uri = uri.as_str().unwrap().parse().unwrap();
                assert!(uri.key.starts_with(&input.key), "a photo lies in the folder of its job");
                let width_px = header_of_bytes(&objects[&uri.key]).unwrap().width_px;
                let id = record["recordId"].as_str().unwrap();
                *lock(&self.asked).entry(id.to_owned()).or_default() += 1;
                let said = format!("销售方名称：{}。", name_of(width_px));
                let output = json!({
                    "output": { "message": { "role": "assistant", "content": [{ "text": said }] } },
                    "stopReason": "end_turn", "usage": { "inputTokens": 100, "outputTokens": 10 },
                });
                json!({ "recordId": id, "modelInput": record["modelInput"], "modelOutput": output })
            })
            .collect()
    }

    pub(super) fn job_count(&self) -> usize {
        lock(&self.jobs).len()
    }

    pub(super) fn asked_count(&self) -> usize {
        lock(&self.asked).len()
    }

    pub(super) fn most_asked(&self) -> usize {
        lock(&self.asked).values().copied().max().unwrap_or_default()
    }
}

impl BatchStore for Service {
    fn sizes(&self, _: &str, prefix: &str) -> Result<Option<BTreeMap<String, u64>>> {
        self.call(|| {
            let objects = lock(&self.objects);
            let below = objects.iter().filter(|(key, _)| key.starts_with(prefix));
            let sizes = below.map(|(key, bytes)| (key.clone(), bytes.len() as u64)).collect();
            Ok((!self.hides_keys).then_some(sizes))
        })
    }

    fn read(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        self.call(|| Ok(lock(&self.objects)[&uri.key].clone()))
    }

    fn put_all(&self, files: Vec<(PathBuf, NewObject)>, is_there: &dyn Fn()) -> Result<()> {
        files.into_iter().try_for_each(|(file, object)| {
            self.call(|| {
                let bytes = std::fs::read(file).unwrap();
                assert_eq!((images::hash_bytes(&bytes), bytes.len() as u64), (object.sha256, object.size_bytes));
                *lock(&self.puts).entry(object.uri.key.clone()).or_default() += 1;
                lock(&self.objects).insert(object.uri.key.clone(), bytes);
                is_there();
                Ok(())
            })
        })
    }
}

impl BatchJobs for Service {
    fn create_batch(&self, request: &CreateBatch) -> Result<String> {
        self.call(|| {
            let mut jobs = lock(&self.jobs);
            if let Some(job) = jobs.iter().find(|job| job.state.request.job_name == request.job_name) {
                if job.state.request == *request {
                    return Ok(job.state.job_arn.clone());
                }
                return Err(crate::aws::inference::testing::refused("ConflictException"));
            }
            let lines = self.answers(&request.input_s3_uri.parse().unwrap());
            let job_arn = format!("arn:job/{:012}", jobs.len());
            let counts = BatchCounts { total: lines.len() as u64, ..BatchCounts::default() };
            let (status, text) = self.fates.get(jobs.len()).copied().unwrap_or(completed)(lines);
            let message = (status == BatchStatus::Failed).then(|| "the role may not read".to_owned());
            let state = BatchState {
                job_arn,
                request: request.clone(),
                status,
                message,
                counts,
                submitted: None,
                ended: None,
                expires: None,
            };
            let output: S3Uri = request.output_s3_uri.parse().unwrap();
            if state.status != BatchStatus::Failed && text != NO_FILE {
                let key = format!("{}{}/records-0001.jsonl.out", output.key, state.id());
                lock(&self.objects).insert(key, text.into_bytes());
            }
            let arn = state.job_arn.clone();
            jobs.push(Job { state, looks: 0 });
            Ok(arn)
        })
    }

    fn find_batch(&self, job: &str) -> Result<Option<BatchState>> {
        self.call(|| {
            let mut jobs = lock(&self.jobs);
            let known = jobs.iter_mut().find(|known| known.state.job_arn == job).filter(|_| !self.hides_jobs);
            let Some(job) = known else { return Ok(None) };
            job.looks += 1;
            let status = match job.looks {
                1 => BatchStatus::Submitted,
                looks if looks <= 2 + self.looks_in_progress => BatchStatus::InProgress,
                _ => job.state.status.clone(),
            };
            Ok(Some(BatchState { status, ..job.state.clone() }))
        })
    }

    fn list_batches(&self, name_contains: &str, limit: usize) -> Result<Vec<BatchState>> {
        self.call(|| {
            let jobs = lock(&self.jobs);
            let shown = jobs.iter().rev().filter(|_| !self.hides_jobs);
            let named = shown.filter(|job| job.state.request.job_name.contains(name_contains));
            Ok(named.take(limit).map(|job| job.state.clone()).collect())
        })
    }

    fn stop_batch(&self, _: &str) -> Result<()> {
        unreachable!("labeling never stops a job")
    }
}

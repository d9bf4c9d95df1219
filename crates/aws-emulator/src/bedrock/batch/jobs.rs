//! Batch jobs as they are looked at, listed and stopped.

use serde_json::{Map, Value, json};

use super::super::Bedrock;
use super::super::constraints::Checks;
use super::super::fault::Fault;
use super::super::listing::{Key, Listing, Query, page_json};
use super::super::reply::Reply;
use super::create::NAME_RULE;
use super::record::{BatchJob, BatchStatus, Place};

fn place_json(place: &Place) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("s3Uri".to_owned(), place.uri.as_str().into());
    if let Some(owner) = &place.owner {
        members.insert("s3BucketOwner".to_owned(), owner.as_str().into());
    }
    members
}

/// A job in the shape that an answer has and a line of a list too.
fn job_json(job: &BatchJob) -> Value {
    let spec = &job.spec;
    let mut input = place_json(&spec.input);
    input.insert("s3InputFormat".to_owned(), "JSONL".into());
    let mut output = place_json(&spec.output);
    if let Some(key) = &spec.kms_key {
        output.insert("s3EncryptionKeyId".to_owned(), key.as_str().into());
    }
    let mut answer = json!({
        "jobArn": job.arn(),
        "jobName": spec.name,
        "modelId": spec.model,
        "roleArn": spec.role_arn,
        "status": job.status,
        "submitTime": job.submitted,
        "lastModifiedTime": job.modified,
        "inputDataConfig": { "s3InputDataConfig": input },
        "outputDataConfig": { "s3OutputDataConfig": output },
        "timeoutDurationInHours": spec.timeout_hours,
        "jobExpirationTime": job.expires(),
        "modelInvocationType": spec.invocation,
        "totalRecordCount": job.counts.total,
        "processedRecordCount": job.counts.processed(),
        "successRecordCount": job.counts.succeeded,
        "errorRecordCount": job.counts.failed,
    });
    let mut insert = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            answer[name] = value;
        }
    };
    insert("clientRequestToken", job.token.as_ref().map(|token| token.token.as_str().into()));
    insert("message", job.message.as_deref().map(Value::from));
    insert("endTime", job.ended.map(|ended| json!(ended)));
    insert("vpcConfig", spec.vpc.as_ref().map(|vpc| json!(vpc)));
    answer
}

impl Bedrock {
    /// The job of an ARN or of the id that ends it; none is known by its name.
    fn find_batch(&self, region: &str, identifier: &str) -> Result<BatchJob, Fault> {
        let state = self.shelf.lock();
        let named = |job: &&BatchJob| job.region == region && (job.id == identifier || job.arn() == identifier);
        let job = state.batches.values().find(named).cloned();
        job.ok_or_else(|| Fault::not_found("Could not find the model invocation job with the provided identifier."))
    }

    /// `GetModelInvocationJob`.
    pub(in crate::bedrock) fn get_batch(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        Ok(Reply::ok(job_json(&self.find_batch(region, identifier)?)))
    }

    /// `ListModelInvocationJobs`.
    pub(in crate::bedrock) fn list_batches(&self, region: &str, query: &Query) -> Result<Reply, Fault> {
        let mut checks = Checks::default();
        let listing = Listing::read(query, ["submitTimeAfter", "submitTimeBefore"], &mut checks)?;
        let status = query.get("statusEquals");
        checks.word("statusEquals", status, &BatchStatus::WORDS);
        checks.text("nameContains", query.get("nameContains"), NAME_RULE);
        checks.finish()?;
        let state = self.shelf.lock();
        let jobs = state.batches.values().filter(|job| job.region == region);
        let jobs = jobs.filter(|job| status.is_none_or(|status| job.status.word() == status));
        let key = |job: &&BatchJob| Key { created: job.submitted, sequence: job.sequence };
        let page = listing.page(jobs, key, |job| &job.spec.name, |job| job_json(job));
        Ok(Reply::ok(page_json("invocationJobSummaries", page)))
    }

    /// `StopModelInvocationJob`. A job that waits for its turn is stopped at once, another at its next breath: what it has
    /// answered is written before.
    pub(in crate::bedrock) fn stop_batch(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        let job = self.find_batch(region, identifier)?;
        let now = self.now();
        let mut state = self.shelf.lock();
        let is_running = state.running.as_deref() == Some(job.id.as_str());
        let current = state.batches.get_mut(&job.id).ok_or_else(|| Fault::internal("the job is gone"))?;
        let mut stopped = current.clone();
        stopped.modified = now;
        match current.status {
            BatchStatus::Stopping => return Ok(Reply::empty()),
            status if status.is_final() => {
                let status = status.word();
                return Err(Fault::conflict(format!("The job cannot be stopped: its status is {status}.")));
            }
            status if status.is_before_work() && !is_running => {
                (stopped.status, stopped.ended) = (BatchStatus::Stopped, Some(now));
            }
            _ => stopped.status = BatchStatus::Stopping,
        }
        self.shelf.write(&stopped)?;
        *current = stopped;
        drop(state);
        self.shelf.notify();
        Ok(Reply::empty())
    }
}

//! Jobs as they are looked at, listed and stopped.

use serde_json::{Map, Value, json};

use super::Bedrock;
use super::constraints::Checks;
use super::fault::Fault;
use super::foundation_models::foundation_arn;
use super::listing::{Key, Listing, Query, page_json};
use super::record::{Job, JobSpec, JobStatus, PhaseStatus};
use super::reply::Reply;

/// The members that a job and the model that it made have in common.
pub(super) fn spec_json(spec: &JobSpec) -> Map<String, Value> {
    let validators: Vec<_> = spec.validation_uri.iter().map(|uri| json!({ "s3Uri": uri })).collect();
    let mut members = Map::new();
    members.insert("customizationType".to_owned(), "FINE_TUNING".into());
    members.insert("hyperParameters".to_owned(), json!(spec.hyper_parameters));
    members.insert("trainingDataConfig".to_owned(), json!({ "s3Uri": spec.training_uri }));
    members.insert("validationDataConfig".to_owned(), json!({ "validators": validators }));
    members.insert("outputDataConfig".to_owned(), json!({ "s3Uri": spec.output_uri }));
    members
}

/// The losses, where there are any.
pub(super) fn insert_losses(members: &mut Map<String, Value>, training: Option<f64>, validation: Option<f64>) {
    if let Some(loss) = training {
        members.insert("trainingMetrics".to_owned(), json!({ "trainingLoss": loss }));
    }
    if let Some(loss) = validation {
        members.insert("validationMetrics".to_owned(), json!([{ "validationLoss": loss }]));
    }
}

/// The key that a model is kept under, where the request named one by its ARN.
pub(super) fn kms_key_arn(spec: &JobSpec) -> Option<&str> {
    spec.kms_key.as_deref().filter(|key| key.starts_with("arn:") && key.contains(":key/"))
}

fn job_json(job: &Job) -> Value {
    let mut members = spec_json(&job.spec);
    let mut insert = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    insert("jobArn", Some(job.arn().into()));
    insert("jobName", Some(job.spec.name.as_str().into()));
    insert("outputModelName", Some(job.spec.model_name.as_str().into()));
    insert("outputModelArn", (job.status == JobStatus::Completed).then(|| job.model_arn().into()));
    insert("clientRequestToken", job.token.as_ref().map(|token| token.token.as_str().into()));
    insert("roleArn", Some(job.spec.role_arn.as_str().into()));
    insert("status", Some(json!(job.status)));
    insert("statusDetails", Some(json!(job.phases)));
    insert("failureMessage", job.failure.as_deref().map(Value::from));
    insert("creationTime", Some(json!(job.created)));
    insert("lastModifiedTime", Some(json!(job.modified)));
    insert("endTime", job.ended.map(|ended| json!(ended)));
    insert("baseModelArn", Some(foundation_arn(&job.region, &job.spec.base).into()));
    insert("outputModelKmsKeyArn", kms_key_arn(&job.spec).map(Value::from));
    insert("vpcConfig", job.spec.vpc.as_ref().map(|vpc| json!(vpc)));
    insert_losses(&mut members, job.training_loss, job.validation_loss);
    members.into()
}

fn summary_json(job: &Job) -> Value {
    let mut summary = json!({
        "jobArn": job.arn(),
        "baseModelArn": foundation_arn(&job.region, &job.spec.base),
        "jobName": job.spec.name,
        "status": job.status,
        "statusDetails": job.phases,
        "creationTime": job.created,
        "lastModifiedTime": job.modified,
        "customModelName": job.spec.model_name,
        "customizationType": "FINE_TUNING",
    });
    if let Some(ended) = job.ended {
        summary["endTime"] = json!(ended);
    }
    if job.status == JobStatus::Completed {
        summary["customModelArn"] = job.model_arn().into();
    }
    summary
}

impl Bedrock {
    /// The job of a name or an ARN.
    fn find_job(&self, region: &str, identifier: &str) -> Result<Job, Fault> {
        let state = self.shelf.lock();
        let named = |job: &&Job| job.region == region && (job.spec.name == identifier || job.arn() == identifier);
        let job = state.jobs.values().find(named).cloned();
        job.ok_or_else(|| Fault::not_found("Could not find the model customization job with the provided identifier."))
    }

    /// `GetModelCustomizationJob`.
    pub(super) fn get_job(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        Ok(Reply::ok(job_json(&self.find_job(region, identifier)?)))
    }

    /// `ListModelCustomizationJobs`.
    pub(super) fn list_jobs(&self, region: &str, query: &Query) -> Result<Reply, Fault> {
        let mut checks = Checks::default();
        let listing = Listing::read(query, ["creationTimeAfter", "creationTimeBefore"], &mut checks)?;
        let status = query.get("statusEquals");
        checks.word("statusEquals", status, &JobStatus::WORDS);
        checks.finish()?;
        let state = self.shelf.lock();
        let jobs = state.jobs.values().filter(|job| job.region == region);
        let jobs = jobs.filter(|job| status.is_none_or(|status| job.status.word() == status));
        let key = |job: &&Job| Key { created: job.created, sequence: job.sequence };
        let page = listing.page(jobs, key, |job| &job.spec.name, |job| summary_json(job));
        Ok(Reply::ok(page_json("modelCustomizationJobSummaries", page)))
    }

    /// `StopModelCustomizationJob`. A job that waits for its turn is stopped at once, another at its next breath.
    pub(super) fn stop_job(&self, region: &str, identifier: &str) -> Result<Reply, Fault> {
        let job = self.find_job(region, identifier)?;
        let now = self.now();
        let mut state = self.shelf.lock();
        let is_running = state.running.as_deref() == Some(job.id.as_str());
        let current = state.jobs.get_mut(&job.id).ok_or_else(|| Fault::internal("the job is gone"))?;
        match current.status {
            JobStatus::Stopping => {}
            JobStatus::InProgress => {
                let mut stopped = current.clone();
                end_or_mark(&mut stopped, now, is_running);
                self.shelf.write(&stopped)?;
                *current = stopped;
            }
            _ => {
                let status = current.status.word();
                return Err(Fault::conflict(format!("The job cannot be stopped: its status is {status}.")));
            }
        }
        drop(state);
        self.shelf.notify();
        Ok(Reply::empty())
    }
}

fn end_or_mark(job: &mut Job, now: super::stamp::Stamp, is_running: bool) {
    job.modified = now;
    let (status, phase) = if is_running {
        (JobStatus::Stopping, PhaseStatus::Stopping)
    } else {
        job.ended = Some(now);
        (JobStatus::Stopped, PhaseStatus::Stopped)
    };
    job.status = status;
    if let Some(current) = job.phases.current() {
        current.set(phase, now);
    }
}

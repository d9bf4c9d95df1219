//! Services in memory, for the tests of this module: what they answer follows from what they hold.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{JobSpec, Pace, Services};
use crate::aws::bedrock::{
    CreateJob, CustomModel, Deployment, FoundationModel, JobFilter, JobState, JobStatus, JobSummary, Jobs,
    LifecycleStatus, ModelLifecycle, Models, NewDeployment, Phase, PhaseState, PhaseStatus,
};
pub(crate) use crate::aws::error::refused;
use crate::aws::iam::{Caller, Identity, Role};
use crate::aws::s3::{BucketRegion, Encryption, RemoteObject, S3Uri, Sight, Survey, WriteProbe};
use crate::error::Result;
use crate::images::hash_bytes;

pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) fn at(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

/// A spec with which nothing is wrong in [`World::new`].
pub(crate) fn spec() -> JobSpec {
    JobSpec {
        training_data_s3_uri: "s3://bucket/p/train.jsonl".to_owned(),
        training_sha256: Some(hash_bytes(records(40, "bucket").as_bytes())),
        validation_data_s3_uri: Some("s3://bucket/p/validation.jsonl".to_owned()),
        output_s3_uri: "s3://bucket/p/output/".to_owned(),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/path/tune"),
        warmup_steps: 1,
        ..JobSpec::default()
    }
}

/// Records that name the photos `p/images/0.jpg` and so on.
pub(crate) fn records(count: usize, bucket: &str) -> String {
    let record = |n: usize| {
        let location = json!({"uri": format!("s3://{bucket}/p/images/{n}.jpg"), "bucketOwner": ACCOUNT});
        json!({"schemaVersion": "bedrock-conversation-2024", "messages": [
            {"role": "user", "content": [{"text": "?"},
                {"image": {"format": "jpeg", "source": {"s3Location": location}}}]},
            {"role": "assistant", "content": [{"text": "恒鸿睿（北京）科技有限公司"}]}]})
        .to_string()
            + "\n"
    };
    (0..count).map(record).collect()
}

/// The service's job for a request.
pub(crate) fn job_of(request: &CreateJob) -> JobState {
    let id = &request.base_model_identifier;
    JobState {
        job_arn: format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/{id}/abcdefghijkl"),
        request: request.clone(),
        base_model_arn: format!("arn:aws:bedrock:us-east-1::foundation-model/{id}"),
        output_model_arn: None,
        status: JobStatus::InProgress,
        phases: Vec::new(),
        failure: None,
        created: Some(at("2026-11-22T11:00:00Z")),
        changed: None,
        ended: None,
        training_loss: None,
        validation_losses: Vec::new(),
    }
}

/// A job that stands so: validation, data processing, training.
pub(crate) fn state(status: JobStatus, phases: [PhaseStatus; 3]) -> JobState {
    let kinds = [Phase::Validation, Phase::DataProcessing, Phase::Training];
    let phases = kinds.into_iter().zip(phases).zip(1..).map(|((phase, status), minutes)| PhaseState {
        phase,
        began: (status != PhaseStatus::NotStarted).then(|| at("2026-11-22T11:00:00Z")),
        changed: (status != PhaseStatus::NotStarted)
            .then(|| at("2026-11-22T11:00:00Z") + Duration::from_secs(60 * minutes)),
        status,
    });
    JobState { status, phases: phases.collect(), ..job_of(&spec().request()) }
}

/// Bedrock, IAM and S3 of one account.
pub(crate) struct World {
    pub(crate) account: String,
    /// Trust policies by role.
    pub(crate) roles: BTreeMap<String, String>,
    pub(crate) tunable: Vec<String>,
    /// Those of them in the Legacy state.
    pub(crate) legacy: BTreeSet<&'static str>,
    pub(crate) jobs: RefCell<Vec<JobState>>,
    pub(crate) models: Vec<String>,
    /// Region and key by bucket.
    pub(crate) buckets: BTreeMap<String, (String, Encryption)>,
    pub(crate) objects: BTreeMap<S3Uri, (Vec<u8>, Option<String>)>,
    /// Objects may be put into these buckets.
    pub(crate) writable: BTreeSet<String>,
    /// What was put, in its order; all of it was removed.
    pub(crate) probes: RefCell<Vec<S3Uri>>,
    /// Operations that the caller may not use.
    pub(crate) denied: BTreeSet<&'static str>,
    /// The service does not answer.
    pub(crate) is_down: bool,
    /// Requests that Bedrock got.
    pub(crate) created: Cell<usize>,
    /// Somebody else creates the same job just before us.
    pub(crate) has_rival: bool,
}

impl World {
    /// A world in which [`spec`] can be trained.
    pub(crate) fn new() -> Self {
        let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}]});
        let mut world = Self {
            account: ACCOUNT.to_owned(),
            roles: BTreeMap::from([("tune".to_owned(), trust.to_string())]),
            tunable: vec!["amazon.nova-lite-v1:0:300k".to_owned(), "amazon.nova-pro-v1:0:300k".to_owned()],
            legacy: BTreeSet::new(),
            jobs: RefCell::default(),
            models: Vec::new(),
            buckets: BTreeMap::from([("bucket".to_owned(), ("us-east-1".to_owned(), Encryption::Plain))]),
            objects: BTreeMap::new(),
            writable: BTreeSet::from(["bucket".to_owned()]),
            probes: RefCell::default(),
            denied: BTreeSet::new(),
            is_down: false,
            created: Cell::new(0),
            has_rival: false,
        };
        world.put("p/train.jsonl", records(40, "bucket").as_bytes(), Some("passed"));
        world.put("p/validation.jsonl", records(8, "bucket").as_bytes(), Some("passed"));
        for n in 0..40 {
            world.put(&format!("p/images/{n}.jpg"), &[n], Some("passed"));
        }
        world
    }

    pub(crate) fn put(&mut self, key: &str, bytes: &[u8], validation: Option<&str>) {
        self.objects.insert(S3Uri::new("bucket", key), (bytes.to_vec(), validation.map(str::to_owned)));
    }

    pub(crate) fn services(&self) -> Services<'_> {
        Services { jobs: self, models: self, identity: self, objects: self }
    }

    fn allow(&self, operation: &'static str) -> Result<()> {
        if self.is_down {
            return Err(refused(operation, "Unreachable", "no connection"));
        }
        if self.denied.contains(operation) {
            return Err(refused(operation, "AccessDeniedException", "not for you"));
        }
        Ok(())
    }
}

impl Jobs for World {
    fn create_job(&self, request: &CreateJob) -> Result<String> {
        self.allow("CreateModelCustomizationJob")?;
        if self.has_rival {
            self.jobs.borrow_mut().push(job_of(request));
        }
        let mut jobs = self.jobs.borrow_mut();
        if jobs.iter().any(|job| job.request.job_name == request.job_name) {
            return Err(refused("CreateModelCustomizationJob", "ConflictException", "the name is in use"));
        }
        self.created.set(self.created.get() + 1);
        jobs.push(job_of(request));
        Ok(job_of(request).job_arn)
    }

    fn find_job(&self, job: &str) -> Result<Option<JobState>> {
        self.allow("GetModelCustomizationJob")?;
        let jobs = self.jobs.borrow();
        Ok(jobs.iter().find(|found| found.request.job_name == job || found.job_arn == job).cloned())
    }

    fn list_jobs(&self, _: &JobFilter) -> Result<Vec<JobSummary>> {
        self.allow("ListModelCustomizationJobs").map(|()| Vec::new())
    }

    fn stop_job(&self, _: &str) -> Result<()> {
        self.allow("StopModelCustomizationJob")
    }

    fn list_tunable_models(&self) -> Result<Vec<FoundationModel>> {
        self.allow("ListFoundationModels")?;
        let lifecycle = |id: &str| {
            let is_legacy = self.legacy.contains(id);
            ModelLifecycle {
                status: if is_legacy { LifecycleStatus::Legacy } else { LifecycleStatus::Active },
                legacy: is_legacy.then(|| at("2026-10-05T00:00:00Z")),
                end_of_life: is_legacy.then(|| at("2027-04-05T00:00:00Z")),
            }
        };
        let model = |id: &String| FoundationModel {
            model_id: id.clone(),
            model_arn: String::new(),
            lifecycle: Some(lifecycle(id)),
        };
        Ok(self.tunable.iter().map(model).collect())
    }
}

impl Models for World {
    fn find_model(&self, model: &str) -> Result<Option<CustomModel>> {
        Ok(self.list_models(Some(model))?.into_iter().find(|found| found.model_name == model))
    }

    fn list_models(&self, name_contains: Option<&str>) -> Result<Vec<CustomModel>> {
        self.allow("ListCustomModels")?;
        let models = self.models.iter().filter(|name| name_contains.is_none_or(|part| name.contains(part)));
        let model = |name: &String| CustomModel {
            model_arn: format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/{name}"),
            model_name: name.clone(),
            job_arn: None,
            base_model_arn: None,
            created: None,
            status: None,
        };
        Ok(models.map(model).collect())
    }

    fn delete_model(&self, _: &str) -> Result<()> {
        self.allow("DeleteCustomModel")
    }

    fn create_deployment(&self, _: &NewDeployment) -> Result<String> {
        self.allow("CreateCustomModelDeployment").map(|()| String::new())
    }

    fn find_deployment(&self, _: &str) -> Result<Option<Deployment>> {
        self.allow("GetCustomModelDeployment").map(|()| None)
    }

    fn list_deployments(&self, _: Option<&str>) -> Result<Vec<Deployment>> {
        self.allow("ListCustomModelDeployments").map(|()| Vec::new())
    }

    fn delete_deployment(&self, _: &str) -> Result<()> {
        self.allow("DeleteCustomModelDeployment")
    }
}

impl Identity for World {
    fn caller(&self) -> Result<Caller> {
        self.allow("GetCallerIdentity")?;
        Ok(Caller { account_id: self.account.clone(), arn: format!("arn:aws:iam::{}:user/me", self.account) })
    }

    fn role(&self, name: &str) -> Result<Role> {
        if let Err(error) = self.allow("GetRole") {
            return if self.is_down { Err(error) } else { Ok(Role::Denied { message: "not for you".to_owned() }) };
        }
        Ok(self.roles.get(name).map_or(Role::Missing, |policy| Role::Found { trust_policy: policy.clone() }))
    }
}

impl Survey for World {
    fn bucket_region(&self, bucket: &str) -> Result<BucketRegion> {
        self.allow("HeadBucket")?;
        let known = self.buckets.get(bucket);
        Ok(known.map_or(BucketRegion::Missing, |(region, _)| BucketRegion::Known(region.clone())))
    }

    fn bucket_encryption(&self, bucket: &str) -> Result<Encryption> {
        self.allow("GetBucketEncryption")?;
        Ok(self.buckets.get(bucket).map_or(Encryption::Unknown, |(_, encryption)| encryption.clone()))
    }

    fn look(&self, uri: &S3Uri) -> Result<Sight> {
        self.allow("HeadObject")?;
        let Some((bytes, validation)) = self.objects.get(uri) else { return Ok(Sight::Missing) };
        Ok(Sight::There(RemoteObject {
            size_bytes: bytes.len() as u64,
            sha256: validation.is_some().then(|| hash_bytes(bytes)),
            etag: None,
            validation: validation.clone(),
        }))
    }

    fn missing(&self, uris: &BTreeSet<S3Uri>) -> Result<BTreeSet<S3Uri>> {
        Ok(uris.iter().filter(|uri| !self.objects.contains_key(uri)).cloned().collect())
    }

    fn read_lines(&self, uri: &S3Uri, on_line: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.allow("GetObject")?;
        let bytes = &self.objects[uri].0;
        bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n').for_each(on_line);
        Ok(())
    }

    fn try_write(&self, probe: &S3Uri) -> Result<WriteProbe> {
        self.probes.borrow_mut().push(probe.clone());
        Ok(if self.writable.contains(&probe.bucket) {
            WriteProbe::Writable
        } else {
            WriteProbe::Refused("AccessDenied".to_owned(), "not for you".to_owned())
        })
    }
}

/// Time that passes only where somebody waits.
pub(crate) struct FakePace {
    passed: Cell<Duration>,
}

impl FakePace {
    pub(crate) fn new() -> Self {
        Self { passed: Cell::new(Duration::ZERO) }
    }
}

impl Pace for FakePace {
    fn now(&self) -> OffsetDateTime {
        at("2026-11-22T11:10:00Z") + self.passed.get()
    }

    fn elapsed(&self) -> Duration {
        self.passed.get()
    }

    fn pause(&self, length: Duration) {
        assert!(length > Duration::ZERO, "a watch that does not wait asks without end");
        self.passed.set(self.passed.get() + length);
    }
}

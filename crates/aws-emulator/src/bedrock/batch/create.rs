//! `CreateModelInvocationJob`.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::Bedrock;
use super::super::constraints::{Checks, TextRule};
use super::super::create::{
    RequestTag, RequestVpc, S3_URI_RULE, check_vpc, given, is_repeated, tags_of, token_of, vpc_of,
};
use super::super::fault::Fault;
use super::super::patterns::{ACCOUNT, BATCH_MODEL, BATCH_NAME, BATCH_TOKEN, KMS_KEY, ROLE_ARN};
use super::super::reply::Reply;
use super::super::runtime::foundation;
use super::super::tags::{check_tag_count, check_tags};
use super::record::{BatchJob, BatchSpec, BatchStatus, Counts, Invocation, Place};

/// How long a job may take unless the request says: the least that it may say.
const DEFAULT_TIMEOUT_HOURS: u32 = 24;
const MAX_TIMEOUT_HOURS: i64 = 168;
pub(super) static NAME_RULE: TextRule = TextRule::new(1, 63, &BATCH_NAME);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    job_name: Option<String>,
    role_arn: Option<String>,
    #[serde(skip_serializing)]
    client_request_token: Option<String>,
    model_id: Option<String>,
    input_data_config: Option<InputConfig>,
    output_data_config: Option<OutputConfig>,
    vpc_config: Option<RequestVpc>,
    timeout_duration_in_hours: Option<i64>,
    tags: Option<Vec<RequestTag>>,
    model_invocation_type: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InputConfig {
    s3_input_data_config: Option<S3Config>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutputConfig {
    s3_output_data_config: Option<S3Config>,
}

/// Either of the two; the format is of the input, the key of the output.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct S3Config {
    #[serde(rename = "s3Uri")]
    uri: Option<String>,
    #[serde(rename = "s3InputFormat")]
    input_format: Option<String>,
    #[serde(rename = "s3EncryptionKeyId")]
    encryption_key_id: Option<String>,
    #[serde(rename = "s3BucketOwner")]
    bucket_owner: Option<String>,
}

impl S3Config {
    fn check(&self, checks: &mut Checks, at: &str) {
        checks.required_text(&format!("{at}.s3Uri"), self.uri.as_ref(), S3_URI_RULE);
        checks.word(&format!("{at}.s3InputFormat"), self.input_format.as_deref(), &["JSONL"]);
        let key_rule = TextRule::new(1, 2048, &KMS_KEY);
        checks.text(&format!("{at}.s3EncryptionKeyId"), self.encryption_key_id.as_deref(), key_rule);
        let owner_rule = TextRule { min: 0, max: usize::MAX, pattern: Some(&ACCOUNT) };
        checks.text(&format!("{at}.s3BucketOwner"), self.bucket_owner.as_deref(), owner_rule);
    }

    fn place(self) -> Place {
        Place { uri: given(self.uri), owner: self.bucket_owner }
    }
}

impl Request {
    /// What the service model says of it.
    fn check(&self) -> Result<(), Fault> {
        let mut checks = Checks::default();
        checks.required_text("jobName", self.job_name.as_ref(), NAME_RULE);
        checks.required_text("roleArn", self.role_arn.as_ref(), TextRule::new(0, 2048, &ROLE_ARN));
        let token_rule = TextRule::new(1, 256, &BATCH_TOKEN);
        checks.text("clientRequestToken", self.client_request_token.as_deref(), token_rule);
        checks.required_text("modelId", self.model_id.as_ref(), TextRule::new(1, 2048, &BATCH_MODEL));
        checks.required("inputDataConfig", self.input_data_config.as_ref());
        if let Some(input) = &self.input_data_config {
            let (at, config) = ("inputDataConfig.s3InputDataConfig", input.s3_input_data_config.as_ref());
            checks.required(at, config);
            config.inspect(|config| config.check(&mut checks, at));
        }
        checks.required("outputDataConfig", self.output_data_config.as_ref());
        if let Some(output) = &self.output_data_config {
            let (at, config) = ("outputDataConfig.s3OutputDataConfig", output.s3_output_data_config.as_ref());
            checks.required(at, config);
            config.inspect(|config| config.check(&mut checks, at));
        }
        check_vpc(&mut checks, self.vpc_config.as_ref());
        if let Some(hours) = self.timeout_duration_in_hours {
            checks.number("timeoutDurationInHours", hours, DEFAULT_TIMEOUT_HOURS.into(), MAX_TIMEOUT_HOURS);
        }
        check_tags(&mut checks, "tags", self.tags.as_deref());
        checks.word("modelInvocationType", self.model_invocation_type.as_deref(), &Invocation::WORDS);
        checks.finish()
    }

    fn spec(self) -> BatchSpec {
        let input = self.input_data_config.and_then(|config| config.s3_input_data_config);
        let output = self.output_data_config.and_then(|config| config.s3_output_data_config);
        let nowhere = || Place { uri: String::new(), owner: None };
        let hours = self.timeout_duration_in_hours.and_then(|hours| u32::try_from(hours).ok());
        let is_converse = self.model_invocation_type.as_deref() == Some(Invocation::WORDS[1]);
        BatchSpec {
            name: given(self.job_name),
            role_arn: given(self.role_arn),
            model: given(self.model_id),
            kms_key: output.as_ref().and_then(|config| config.encryption_key_id.clone()),
            input: input.map_or_else(nowhere, S3Config::place),
            output: output.map_or_else(nowhere, S3Config::place),
            vpc: self.vpc_config.map(vpc_of),
            timeout_hours: hours.unwrap_or(DEFAULT_TIMEOUT_HOURS),
            invocation: if is_converse { Invocation::Converse } else { Invocation::default() },
        }
    }
}

impl Bedrock {
    /// Takes a job, or refuses it. What is wrong with its files is found by the worker.
    pub(in crate::bedrock) fn create_batch(&self, region: &str, body: &[u8]) -> Result<Reply, Fault> {
        let request: Request = super::super::parse(body)?;
        request.check()?;
        let token = token_of(request.client_request_token.clone(), &request)?;
        let _turn = self.creating();
        for job in self.shelf.lock().batches.values().filter(|job| job.region == region) {
            if is_repeated(job.token.as_ref(), token.as_ref())? {
                return Ok(Reply::ok(json!({ "jobArn": job.arn() })));
            }
        }
        let tags = tags_of(request.tags.clone());
        check_tag_count(&tags)?;
        let spec = request.spec();
        check_model(region, &spec.model)?;
        let id = {
            let state = self.shelf.lock();
            // A name is taken for ever.
            if state.batches.values().any(|job| job.region == region && job.spec.name == spec.name) {
                return Err(Fault::conflict("The provided job name is currently in use."));
            }
            state.new_id()?
        };
        let now = self.now();
        let mut job = BatchJob {
            id,
            sequence: 0,
            region: region.to_owned(),
            spec,
            token,
            status: BatchStatus::Submitted,
            message: None,
            counts: Counts::default(),
            submitted: now,
            modified: now,
            ended: None,
            tags,
        };
        self.check_role(&job.spec.role_arn, &job.arn())?;
        let mut state = self.shelf.lock();
        // Whoever serves next may have read the shelf already; the client asks there again.
        if self.ending.load(Ordering::Acquire) {
            return Err(Fault::internal("The local stand-in is stopping."));
        }
        job.sequence = state.next_sequence();
        self.shelf.write(&job)?;
        let arn = job.arn();
        state.batches.insert(job.id.clone(), job);
        drop(state);
        self.shelf.notify();
        Ok(Reply::ok(json!({ "jobArn": arn })))
    }
}

/// Base models alone are asked in batches, by the names that Converse knows them by.
fn check_model(region: &str, model: &str) -> Result<(), Fault> {
    if model.contains(":custom-model/") {
        return Err(Fault::validation("Batch inference is not supported for the provided model."));
    }
    foundation(region, model).map(|_| ())
}

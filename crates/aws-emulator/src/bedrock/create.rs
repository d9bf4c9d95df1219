//! `CreateModelCustomizationJob`: everything that AWS looks at before it takes a job.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::constraints::{Checks, TextRule};
use super::custom_models::find_model;
use super::fault::Fault;
use super::foundation_models::Nova;
use super::objects::{self, Location};
use super::patterns::{BASE_MODEL, JOB_NAME, KMS_KEY, MODEL_NAME, NETWORK_ID, ROLE_ARN, S3_URI, TOKEN, role_of_arn};
use super::record::{Job, JobSpec, JobStatus, Phases, Tag, Token, VpcConfig};
use super::reply::Reply;
use super::shelf::State;
use super::tags::{check_tag_count, check_tags};
use super::{Bedrock, dataset, hyperparameters, roles};
use crate::ACCOUNT_ID;
use foundation::entropy::hex;

const KINDS: [&str; 5] =
    ["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION", "REINFORCEMENT_FINE_TUNING", "IMPORTED"];
/// The object that the service writes to see whether it may (seen in practice).
const WRITE_PROBE: &str = ".write_access_check_file.temp";

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    job_name: Option<String>,
    custom_model_name: Option<String>,
    role_arn: Option<String>,
    #[serde(skip_serializing)]
    client_request_token: Option<String>,
    base_model_identifier: Option<String>,
    customization_type: Option<String>,
    custom_model_kms_key_id: Option<String>,
    job_tags: Option<Vec<RequestTag>>,
    custom_model_tags: Option<Vec<RequestTag>>,
    training_data_config: Option<TrainingData>,
    validation_data_config: Option<ValidationData>,
    output_data_config: Option<S3Config>,
    hyper_parameters: Option<BTreeMap<String, String>>,
    vpc_config: Option<RequestVpc>,
    customization_config: Option<Value>,
}

/// A tag before it is known to have both halves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RequestTag {
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrainingData {
    s3_uri: Option<String>,
    invocation_logs_config: Option<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Config {
    s3_uri: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ValidationData {
    validators: Option<Vec<S3Config>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestVpc {
    subnet_ids: Option<Vec<String>>,
    security_group_ids: Option<Vec<String>>,
}

pub(super) static S3_URI_RULE: TextRule = TextRule::new(1, 1024, &S3_URI);
pub(super) static TOKEN_RULE: TextRule = TextRule::new(1, 256, &TOKEN);

impl Request {
    /// What the service model says of it.
    fn check(&self) -> Result<(), Fault> {
        let mut checks = Checks::default();
        checks.required_text("jobName", self.job_name.as_ref(), TextRule::new(1, 63, &JOB_NAME));
        checks.required_text("customModelName", self.custom_model_name.as_ref(), TextRule::new(1, 63, &MODEL_NAME));
        checks.required_text("roleArn", self.role_arn.as_ref(), TextRule::new(0, 2048, &ROLE_ARN));
        checks.text("clientRequestToken", self.client_request_token.as_deref(), TOKEN_RULE);
        let base_rule = TextRule::new(1, 2048, &BASE_MODEL);
        checks.required_text("baseModelIdentifier", self.base_model_identifier.as_ref(), base_rule);
        checks.word("customizationType", self.customization_type.as_deref(), &KINDS);
        checks.text("customModelKmsKeyId", self.custom_model_kms_key_id.as_deref(), TextRule::new(1, 2048, &KMS_KEY));
        check_tags(&mut checks, "jobTags", self.job_tags.as_deref());
        check_tags(&mut checks, "customModelTags", self.custom_model_tags.as_deref());
        checks.required("trainingDataConfig", self.training_data_config.as_ref());
        if let Some(training) = &self.training_data_config {
            checks.text("trainingDataConfig.s3Uri", training.s3_uri.as_deref(), S3_URI_RULE);
        }
        if let Some(validation) = &self.validation_data_config {
            checks.required("validationDataConfig.validators", validation.validators.as_ref());
            let validators = validation.validators.as_deref().unwrap_or_default();
            checks.count("validationDataConfig.validators", validators.len(), 0, 10);
            for (index, validator) in validators.iter().enumerate() {
                let at = format!("validationDataConfig.validators.{}.member.s3Uri", index + 1);
                checks.required_text(&at, validator.s3_uri.as_ref(), S3_URI_RULE);
            }
        }
        checks.required("outputDataConfig", self.output_data_config.as_ref());
        if let Some(output) = &self.output_data_config {
            checks.required_text("outputDataConfig.s3Uri", output.s3_uri.as_ref(), S3_URI_RULE);
        }
        check_vpc(&mut checks, self.vpc_config.as_ref());
        checks.finish()
    }
}

/// What the service model says of a network.
pub(super) fn check_vpc(checks: &mut Checks, vpc: Option<&RequestVpc>) {
    let Some(vpc) = vpc else { return };
    for (at, ids, max) in
        [("vpcConfig.subnetIds", &vpc.subnet_ids, 16), ("vpcConfig.securityGroupIds", &vpc.security_group_ids, 5)]
    {
        checks.required(at, ids.as_ref());
        checks.count(at, ids.as_ref().map_or(1, Vec::len), 1, max);
        for id in ids.iter().flatten() {
            checks.text(at, Some(id), TextRule::new(0, 32, &NETWORK_ID));
        }
    }
}

/// A network that was checked.
pub(super) fn vpc_of(vpc: RequestVpc) -> VpcConfig {
    VpcConfig {
        subnet_ids: vpc.subnet_ids.unwrap_or_default(),
        security_group_ids: vpc.security_group_ids.unwrap_or_default(),
    }
}

/// A text of the request that was checked to be there.
pub(super) fn given(text: Option<String>) -> String {
    text.unwrap_or_default()
}

pub(super) fn tags_of(tags: Option<Vec<RequestTag>>) -> Vec<Tag> {
    let tags = tags.into_iter().flatten();
    tags.map(|tag| Tag { key: given(tag.key), value: given(tag.value) }).collect()
}

/// A request with its token, so that it is known again.
pub(super) fn token_of(token: Option<String>, request: &impl Serialize) -> Result<Option<Token>, Fault> {
    let Some(token) = token else { return Ok(None) };
    let json = serde_json::to_vec(request).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(Some(Token { token, request: hex(&Sha256::digest(json)) }))
}

/// Whether an earlier request had the same token.
///
/// # Errors
/// Where it had, but was another request.
pub(super) fn is_repeated(earlier: Option<&Token>, now: Option<&Token>) -> Result<bool, Fault> {
    match (earlier, now) {
        (Some(earlier), Some(now)) if earlier.token == now.token => {
            if earlier.request == now.request {
                return Ok(true);
            }
            Err(Fault::conflict(
                "The provided clientRequestToken was already used for a request with other parameters.",
            ))
        }
        _ => Ok(false),
    }
}

impl Bedrock {
    /// Takes a job, or refuses it.
    pub(super) fn create_job(&self, region: &str, body: &[u8]) -> Result<Reply, Fault> {
        let request: Request = super::parse(body)?;
        request.check()?;
        let token = token_of(request.client_request_token.clone(), &request)?;
        // One at a time: two requests with one name or one token must not both find it free.
        let _turn = self.creating();
        for job in self.shelf.lock().jobs.values().filter(|job| job.region == region) {
            if is_repeated(job.token.as_ref(), token.as_ref())? {
                return Ok(Reply::json(201, json!({ "jobArn": job.arn() })));
            }
        }
        let job_tags = tags_of(request.job_tags.clone());
        let (spec, nova) = self.spec_of(region, request)?;
        hyperparameters::read(&spec.hyper_parameters)?;
        check_tag_count(&job_tags)?;
        check_tag_count(&spec.model_tags)?;
        let (id, model_id) = {
            let state = self.shelf.lock();
            check_names(&state, &spec)?;
            (state.new_id()?, state.new_id()?)
        };
        let now = self.now();
        let mut job = Job {
            id,
            sequence: 0,
            region: region.to_owned(),
            spec,
            token,
            model_id,
            status: JobStatus::InProgress,
            phases: Phases::default(),
            created: now,
            modified: now,
            ended: None,
            failure: None,
            training_loss: None,
            validation_loss: None,
            tags: job_tags,
        };
        self.check_role(&job.spec.role_arn, &job.arn())?;
        self.check_data(&job, nova)?;
        let mut state = self.shelf.lock();
        // Whoever serves next may have read the shelf already; the client asks there again.
        if self.ending.load(Ordering::Acquire) {
            return Err(Fault::internal("The local stand-in is stopping."));
        }
        job.sequence = state.next_sequence();
        self.shelf.write(&job)?;
        let arn = job.arn();
        state.jobs.insert(job.id.clone(), job);
        drop(state);
        self.shelf.notify();
        Ok(Reply::json(201, json!({ "jobArn": arn })))
    }

    /// The job that a request asks for, as far as models can be tuned.
    fn spec_of(&self, region: &str, request: Request) -> Result<(JobSpec, Nova), Fault> {
        let (base, base_custom_model) = self.base_of(region, &given(request.base_model_identifier))?;
        let nova = Nova::of_tuning_id(&base).ok_or_else(invalid_model)?;
        if request.customization_type.as_deref().is_some_and(|kind| kind != KINDS[0])
            || request.customization_config.is_some()
        {
            return Err(Fault::validation("The local stand-in supports the customization type FINE_TUNING alone."));
        }
        let training = request.training_data_config.and_then(|config| config.s3_uri);
        let training_uri = training
            .ok_or_else(|| Fault::validation("The trainingDataConfig of a FINE_TUNING job must have an s3Uri."))?;
        let validators = request.validation_data_config.and_then(|config| config.validators).unwrap_or_default();
        if validators.len() > 1 {
            return Err(Fault::validation("Only one validation data set is supported for this model."));
        }
        let validation_uri = validators.into_iter().next().and_then(|validator| validator.s3_uri);
        if validation_uri.is_some() && !nova.takes_validation_data() {
            return Err(Fault::validation("Validation data is not supported for this model."));
        }
        let vpc = request.vpc_config.map(vpc_of);
        let spec = JobSpec {
            name: given(request.job_name),
            model_name: given(request.custom_model_name),
            role_arn: given(request.role_arn),
            base,
            base_custom_model,
            training_uri,
            validation_uri,
            output_uri: given(request.output_data_config.and_then(|config| config.s3_uri)),
            hyper_parameters: request.hyper_parameters.unwrap_or_default(),
            kms_key: request.custom_model_kms_key_id,
            vpc,
            model_tags: tags_of(request.custom_model_tags),
        };
        Ok((spec, nova))
    }

    /// The tuning id that an identifier names, and the custom model where it names one.
    fn base_of(&self, region: &str, identifier: &str) -> Result<(String, Option<String>), Fault> {
        if let Some(nova) = Nova::tuned_as(identifier, region) {
            return Ok((nova.tuning_id.to_owned(), None));
        }
        let state = self.shelf.lock();
        let model = find_model(&state, region, identifier).map_err(|_| invalid_model())?;
        Ok((model.spec.base.clone(), Some(model.id.clone())))
    }

    /// The role is of this account and lets Bedrock in.
    pub(super) fn check_role(&self, role_arn: &str, job_arn: &str) -> Result<(), Fault> {
        let (account, path) = role_of_arn(role_arn).unwrap_or_default();
        if account != ACCOUNT_ID {
            return Err(Fault::access_denied("Cross-account pass role is not allowed"));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let policy = roles::trust_policy(&self.roles_file, name)?;
        if policy.is_some_and(|policy| roles::lets_bedrock_in(&policy, job_arn)) {
            return Ok(());
        }
        Err(Fault::validation("Could not assume provided IAM role"))
    }

    /// The data sets are objects of the right shape, and the output can be written.
    fn check_data(&self, job: &Job, nova: Nova) -> Result<(), Fault> {
        let spec = &job.spec;
        for uri in [Some(&spec.training_uri), spec.validation_uri.as_ref()].into_iter().flatten() {
            let location = Location::parse(uri)
                .filter(|location| location.key.rsplit_once('.').is_some_and(|(_, end)| end == "jsonl"));
            let location = location.ok_or_else(|| {
                Fault::validation(format!("Provided S3 location is invalid: {uri}. The data must be in .jsonl format"))
            })?;
            self.check_region(&location, &job.region)?;
            let (file, _) = objects::open(&self.s3, &location)?;
            dataset::read(&location, BufReader::new(file), nova, |_| Ok(()))?;
        }
        let output =
            Location::parse(&spec.output_uri).unwrap_or(Location { bucket: String::new(), key: String::new() });
        self.check_region(&output, &job.region)?;
        let probe = output.join(WRITE_PROBE);
        objects::write(&self.s3, &probe, "text/plain", Vec::new())
    }

    /// A bucket that exists is of the job's Region; of one that does not, something else is said.
    fn check_region(&self, location: &Location, region: &str) -> Result<(), Fault> {
        match self.s3.bucket_region(&location.bucket) {
            Some(found) if found != region => Err(Fault::validation(format!(
                "Provided S3 location is invalid: the bucket {} is in {found}, not in {region}",
                location.bucket
            ))),
            _ => Ok(()),
        }
    }
}

/// The refusal of a model that cannot be tuned here, or does not exist.
pub(super) fn invalid_model() -> Fault {
    Fault::validation("The provided model identifier is invalid.")
}

/// A job's name is taken for ever, a model's by the model or by the job that may still make it.
fn check_names(state: &State, spec: &JobSpec) -> Result<(), Fault> {
    if state.jobs.values().any(|job| job.spec.name == spec.name) {
        return Err(Fault::conflict("The provided job name is currently in use."));
    }
    let in_models = state.models.values().any(|model| model.spec.model_name == spec.model_name);
    let in_jobs = state.jobs.values().any(|job| !job.status.is_final() && job.spec.model_name == spec.model_name);
    if in_models || in_jobs {
        return Err(Fault::conflict("The provided model name is currently in use."));
    }
    Ok(())
}

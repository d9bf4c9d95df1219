//! What a job is asked to do, and the request that says so.

use std::collections::BTreeMap;

use serde_json::json;

use super::base_model::BaseModel;
use crate::aws::bedrock::CreateJob;
use crate::findings::limits::{DEFAULT_EPOCH_COUNT, DEFAULT_WARMUP_STEPS, MAX_NAME_CHARS, WARMUP_PART};
use crate::images::{Digest, hash_bytes};
use crate::training::estimate::training_steps;
use crate::validate::Model;

/// The learning rate of a request that names none.
pub const DEFAULT_LEARNING_RATE: f64 = 1e-5;
/// What job and model are called where nothing names them.
pub const DEFAULT_JOB_NAME: &str = "nova-ft-sellers";
/// Hexadecimal digits of the spec's digest at the end of a name.
const HASH_DIGITS: usize = 8;

/// What a job is asked to do.
///
/// Two specs that say the same make the same request, with the same name and token: what is sent twice runs once. The digest
/// of the data belongs to it, so that other data under the same name make another job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSpec {
    /// The model to tune: an id for tuning, or an ARN.
    pub base_model_id: String,
    /// The beginning of the job's name; the rest is the spec's digest.
    pub job_name: String,
    /// The model's name; without it, the job's.
    pub custom_model_name: Option<String>,
    /// Training records, `s3://…/train.jsonl`.
    pub training_data_s3_uri: String,
    /// sha256 of the training records, where it is known.
    pub training_sha256: Option<Digest>,
    /// Validation records; they are not sent with a model that takes none.
    pub validation_data_s3_uri: Option<String>,
    /// sha256 of the validation records, where it is known.
    pub validation_sha256: Option<Digest>,
    /// Digest of the photos that the records name, where they are known: a photo that is scanned anew leaves its record as it is.
    pub photos_sha256: Option<Digest>,
    /// Where the metrics go: a prefix.
    pub output_s3_uri: String,
    /// The role that Bedrock takes on.
    pub role_arn: String,
    /// How often training goes through the records.
    pub epoch_count: u32,
    /// The learning rate.
    pub learning_rate: f64,
    /// Steps until the learning rate is reached.
    pub warmup_steps: u32,
    /// Sent only where it is given: Nova's table of hyperparameters has none.
    pub batch_size: Option<u32>,
}

impl Default for JobSpec {
    fn default() -> Self {
        Self {
            base_model_id: super::tuning_id(Model::default()).to_owned(),
            job_name: DEFAULT_JOB_NAME.to_owned(),
            custom_model_name: None,
            training_data_s3_uri: String::new(),
            training_sha256: None,
            validation_data_s3_uri: None,
            validation_sha256: None,
            photos_sha256: None,
            output_s3_uri: String::new(),
            role_arn: String::new(),
            epoch_count: DEFAULT_EPOCH_COUNT,
            learning_rate: DEFAULT_LEARNING_RATE,
            warmup_steps: DEFAULT_WARMUP_STEPS,
            batch_size: None,
        }
    }
}

/// Returns the warm-up of a request that names none: Bedrock's default of 10 steps, or a fifth of a shorter training.
///
/// The number of steps is an estimate, see [`training_steps`].
pub fn default_warmup_steps(model: Model, train_count: Option<usize>, epoch_count: u32) -> u32 {
    let Some(train_count) = train_count else { return DEFAULT_WARMUP_STEPS };
    let steps = training_steps(model, train_count as u64, epoch_count);
    u32::try_from(steps / WARMUP_PART).unwrap_or(u32::MAX).min(DEFAULT_WARMUP_STEPS)
}

impl JobSpec {
    /// The family of the base model, where its id tells.
    pub fn model(&self) -> Option<Model> {
        BaseModel::parse(&self.base_model_id).family()
    }

    /// The request.
    pub fn request(&self) -> CreateJob {
        let hash = self.digest().to_string();
        let tail = &hash[..HASH_DIGITS];
        let job_name = name_with(&self.job_name, tail);
        CreateJob {
            custom_model_name: self.custom_model_name.clone().unwrap_or_else(|| model_name(&self.job_name, tail)),
            job_name,
            role_arn: self.role_arn.clone(),
            client_request_token: format!("nova-ft-{}", &hash[..32]),
            base_model_identifier: self.base_model_id.clone(),
            training_data_s3_uri: self.training_data_s3_uri.clone(),
            validation_data_s3_uri: self.sent_validation().map(str::to_owned),
            output_data_s3_uri: self.output_s3_uri.clone(),
            hyper_parameters: self.hyper_parameters(),
        }
    }

    /// The validation records, where the model takes any.
    pub fn sent_validation(&self) -> Option<&str> {
        let takes = self.model().is_none_or(Model::takes_validation);
        self.validation_data_s3_uri.as_deref().filter(|_| takes)
    }

    /// Texts, as the service takes numbers; never with an exponent.
    fn hyper_parameters(&self) -> BTreeMap<String, String> {
        let mut parameters = BTreeMap::from([
            ("epochCount".to_owned(), self.epoch_count.to_string()),
            ("learningRate".to_owned(), self.learning_rate.to_string()),
            ("learningRateWarmupSteps".to_owned(), self.warmup_steps.to_string()),
        ]);
        if let Some(batch_size) = self.batch_size {
            parameters.insert("batchSize".to_owned(), batch_size.to_string());
        }
        parameters
    }

    /// Of everything that makes this job another one.
    fn digest(&self) -> Digest {
        let validation = self.sent_validation();
        let spec = json!([
            self.base_model_id,
            self.job_name,
            self.custom_model_name,
            self.training_data_s3_uri,
            self.training_sha256,
            validation,
            validation.and(self.validation_sha256),
            self.photos_sha256,
            self.output_s3_uri,
            self.role_arn,
            self.hyper_parameters(),
        ]);
        hash_bytes(spec.to_string().as_bytes())
    }
}

/// A name that ends in the digest, as long as names may be.
fn name_with(beginning: &str, tail: &str) -> String {
    let longest = MAX_NAME_CHARS - tail.len() - 1;
    let beginning: String = beginning.chars().take(longest).collect();
    format!("{beginning}-{tail}")
}

/// The job's name as a model's: those take no point, no plus, and no two joints in a row.
fn model_name(beginning: &str, tail: &str) -> String {
    let mut name = String::new();
    for character in beginning.chars() {
        let character = if matches!(character, '.' | '+') { '-' } else { character };
        if !(matches!(character, '-' | '_') && name.ends_with(['-', '_'])) {
            name.push(character);
        }
    }
    let longest = MAX_NAME_CHARS - tail.len() - 1;
    let name: String = name.chars().take(longest).collect();
    format!("{}-{tail}", name.trim_end_matches(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::job::names::{is_job_name, is_model_name, is_request_token};

    fn spec() -> JobSpec {
        JobSpec {
            training_data_s3_uri: "s3://bucket/p/train.jsonl".to_owned(),
            training_sha256: Some(hash_bytes(b"train")),
            validation_data_s3_uri: Some("s3://bucket/p/validation.jsonl".to_owned()),
            output_s3_uri: "s3://bucket/p/output/".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/tune".to_owned(),
            ..JobSpec::default()
        }
    }

    #[test]
    fn the_request_is_this() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&spec().request().to_json()).unwrap());
    }

    #[test]
    fn the_same_spec_makes_the_same_name_and_any_other_another() {
        let name = |spec: &JobSpec| spec.request().job_name;
        let token = |spec: &JobSpec| spec.request().client_request_token;
        assert_eq!((name(&spec()), token(&spec())), (name(&spec()), token(&spec())));
        let text = |text: &str| text.to_owned();
        let others = [
            JobSpec { epoch_count: 3, ..spec() },
            JobSpec { learning_rate: 2e-5, ..spec() },
            JobSpec { warmup_steps: 1, ..spec() },
            JobSpec { batch_size: Some(1), ..spec() },
            JobSpec { training_sha256: Some(hash_bytes(b"other")), ..spec() },
            JobSpec { photos_sha256: Some(hash_bytes(b"photos")), ..spec() },
            JobSpec { training_data_s3_uri: text("s3://bucket/q/train.jsonl"), ..spec() },
            JobSpec { validation_data_s3_uri: None, ..spec() },
            JobSpec { output_s3_uri: text("s3://bucket/out/"), ..spec() },
            JobSpec { role_arn: text("arn:aws:iam::123456789012:role/other"), ..spec() },
            JobSpec { custom_model_name: Some(text("mine")), ..spec() },
            JobSpec { job_name: text("again"), ..spec() },
            JobSpec { base_model_id: text("amazon.nova-pro-v1:0:300k"), ..spec() },
        ];
        for other in &others {
            assert_ne!(name(other), name(&spec()), "{other:?}");
            assert_ne!(token(other), token(&spec()), "{other:?}");
        }
    }

    #[test]
    fn names_and_tokens_are_ones_that_the_service_takes() {
        for beginning in ["nova-ft-sellers", "a", "vat.2026+x", "a-.+-b", &"long".repeat(30)] {
            let request = JobSpec { job_name: beginning.to_owned(), ..spec() }.request();
            assert!(is_job_name(&request.job_name), "{}", request.job_name);
            assert!(is_model_name(&request.custom_model_name), "{}", request.custom_model_name);
            assert!(is_request_token(&request.client_request_token));
            let tail = request.job_name.rsplit('-').next().unwrap();
            assert!(tail.len() == 8 && tail.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", request.job_name);
            assert!(request.custom_model_name.ends_with(tail));
        }
    }

    #[test]
    fn numbers_are_texts_without_exponent_and_the_batch_size_is_sent_only_if_given() {
        let parameters = |spec: JobSpec| spec.request().hyper_parameters;
        let plain = parameters(spec());
        assert_eq!(plain["learningRate"], "0.00001");
        assert_eq!(plain.get("batchSize"), None);
        assert_eq!(parameters(JobSpec { batch_size: Some(1), ..spec() })["batchSize"], "1");
    }

    #[test]
    fn nova_2_lite_gets_no_validation_file_and_does_not_mind_which() {
        let lite2 = JobSpec { base_model_id: crate::training::job::tuning_id(Model::Lite2).to_owned(), ..spec() };
        assert_eq!(lite2.request().validation_data_s3_uri, None);
        assert_eq!(lite2.request(), JobSpec { validation_data_s3_uri: None, ..lite2 }.request());
    }

    #[test]
    fn a_small_training_gets_a_warm_up_of_a_fifth() {
        let lite = |train_count, epoch_count| default_warmup_steps(Model::Lite, train_count, epoch_count);
        assert_eq!(lite(Some(38), 2), 1);
        assert_eq!(lite(Some(8), 1), 0);
        assert_eq!(lite(Some(5_000), 2), 10);
        assert_eq!(lite(None, 2), 10);
        // A step of Micro takes four times as many samples, so that there are fewer steps to warm up in.
        assert_eq!([Model::Micro, Model::Pro].map(|model| default_warmup_steps(model, Some(200), 2)), [2, 5]);
    }
}

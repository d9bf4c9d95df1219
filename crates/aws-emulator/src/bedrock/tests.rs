//! What the stand-in answers to the real SDKs. Each test has a server and a folder of its own.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_bedrock::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_bedrock::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrock::operation::get_model_customization_job::GetModelCustomizationJobOutput;
use aws_sdk_bedrock::types::{
    ModelCustomizationJobStatus, OutputDataConfig, TrainingDataConfig, ValidationDataConfig, Validator,
};
use aws_types::SdkConfig;
use tempfile::TempDir;

use crate::testing::block_on;
use crate::testing::client_of;
use crate::tuning::samples;
use crate::{Keys, LocalOptions, LocalServer, ReaderSource};
use foundation::Secret;
use invoice_ocr::images::{self, Digest, decode_upright, hash_rgb};
use invoice_ocr::invoice::{InvoiceReader, Reading, Scope, extract};
use invoice_ocr::reader::Page;

mod batch;
mod deployments;
mod jobs;
mod lists;
mod refusals;
mod resume;
mod wire;

const BUCKET: &str = "bucket";
const BASE: &str = "amazon.nova-lite-v1:0:300k";
const ROLE: &str = "arn:aws:iam::000000000000:role/BedrockRole";

/// A reader whose invoices depend on the pixels of a photo, and that can be held up.
#[derive(Debug, Default)]
struct PixelReader {
    gate: Mutex<Gate>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Gate {
    /// How many photos may still be read; no limit unless it is set.
    left: Option<usize>,
    /// How many were asked for.
    asked: usize,
    /// Whether reading is a bug.
    panics: bool,
}

/// The invoice that a photo of these pixels shows, with the seller's name as label.
fn invoice_of(pixels: &Digest) -> crate::tuning::Sample {
    samples::invoice(u64::from(pixels.as_bytes()[0]))
}

impl PixelReader {
    /// Lets so many photos through and holds the next.
    fn hold_after(&self, count: usize) {
        let mut gate = self.gate.lock().unwrap();
        (gate.left, gate.asked) = (Some(count), 0);
    }

    fn release(&self) {
        self.gate.lock().unwrap().left = None;
        self.moved.notify_all();
    }

    /// Waits until so many photos were asked for.
    fn wait_for(&self, count: usize) {
        let gate = self.gate.lock().unwrap();
        let waited = self.moved.wait_timeout_while(gate, Duration::from_secs(20), |gate| gate.asked < count).unwrap();
        assert!(!waited.1.timed_out(), "{count} photos were not asked for");
    }
}

impl InvoiceReader for PixelReader {
    fn version(&self) -> String {
        "pixels".to_owned()
    }

    fn read(&self, photo: &Path, _: Scope) -> foundation::Result<Reading> {
        let mut gate = self.gate.lock().unwrap();
        gate.asked += 1;
        self.moved.notify_all();
        if gate.panics {
            drop(gate);
            panic!("this reader has a bug");
        }
        let mut gate = self.moved.wait_while(gate, |gate| gate.left == Some(0)).unwrap();
        gate.left = gate.left.map(|left| left - 1);
        drop(gate);
        let pixels_sha256 = hash_rgb(&decode_upright(photo)?);
        let page: Page = invoice_of(&pixels_sha256).page;
        Ok(Reading { pixels_sha256, invoice: extract(&page), page })
    }
}

/// A photo of its own for each number.
fn photo(number: usize) -> Vec<u8> {
    let mut picture = images::samples::noise(32, 32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        pixel.0[0] = (number as u8).wrapping_mul(7).wrapping_add((x + y) as u8);
    }
    images::samples::png(&picture.into())
}

fn label_of(photo: &[u8]) -> String {
    invoice_of(&hash_rgb(&images::decode_upright_bytes(photo).unwrap())).label
}

struct Fixture {
    dir: TempDir,
    reader: Arc<PixelReader>,
    server: Option<LocalServer>,
}

impl Fixture {
    fn new() -> Self {
        let mut fixture = Self { dir: tempfile::tempdir().unwrap(), reader: Arc::default(), server: None };
        fixture.start();
        let s3 = fixture.s3();
        block_on(s3.create_bucket().bucket(BUCKET).send()).unwrap().unwrap();
        fixture
    }

    /// A server with photos and a data set of them.
    fn with_data() -> Self {
        let fixture = Self::new();
        let numbers: Vec<_> = (0..12).collect();
        fixture.put_data("train.jsonl", &numbers);
        fixture
    }

    /// Starts the server again on the same folder.
    fn start(&mut self) {
        self.server = None;
        self.server = Some(LocalServer::start(&self.options()).unwrap());
    }

    fn options(&self) -> LocalOptions {
        LocalOptions {
            state_dir: self.dir.path().join("state"),
            reader: ReaderSource::Given(self.reader.clone()),
            ..LocalOptions::default()
        }
    }

    fn server(&self) -> &LocalServer {
        self.server.as_ref().unwrap()
    }

    fn keys(&self) -> &Keys {
        self.server().keys()
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        client_of(&self.server().endpoint(), self.keys())
    }

    fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let put = self.s3().put_object().bucket(BUCKET).key(key).body(bytes.into().into());
        block_on(put.send()).unwrap().unwrap();
    }

    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let got = block_on(async {
            self.s3().get_object().bucket(BUCKET).key(key).send().await.ok()?.body.collect().await.ok()
        });
        got.unwrap().map(|bytes| bytes.into_bytes().to_vec())
    }

    /// Puts photos and a data set that shows them with their true labels.
    fn put_data(&self, key: &str, numbers: &[usize]) {
        let lines = numbers.iter().map(|number| {
            let (bytes, name) = (photo(*number), format!("images/{number}.png"));
            let line = record(&format!("s3://{BUCKET}/{name}"), &label_of(&bytes));
            self.put(&name, bytes);
            line
        });
        let text = lines.collect::<String>();
        self.put(key, text);
    }

    /// What all SDKs are configured with.
    fn config(
        &self,
        change: impl FnOnce(aws_types::sdk_config::Builder) -> aws_types::sdk_config::Builder,
    ) -> SdkConfig {
        let keys = self.keys();
        config_of(&self.server().bedrock_endpoint(), &keys.access_key_id, &keys.secret_access_key, change)
    }

    fn bedrock(&self) -> aws_sdk_bedrock::Client {
        aws_sdk_bedrock::Client::new(&self.config(|config| config))
    }

    fn bedrock_in(&self, region: &'static str) -> aws_sdk_bedrock::Client {
        aws_sdk_bedrock::Client::new(&self.config(|config| config.region(Region::new(region))))
    }

    fn runtime(&self) -> aws_sdk_bedrockruntime::Client {
        aws_sdk_bedrockruntime::Client::new(&self.config(|config| config))
    }

    fn create(&self, name: &str, change: impl FnOnce(Create) -> Create) -> Result<String, Refusal> {
        let create = self
            .bedrock()
            .create_model_customization_job()
            .job_name(name)
            .custom_model_name(format!("{name}-model"))
            .role_arn(ROLE)
            .base_model_identifier(BASE)
            .training_data_config(training("train.jsonl"))
            .output_data_config(output("out"))
            .hyper_parameters("epochCount", "2")
            .hyper_parameters("learningRate", "0.0001")
            .hyper_parameters("learningRateWarmupSteps", "1");
        outcome(block_on(change(create).send()).unwrap()).map(|created| created.job_arn)
    }

    fn job(&self, name: &str) -> GetModelCustomizationJobOutput {
        block_on(self.bedrock().get_model_customization_job().job_identifier(name).send()).unwrap().unwrap()
    }

    /// Waits until a job is at its end.
    fn ended(&self, name: &str) -> GetModelCustomizationJobOutput {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let job = self.job(name);
            match job.status() {
                Some(ModelCustomizationJobStatus::InProgress | ModelCustomizationJobStatus::Stopping) => {}
                _ => return job,
            }
            assert!(Instant::now() < deadline, "{job:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a job is completed, and gives its metrics files.
    fn completed(&self, name: &str) -> (GetModelCustomizationJobOutput, Vec<u8>, Option<Vec<u8>>) {
        let job = self.ended(name);
        assert_eq!(job.status(), Some(&ModelCustomizationJobStatus::Completed), "{job:?}");
        let folder = format!("out/model-customization-job-{}", job.job_arn().rsplit('/').next().unwrap());
        let training = self.get(&format!("{folder}/training_artifacts/step_wise_training_metrics.csv")).unwrap();
        let path = "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv";
        let validation = self.get(&format!("{folder}/{path}"));
        (job, training, validation)
    }
}

type Create =
    aws_sdk_bedrock::operation::create_model_customization_job::builders::CreateModelCustomizationJobFluentBuilder;

fn config_of(
    endpoint: &str,
    key_id: &str,
    secret: &Secret,
    change: impl FnOnce(aws_types::sdk_config::Builder) -> aws_types::sdk_config::Builder,
) -> SdkConfig {
    let credentials = Credentials::new(key_id, secret.reveal(), None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_sdk_bedrock::config::SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    change(config).build()
}

fn training(key: &str) -> TrainingDataConfig {
    TrainingDataConfig::builder().s3_uri(format!("s3://{BUCKET}/{key}")).build()
}

fn output(prefix: &str) -> OutputDataConfig {
    OutputDataConfig::builder().s3_uri(format!("s3://{BUCKET}/{prefix}")).build().unwrap()
}

fn validation(key: &str) -> ValidationDataConfig {
    let validator = Validator::builder().s3_uri(format!("s3://{BUCKET}/{key}")).build().unwrap();
    ValidationDataConfig::builder().validators(validator).build().unwrap()
}

/// A line of a data set.
fn record(uri: &str, label: &str) -> String {
    let image = serde_json::json!({
        "image": { "format": "png", "source": { "s3Location": { "uri": uri, "bucketOwner": "000000000000" } } },
    });
    let record = serde_json::json!({
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{ "text": "You read invoices." }],
        "messages": [
            { "role": "user", "content": [{ "text": "Who is the seller?" }, image] },
            { "role": "assistant", "content": [{ "text": label }] },
        ],
    });
    format!("{record}\n")
}

/// Code, HTTP status and message of a refused request.
type Refusal = (String, u16, String);

fn outcome<T, E>(outcome: Result<T, SdkError<E>>) -> Result<T, Refusal>
where
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    outcome.map_err(|error| {
        let status = error.raw_response().map_or(0, |response| response.status().as_u16());
        let message = error.message().map_or_else(|| format!("{error:?}"), str::to_owned);
        (error.code().unwrap_or_default().to_owned(), status, message)
    })
}

/// Runs an operation that is refused.
macro_rules! refused {
    ($operation:expr) => {
        outcome(block_on($operation.send()).unwrap()).unwrap_err()
    };
}
use refused;

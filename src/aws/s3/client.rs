//! S3 clients: one for the stand-in that knows nothing of this machine's AWS settings, one for AWS that follows them; and
//! the settings that the clients of the other services share with them.

use std::fmt;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_emulator::Takeover;
use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_s3::operation::create_bucket::CreateBucketError;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime::client::retries::classifiers::HttpStatusCodeClassifier;
use aws_types::service_config::ServiceConfigKey;

use super::bounded::bounded;
use crate::aws::error::service_error;
use crate::aws::runtime::BlockingRuntime;
use crate::clock::Clock;
use crate::error::{Error, MissingSetting, Result};
use crate::settings::Secret;

/// The S3 client of the SDK.
pub(crate) type S3Client = aws_sdk_s3::Client;

/// After the emulator's process is killed, the next attempt takes over; a process that stops in order holds the lock for up to two
/// seconds. Backing off 0.1 s, 0.2 s, … 1 s, each times a random number, this many attempts outlast both.
const LOCAL_ATTEMPTS: u32 = 16;

/// How long the stand-in may take to a response, and the response to its end.
const LOCAL_TIMEOUT: Duration = Duration::from_mins(1);

/// The services beside S3 that are asked, by the SDK's ids.
const OTHER_SERVICES: [&str; 4] = ["Bedrock", "Bedrock Runtime", "STS", "IAM"];

/// The oldest Region: a bucket there is created by naming none.
const UNNAMED_REGION: &str = "us-east-1";

/// How clients reach the local emulator.
#[derive(Debug)]
pub(crate) struct LocalAccess {
    pub(crate) endpoint: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) region: String,
    pub(crate) connections: Connections,
}

/// The connections to the services, which all clients of a backend share, and the runtime that they belong to.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    pub(crate) http: SharedHttpClient,
    pub(crate) runtime: BlockingRuntime,
}

impl Connections {
    /// Returns connections to the local emulator; `takeover` serves where the serving process is gone.
    pub(crate) fn local(takeover: Option<Takeover>) -> Self {
        let http = bounded(HttpBuilder::new().build_http(), LOCAL_TIMEOUT, takeover);
        Self { http, runtime: BlockingRuntime::new() }
    }

    /// Returns connections to AWS. TLS by rustls with ring, named here so that no other crate's choice of features changes it.
    pub(crate) fn aws(timeout: Duration) -> Self {
        let http = HttpBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        Self { http: bounded(http, timeout, None), runtime: BlockingRuntime::new() }
    }
}

/// The settings of every client of the local emulator. They come from no environment variable and no file.
pub(crate) fn local_config(access: &LocalAccess) -> SdkConfig {
    let (id, secret) = (&access.access_key_id, access.secret_access_key.reveal());
    let credentials = Credentials::new(id, secret, None, None, "the local stand-in");
    let retry = RetryConfig::standard()
        .with_max_attempts(LOCAL_ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_secs(1));
    let timeouts = TimeoutConfig::builder().connect_timeout(Duration::from_secs(2)).build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&access.endpoint)
        .region(Region::new(access.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retry)
        .timeout_config(timeouts)
        .http_client(access.connections.http.clone())
        .build()
}

/// The SDK's budget of retries is meant for a service in trouble; here all requests fail together for a moment.
pub(crate) fn local_partition() -> RetryPartition {
    RetryPartition::custom("nova-ft-local").token_bucket(TokenBucket::unlimited()).build()
}

/// A client of the stand-in's S3.
pub(crate) fn local_client(access: &LocalAccess) -> S3Client {
    let config = aws_sdk_s3::config::Builder::from(&local_config(access))
        .force_path_style(true)
        .retry_partition(local_partition())
        // A take-over looks like a stalled stream.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    S3Client::from_conf(config)
}

/// What the SDK's default chain found out about AWS.
#[derive(Clone)]
pub(crate) struct AwsSession {
    config: SdkConfig,
    /// The Region of every request.
    pub(crate) region: String,
    /// Where S3 is, if `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or the profile says so.
    pub(crate) s3_endpoint: Option<String>,
    /// The other services, and where each is, if its variable, `AWS_ENDPOINT_URL` or the profile says so.
    pub(crate) other_endpoints: Vec<(&'static str, String)>,
}

// By hand: the configuration holds the sections of the credentials file.
impl fmt::Debug for AwsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSession").field("region", &self.region).finish_non_exhaustive()
    }
}

impl AwsSession {
    /// Asks the default chain: environment, profile files, and what they point to. Credentials are fetched at the first
    /// request.
    ///
    /// # Errors
    /// [`Error::Missing`] when nothing names a Region.
    pub(crate) async fn load(region: Option<&str>, profile: Option<&str>, http: SharedHttpClient) -> Result<Self> {
        Clock::check_http_date()?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            let setting = MissingSetting {
                name: "region".to_owned(),
                variable: "AWS_REGION".to_owned(),
                line: "`region = …`".to_owned(),
            };
            let advice = "A profile (AWS_PROFILE) may name a Region too; Nova is fine-tuned in us-east-1.".to_owned();
            return Err(Error::Missing { settings: vec![setting], advice });
        };
        let s3_endpoint = endpoint_of(&config, "S3");
        let other = |service: &&'static str| Some((*service, endpoint_of(&config, service)?));
        let other_endpoints = OTHER_SERVICES.iter().filter_map(other).collect();
        Ok(Self { config, region, s3_endpoint, other_endpoints })
    }

    /// Returns the settings for a client of another service.
    pub(crate) fn config(&self, http: &SharedHttpClient) -> SdkConfig {
        self.config.to_builder().http_client(http.clone()).build()
    }

    /// Returns a client of S3.
    pub(crate) fn s3_client(&self, http: &SharedHttpClient) -> S3Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config(http))
            .force_path_style(self.s3_endpoint.is_some())
            // Amazon says 503 where other services with S3's protocol say 429; the SDK tries only the former again.
            .retry_classifier(HttpStatusCodeClassifier::new_from_codes(&[429]))
            .build();
        S3Client::from_conf(config)
    }
}

/// The endpoint that the SDK will use for a service, found in the way and order that the SDK finds it.
fn endpoint_of(config: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let key = key.build().ok()?;
    let of_service = config.service_config().and_then(|services| services.load_config(key));
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Creates a bucket of the stand-in unless it is there, in the Region of the client.
///
/// # Errors
/// [`Error::Service`] for a name that S3 refuses, or a stand-in that does not answer.
pub(crate) async fn create_missing_bucket(client: &S3Client, bucket: &str) -> Result<()> {
    let region = client.config().region().map(AsRef::as_ref).filter(|region| *region != UNNAMED_REGION);
    let configuration = region.map(|region| {
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build()
    });
    let request = client.create_bucket().bucket(bucket).set_create_bucket_configuration(configuration);
    let Err(error) = request.send().await else { return Ok(()) };
    if error.as_service_error().is_some_and(CreateBucketError::is_bucket_already_owned_by_you) {
        return Ok(());
    }
    Err(service_error("CreateBucket", format!("s3://{bucket}"), &error))
}

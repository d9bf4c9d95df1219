//! Clients for tests.

use std::time::Duration;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::BoxError;
use foundation::Result;

use crate::{DEFAULT_REGION, Keys, Takeover};

#[expect(clippy::unnecessary_wraps, reason = "tests call it as the library calls its own")]
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    Ok(runtime.block_on(future))
}

pub(crate) fn client_of(endpoint: &str, keys: &Keys) -> aws_sdk_s3::Client {
    client_that_calls(None, endpoint, keys)
}

/// A client that takes over before each attempt, as the program's do.
pub(crate) fn client_that_calls(takeover: Option<Takeover>, endpoint: &str, keys: &Keys) -> aws_sdk_s3::Client {
    let credentials = Credentials::new(&keys.access_key_id, keys.secret_access_key.reveal(), None, None, "test");
    let retry = RetryConfig::standard()
        .with_max_attempts(16)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_secs(1));
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(DEFAULT_REGION))
        .credentials_provider(credentials)
        .retry_config(retry)
        .retry_partition(RetryPartition::custom("emulator").token_bucket(TokenBucket::unlimited()).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .force_path_style(true);
    if let Some(takeover) = takeover {
        config = config.interceptor(TakesOver(takeover));
    }
    aws_sdk_s3::Client::from_conf(config.build())
}

#[derive(Debug)]
struct TakesOver(Takeover);

impl Intercept for TakesOver {
    fn name(&self) -> &'static str {
        "TakesOver"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.ensure_served();
        Ok(())
    }
}

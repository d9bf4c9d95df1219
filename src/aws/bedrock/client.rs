use std::fmt;

use crate::aws::runtime::BlockingRuntime;
use crate::aws::s3::client::{AwsSession, Connections, LocalAccess, local_config, local_partition};

/// A client of Bedrock on AWS or of the local emulator: made by [`Backend::bedrock`](crate::aws::backend::Backend::bedrock).
///
/// All clients of a backend share its connections, and threads may share a client.
#[derive(Clone)]
pub struct BedrockClient {
    pub(super) control: aws_sdk_bedrock::Client,
    pub(super) bedrock_runtime: aws_sdk_bedrockruntime::Client,
    pub(super) runtime: BlockingRuntime,
}

// By hand: the configuration holds credentials.
impl fmt::Debug for BedrockClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockClient").finish_non_exhaustive()
    }
}

impl BedrockClient {
    /// Returns a client of the local emulator. It reads no environment variable and no file.
    pub(crate) fn local(access: &LocalAccess) -> Self {
        let config = local_config(access);
        let control = aws_sdk_bedrock::config::Builder::from(&config).retry_partition(local_partition()).build();
        let bedrock_runtime = aws_sdk_bedrockruntime::config::Builder::from(&config);
        let bedrock_runtime = bedrock_runtime.retry_partition(local_partition()).build();
        Self {
            control: aws_sdk_bedrock::Client::from_conf(control),
            bedrock_runtime: aws_sdk_bedrockruntime::Client::from_conf(bedrock_runtime),
            runtime: access.connections.runtime.clone(),
        }
    }

    /// A client of AWS, or of what `AWS_ENDPOINT_URL_BEDROCK` and `AWS_ENDPOINT_URL_BEDROCK_RUNTIME` name.
    pub(crate) fn aws(session: &AwsSession, Connections { http, runtime }: Connections) -> Self {
        let config = session.config(&http);
        Self {
            control: aws_sdk_bedrock::Client::new(&config),
            bedrock_runtime: aws_sdk_bedrockruntime::Client::new(&config),
            runtime,
        }
    }
}

//! S3: with `bedrock` and `identity` the only place that names an AWS SDK.

pub(crate) mod client;

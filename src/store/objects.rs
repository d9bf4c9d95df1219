//! Objects in S3: the calls that this crate makes, and what they answer.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};

use super::S3Uri;
use crate::block_on::block_on;
use crate::error::{Error, IoContext, Result};
use crate::images::Digest;

/// Objects from this size on are sent in parts, bytes. S3 takes up to 5 GiB at once; a lost connection costs one part.
pub const MULTIPART_FROM_BYTES: u64 = 16 * 1024 * 1024;
/// Length of a part, bytes; S3's least is 5 MiB, its most 10,000 parts.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Name of the metadata that holds the sha256 of an object's bytes, 64 hex digits.
const SHA256_METADATA: &str = "sha256";

/// Name of the metadata that tells what is known of the validity of an object's data set.
pub const VALIDATION_METADATA: &str = "nova-ft-validation";

/// What S3 says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteObject {
    /// Length.
    pub size_bytes: u64,
    /// Of its bytes, where whoever put it said so.
    pub sha256: Option<Digest>,
    /// As S3 writes it, with quotes.
    pub etag: Option<String>,
    /// What [`VALIDATION_METADATA`] says, where it is there.
    pub validation: Option<String>,
}

impl RemoteObject {
    /// What the metadata of an object say of it.
    pub(crate) fn new(size_bytes: u64, etag: Option<String>, metadata: &HashMap<String, String>) -> Self {
        let sha256 = metadata.get(SHA256_METADATA).and_then(|hex| hex.parse().ok());
        Self { size_bytes, sha256, etag, validation: metadata.get(VALIDATION_METADATA).cloned() }
    }
}

/// An object to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject {
    /// Where it goes.
    pub uri: S3Uri,
    /// Of the file's bytes; S3 refuses a body that differs.
    pub sha256: Digest,
    /// Length.
    pub size_bytes: u64,
    /// MIME type.
    pub content_type: String,
    /// More metadata: ASCII names and values.
    pub metadata: BTreeMap<String, String>,
}

/// The calls on objects that a step needs.
pub(crate) trait Objects: Send + Sync {
    /// Whether the bucket is there.
    fn check_bucket(&self, bucket: &str) -> impl Future<Output = Result<()>> + Send;
    /// What is there, if anything.
    fn head(&self, uri: &S3Uri) -> impl Future<Output = Result<Option<RemoteObject>>> + Send;
    /// Puts a file; returns the `ETag`.
    fn put(&self, file: &Path, object: &NewObject) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// Access to S3, or to the stand-in: made by [`Backend::object_store`](crate::backend::Backend::object_store).
#[derive(Debug, Clone)]
pub struct ObjectStore {
    client: Client,
}

impl ObjectStore {
    /// A store on an SDK client.
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Whether a bucket is there and may be looked at.
    ///
    /// # Errors
    /// Where the service does not answer, or refuses to say.
    pub fn has_bucket(&self, bucket: &str) -> Result<bool> {
        match block_on(self.check_bucket(bucket))? {
            Ok(()) => Ok(true),
            Err(Error::Service { code, .. }) if code == "NoSuchBucket" => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All keys of a bucket below a prefix, sorted.
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        block_on(async {
            let mut keys = Vec::new();
            let mut pages = self.client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page =
                    page.map_err(|error| service_error("ListObjectsV2", format!("s3://{bucket}/{prefix}"), &error))?;
                keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
            }
            Ok(keys)
        })?
    }

    /// The bytes of an object.
    pub fn read(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        block_on(async {
            let answer = self.client.get_object().bucket(&uri.bucket).key(&uri.key).send().await;
            let answer = answer.map_err(|error| service_error("GetObject", uri.to_string(), &error))?;
            let body = answer.body.collect().await.map_err(|error| cut_short("GetObject", uri, &error))?;
            Ok(body.to_vec())
        })?
    }

    async fn put_whole(&self, file: &Path, object: &NewObject) -> Result<Option<String>> {
        let bytes = tokio::fs::read(file).await.at("read", file)?;
        let request = self
            .client
            .put_object()
            .bucket(&object.uri.bucket)
            .key(&object.uri.key)
            .content_type(&object.content_type)
            .checksum_sha256(object.sha256.base64())
            .set_metadata(Some(metadata(object)))
            .body(ByteStream::from(bytes));
        let answer =
            request.send().await.map_err(|error| service_error("PutObject", object.uri.to_string(), &error))?;
        Ok(answer.e_tag().map(str::to_owned))
    }

    async fn put_in_parts(&self, file: &Path, object: &NewObject) -> Result<Option<String>> {
        let target = object.uri.to_string();
        let created = self
            .client
            .create_multipart_upload()
            .bucket(&object.uri.bucket)
            .key(&object.uri.key)
            .content_type(&object.content_type)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .set_metadata(Some(metadata(object)))
            .send()
            .await
            .map_err(|error| service_error("CreateMultipartUpload", target.clone(), &error))?;
        let upload_id = created.upload_id().unwrap_or_default().to_owned();
        let sent = self.send_parts(file, object, &upload_id).await;
        if sent.is_err() {
            // Parts that nobody completes cost money for ever; that they stay is worth less than the first error.
            let abort = self.client.abort_multipart_upload().bucket(&object.uri.bucket).key(&object.uri.key);
            let _ = abort.upload_id(&upload_id).send().await;
        }
        sent
    }

    async fn send_parts(&self, file: &Path, object: &NewObject, upload_id: &str) -> Result<Option<String>> {
        use tokio::io::AsyncReadExt as _;
        let target = object.uri.to_string();
        let mut input = tokio::fs::File::open(file).await.at("read", file)?;
        let mut parts = Vec::new();
        let mut whole = crate::images::Hasher::default();
        loop {
            let mut bytes = Vec::with_capacity(PART_BYTES);
            (&mut input).take(PART_BYTES as u64).read_to_end(&mut bytes).await.at("read", file)?;
            if bytes.is_empty() {
                break;
            }
            whole.update(&bytes);
            let number = i32::try_from(parts.len() + 1).unwrap_or(i32::MAX);
            let checksum = crate::images::hash_bytes(&bytes).base64();
            let request =
                self.client.upload_part().bucket(&object.uri.bucket).key(&object.uri.key).upload_id(upload_id);
            let request = request.part_number(number).checksum_sha256(&checksum).body(ByteStream::from(bytes));
            let answer = request.send().await.map_err(|error| service_error("UploadPart", target.clone(), &error))?;
            let part = CompletedPart::builder().part_number(number).checksum_sha256(checksum);
            parts.push(part.set_e_tag(answer.e_tag().map(str::to_owned)).build());
        }
        if whole.finish() != object.sha256 {
            return Err(Error::input(file, "the file changed while it was being sent", "run the same command again."));
        }
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.client.complete_multipart_upload().bucket(&object.uri.bucket).key(&object.uri.key);
        let request = request.upload_id(upload_id).multipart_upload(upload);
        let answer = request.send().await.map_err(|error| service_error("CompleteMultipartUpload", target, &error))?;
        Ok(answer.e_tag().map(str::to_owned))
    }
}

impl Objects for ObjectStore {
    async fn check_bucket(&self, bucket: &str) -> Result<()> {
        match self.client.head_bucket().bucket(bucket).send().await {
            Ok(_) => Ok(()),
            Err(error) => match status(&error) {
                Some(404) => Err(Error::Service {
                    operation: "HeadBucket",
                    target: format!("s3://{bucket}"),
                    code: "NoSuchBucket".to_owned(),
                    message: "the bucket does not exist".to_owned(),
                    hint: hint("NoSuchBucket").to_owned(),
                }),
                // Whoever may put objects need not be allowed to look at the bucket.
                Some(403) => Ok(()),
                _ => Err(service_error("HeadBucket", format!("s3://{bucket}"), &error)),
            },
        }
    }

    async fn head(&self, uri: &S3Uri) -> Result<Option<RemoteObject>> {
        let request = self.client.head_object().bucket(&uri.bucket).key(&uri.key).checksum_mode(ChecksumMode::Enabled);
        match request.send().await {
            Ok(answer) => {
                let size_bytes = u64::try_from(answer.content_length().unwrap_or_default()).unwrap_or_default();
                let etag = answer.e_tag().map(str::to_owned);
                Ok(Some(RemoteObject::new(size_bytes, etag, answer.metadata().unwrap_or(&HashMap::new()))))
            }
            Err(error) => match status(&error) {
                // HEAD has no body, so a missing bucket and a missing key look the same; the put will tell them apart.
                // Nor does 403 tell: whoever may put objects but not list the bucket gets it for every key that is not there.
                Some(403 | 404) => Ok(None),
                _ => Err(service_error("HeadObject", uri.to_string(), &error)),
            },
        }
    }

    async fn put(&self, file: &Path, object: &NewObject) -> Result<Option<String>> {
        if object.size_bytes < MULTIPART_FROM_BYTES {
            self.put_whole(file, object).await
        } else {
            self.put_in_parts(file, object).await
        }
    }
}

fn metadata(object: &NewObject) -> HashMap<String, String> {
    let own = [(SHA256_METADATA.to_owned(), object.sha256.to_string())];
    object.metadata.clone().into_iter().chain(own).collect()
}

fn cut_short(operation: &'static str, uri: &S3Uri, error: &dyn std::error::Error) -> Error {
    Error::Service {
        operation,
        target: uri.to_string(),
        code: "Interrupted".to_owned(),
        message: error.to_string(),
        hint: "run the same command again.".to_owned(),
    }
}

/// The HTTP status of an answer, where there was one.
fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|raw| raw.status().as_u16())
}

/// The one place where an answer of S3 becomes an error of ours.
pub(crate) fn service_error<E>(operation: &'static str, target: String, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let causes = chain(error);
    let (code, message) = match error {
        // However the SDK files it, nothing was sent.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if causes.contains("credentials") => {
            ("NoCredentials".to_owned(), no_credentials(&causes))
        }
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or_else(|| code_of_status(status(error)));
            let message = service.err().message().map_or_else(|| no_reason(error), str::to_owned);
            (code.to_owned(), message)
        }
        SdkError::TimeoutError(_) => ("TimedOut".to_owned(), "the service did not answer in time".to_owned()),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().map_or_else(String::new, |cause| chain(cause));
            ("Unreachable".to_owned(), if source.is_empty() { "no connection".to_owned() } else { source })
        }
        SdkError::ConstructionFailure(_) => ("BadRequest".to_owned(), causes),
        _ => match status(error) {
            Some(status) if status >= 400 => (code_of_status(Some(status)).to_owned(), no_reason(error)),
            _ => ("NoAnswer".to_owned(), causes),
        },
    };
    let hint = hint(&code).to_owned();
    Error::Service { operation, target, code, message, hint }
}

/// What an answer without a body means: HEAD has none.
fn code_of_status(status: Option<u16>) -> &'static str {
    match status {
        Some(301 | 307 | 308) => "PermanentRedirect",
        Some(400) => "BadRequest",
        Some(401 | 403) => "AccessDenied",
        Some(404) => "NotFound",
        Some(429 | 503) => "SlowDown",
        Some(500..=599) => "InternalError",
        _ => "Refused",
    }
}

fn no_reason<E>(error: &SdkError<E, HttpResponse>) -> String {
    let region = error.raw_response().and_then(|raw| raw.headers().get("x-amz-bucket-region"));
    match (region, status(error)) {
        (Some(region), Some(301 | 307 | 308 | 400)) => format!("the bucket is in {region}"),
        (_, Some(status)) => format!("HTTP status {status}, without a reason"),
        _ => "the service gave no reason".to_owned(),
    }
}

/// The part of the chain that says which credentials were looked for, on one line.
fn no_credentials(causes: &str) -> String {
    let part = causes.split(": ").find(|part| part.contains("profile") && !part.contains('\n'));
    part.map_or_else(|| "no usable credentials were found".to_owned(), |part| format!("no usable credentials: {part}"))
}

/// An error and its causes in one line. The SDK's causes name hosts and reasons, never credentials.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

fn hint(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => "create the bucket in the job's Region, or name another with --s3-bucket and prepare again.",
        "AccessDenied" | "AllAccessDisabled" => {
            "the credentials in use may not do this: see their policy, and the bucket's."
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the credentials have expired: get new ones and run the same command again."
        }
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "the credentials are not valid here: see AWS_PROFILE and the keys."
        }
        "RequestTimeTooSkewed" => "this machine's clock is wrong: set it and run the same command again.",
        "BadDigest" | "XAmzContentChecksumMismatch" | "InvalidDigest" | "XAmzContentSHA256Mismatch" => {
            "the bytes changed on the way or on the disk: run the same command again."
        }
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            "the bucket is in another Region: name it with --region."
        }
        "SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout" | "Throttling" | "TooManyRequests" => {
            "the service is busy: run the same command again, it goes on where it stopped."
        }
        "Unreachable" | "TimedOut" | "NoAnswer" => {
            "check the network and the endpoint, and run the same command again."
        }
        "NoCredentials" => {
            "set AWS_PROFILE to a profile that exists, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`."
        }
        "BadRequest" => "see the credentials, the Region and the endpoint in use.",
        _ => "",
    }
}

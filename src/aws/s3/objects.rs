//! Objects in S3: the calls that this crate makes, and what they answer.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};
use hyper::body::Bytes;

use super::S3Uri;
use super::leftovers::give_up_uploads;
use super::listing::{Listing, list_up_to};
use crate::aws::error::{cut_short, own_error, service_error, status, too_large, unexpected};
use crate::aws::runtime::BlockingRuntime;
use crate::error::{Error, IoContext, Result, ServiceErrorKind};
use crate::files::{self, MAX_PART_BYTES};
use crate::images::{Digest, Hasher, hash_bytes};

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
    /// With the sha256 that S3 computed, which goes before what somebody wrote; of parts it has only the checksum of their
    /// checksums, which is none of the bytes.
    pub(crate) fn with_computed(self, checksum_sha256: Option<&str>) -> Self {
        Self { sha256: checksum_sha256.and_then(Digest::from_base64).or(self.sha256), ..self }
    }

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
    /// What is there below a prefix; `None` where that is more than `at_most` objects, or nobody may know.
    fn list(&self, bucket: &str, prefix: &str, at_most: usize) -> impl Future<Output = Result<Option<Listing>>> + Send;
    /// What is there, if anything.
    fn head(&self, uri: &S3Uri) -> impl Future<Output = Result<Option<RemoteObject>>> + Send;
    /// Puts a file; returns the `ETag`.
    fn put(&self, file: &Path, object: &NewObject) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// A client of S3 on AWS or of the local emulator: made by [`Backend::object_store`](crate::aws::backend::Backend::object_store).
#[derive(Debug, Clone)]
pub struct ObjectStore {
    pub(in crate::aws) client: Client,
    pub(crate) runtime: BlockingRuntime,
}

impl ObjectStore {
    /// Returns a store on an SDK client, whose requests are sent on a runtime.
    pub(crate) fn new(client: Client, runtime: BlockingRuntime) -> Self {
        Self { client, runtime }
    }

    /// Whether a bucket is there and may be looked at.
    ///
    /// # Errors
    /// Where the service does not answer, or refuses to say.
    pub fn has_bucket(&self, bucket: &str) -> Result<bool> {
        match self.runtime.block_on(self.check_bucket(bucket))? {
            Ok(()) => Ok(true),
            Err(Error::Service { kind: ServiceErrorKind::BucketNotFound, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All keys of a bucket below a prefix, sorted.
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let listed = self.runtime.block_on(list_up_to(&self.client, bucket, prefix, usize::MAX))??;
        Ok(listed.unwrap_or_default().into_keys().collect())
    }

    /// The bytes of an object, of at most 512 MiB.
    ///
    /// # Errors
    /// As [`Self::read_up_to`].
    pub fn read(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        self.read_up_to(uri, MAX_PART_BYTES)
    }

    /// The bytes of an object, of at most `limit` bytes.
    ///
    /// # Errors
    /// Where the service refuses, the object is larger, or it arrives too slowly.
    pub fn read_up_to(&self, uri: &S3Uri, limit: u64) -> Result<Vec<u8>> {
        self.runtime.block_on(async {
            let answer = self.client.get_object().bucket(&uri.bucket).key(&uri.key).send().await;
            let answer = answer.map_err(|error| service_error("GetObject", uri.to_string(), &error))?;
            if answer.content_length().is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > limit)) {
                return Err(too_large("GetObject", uri, limit));
            }
            let (mut body, mut all) = (answer.body, Vec::new());
            while let Some(bytes) = body.next().await {
                let bytes = bytes.map_err(|error| cut_short("GetObject", uri, &error))?;
                if (all.len() + bytes.len()) as u64 > limit {
                    return Err(too_large("GetObject", uri, limit));
                }
                all.extend_from_slice(&bytes);
            }
            Ok(all)
        })?
    }

    /// Removes an object; one that is not there is removed already.
    pub fn remove(&self, uri: &S3Uri) -> Result<()> {
        let answer = self.runtime.block_on(self.client.delete_object().bucket(&uri.bucket).key(&uri.key).send())?;
        match answer.map_err(|error| service_error("DeleteObject", uri.to_string(), &error)) {
            Err(Error::Service {
                kind: ServiceErrorKind::BucketNotFound | ServiceErrorKind::ObjectNotFound, ..
            }) => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    async fn put_whole(&self, file: &Path, object: &NewObject) -> Result<Option<String>> {
        use tokio::io::AsyncReadExt as _;
        let input = tokio::fs::File::from_std(files::open(file).at("read", file)?);
        let mut bytes = Vec::with_capacity(object.size_bytes as usize);
        // A file that has grown is not what was announced, and is not read to its end.
        input.take(MULTIPART_FROM_BYTES).read_to_end(&mut bytes).await.at("read", file)?;
        let bytes = Bytes::from(bytes);
        let send = || async {
            let request = self
                .client
                .put_object()
                .bucket(&object.uri.bucket)
                .key(&object.uri.key)
                .content_type(&object.content_type)
                .checksum_sha256(object.sha256.base64())
                .set_metadata(Some(metadata(object)))
                .body(ByteStream::from(bytes.clone()));
            let answer = request.send().await;
            answer.map_err(|error| service_error("PutObject", object.uri.to_string(), &error))
        };
        // When the service finds other bytes than were announced, either the file changed or they were damaged on the way.
        let unchanged = || hash_bytes(&bytes) == object.sha256;
        match resend_damaged(send, unchanged).await {
            Err(error) if is_damage(&error) && !unchanged() => Err(changed(file)),
            answer => Ok(answer?.e_tag().map(str::to_owned)),
        }
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
        let Some(upload_id) = created.upload_id().map(str::to_owned) else {
            return Err(unexpected("CreateMultipartUpload", &target, "the response has no upload id"));
        };
        let error = match self.send_parts(file, object, &upload_id).await {
            Ok(etag) => {
                give_up_uploads(&self.client, &object.uri).await;
                return Ok(etag);
            }
            Err(error) => error,
        };
        if is_given_up(&error)
            && let Ok(Some(remote)) = self.head(&object.uri).await
            && is_as_new(&remote, object)
        {
            return Ok(remote.etag);
        }
        // Parts that nobody completes cost money for ever; that they stay is worth less than the first error.
        let abort = self.client.abort_multipart_upload().bucket(&object.uri.bucket).key(&object.uri.key);
        let _ = abort.upload_id(&upload_id).send().await;
        Err(error)
    }

    async fn send_parts(&self, file: &Path, object: &NewObject, upload_id: &str) -> Result<Option<String>> {
        use tokio::io::AsyncReadExt as _;
        let target = object.uri.to_string();
        let mut input = tokio::fs::File::from_std(files::open(file).at("read", file)?);
        let mut parts = Vec::new();
        let mut whole = Hasher::default();
        loop {
            let mut bytes = Vec::with_capacity(PART_BYTES);
            (&mut input).take(PART_BYTES as u64).read_to_end(&mut bytes).await.at("read", file)?;
            if bytes.is_empty() {
                break;
            }
            whole.update(&bytes);
            let number = i32::try_from(parts.len() + 1).unwrap_or(i32::MAX);
            let checksum = hash_bytes(&bytes).base64();
            let bytes = Bytes::from(bytes);
            let send = || async {
                let request =
                    self.client.upload_part().bucket(&object.uri.bucket).key(&object.uri.key).upload_id(upload_id);
                let body = ByteStream::from(bytes.clone());
                let answer = request.part_number(number).checksum_sha256(&checksum).body(body).send().await;
                answer.map_err(|error| service_error("UploadPart", target.clone(), &error))
            };
            let answer = resend_damaged(send, || true).await?;
            let part = CompletedPart::builder().part_number(number).checksum_sha256(checksum);
            parts.push(part.set_e_tag(answer.e_tag().map(str::to_owned)).build());
        }
        if whole.finish() != object.sha256 {
            return Err(changed(file));
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
                Some(404) => {
                    let (kind, message) = (ServiceErrorKind::BucketNotFound, "the bucket does not exist");
                    Err(own_error(kind, "HeadBucket", format!("s3://{bucket}"), "NoSuchBucket", message))
                }
                // Whoever may put objects need not be allowed to look at the bucket; and an answer to HEAD has no body that
                // says why, which that of the listing after it has.
                Some(400 | 403) => Ok(()),
                _ => Err(service_error("HeadBucket", format!("s3://{bucket}"), &error)),
            },
        }
    }

    async fn list(&self, bucket: &str, prefix: &str, at_most: usize) -> Result<Option<Listing>> {
        match list_up_to(&self.client, bucket, prefix, at_most).await {
            // Whoever may put objects need not be allowed to list them.
            Err(Error::Service { kind: ServiceErrorKind::AccessDenied, .. }) => Ok(None),
            listed => listed,
        }
    }

    async fn head(&self, uri: &S3Uri) -> Result<Option<RemoteObject>> {
        let request = self.client.head_object().bucket(&uri.bucket).key(&uri.key).checksum_mode(ChecksumMode::Enabled);
        match request.send().await {
            Ok(answer) => {
                let size_bytes = u64::try_from(answer.content_length().unwrap_or_default()).unwrap_or_default();
                let etag = answer.e_tag().map(str::to_owned);
                let remote = RemoteObject::new(size_bytes, etag, answer.metadata().unwrap_or(&HashMap::new()));
                Ok(Some(remote.with_computed(answer.checksum_sha256())))
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

/// How often bytes that arrive damaged are sent: the SDK takes that refusal as final.
const DAMAGED_ATTEMPTS: usize = 3;

/// Whether the service got other bytes than it was told of.
fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Service { kind: ServiceErrorKind::ChecksumMismatch, .. })
}

/// Sends once more what arrived damaged, as long as `worth_it`.
async fn resend_damaged<T, F>(send: impl Fn() -> F, worth_it: impl Fn() -> bool) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut answer = send().await;
    for _ in 1..DAMAGED_ATTEMPTS {
        match &answer {
            Err(error) if is_damage(error) && worth_it() => answer = send().await,
            _ => break,
        }
    }
    answer
}

/// Whether an upload in parts is no longer there: another nova-ft has put the same object and given it up, or it was completed and
/// the answer got lost.
fn is_given_up(error: &Error) -> bool {
    matches!(error, Error::Service { kind: ServiceErrorKind::NotFound, .. })
}

/// Whether what is there is what was to be put. Of parts S3 has no checksum of the bytes, so the metadata tell.
fn is_as_new(remote: &RemoteObject, object: &NewObject) -> bool {
    let is_same = remote.sha256 == Some(object.sha256) && remote.size_bytes == object.size_bytes;
    is_same && remote.validation.as_ref() == object.metadata.get(VALIDATION_METADATA)
}

fn changed(file: &Path) -> Error {
    let hint = "if that was meant, run `nova-ft prepare` again, then the same command.";
    Error::input(file, "the file changed after it was checked", hint)
}

fn metadata(object: &NewObject) -> HashMap<String, String> {
    let own = [(SHA256_METADATA.to_owned(), object.sha256.to_string())];
    object.metadata.clone().into_iter().chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_s3_computed_goes_before_what_somebody_wrote() {
        let said = hash_bytes(b"said");
        let metadata = HashMap::from([(SHA256_METADATA.to_owned(), said.to_string())]);
        let sha256 = |computed: Option<&str>| RemoteObject::new(3, None, &metadata).with_computed(computed).sha256;
        assert_eq!(sha256(Some(&hash_bytes(b"true").base64())), Some(hash_bytes(b"true")));
        assert_eq!(sha256(Some(&format!("{}-2", hash_bytes(b"parts").base64()))), Some(said));
        assert_eq!(sha256(None), Some(said));
    }

    #[test]
    fn what_another_put_counts_only_where_it_is_the_same_object() {
        let object = NewObject {
            uri: S3Uri::new("bucket", "k".to_owned()),
            sha256: hash_bytes(b"bytes"),
            size_bytes: 5,
            content_type: String::new(),
            metadata: BTreeMap::from([(VALIDATION_METADATA.to_owned(), "passed".to_owned())]),
        };
        let there = RemoteObject::new(5, None, &metadata(&object));
        assert!(is_as_new(&there, &object));
        let others = [
            RemoteObject { size_bytes: 4, ..there.clone() },
            RemoteObject { sha256: Some(hash_bytes(b"other")), ..there.clone() },
            RemoteObject { sha256: None, ..there.clone() },
            RemoteObject { validation: None, ..there },
        ];
        assert!(others.iter().all(|other| !is_as_new(other, &object)));
    }
}

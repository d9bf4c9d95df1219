//! What is asked of S3 before a job is sent: buckets, objects, a file of records line by line, whether a prefix can be
//! written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, ServerSideEncryption, ServerSideEncryptionConfiguration};
use tokio::task::JoinSet;

use super::{ObjectStore, Objects, RemoteObject, S3Uri};
use crate::aws::error::{cut_short, service_error, status};
use crate::error::{Error, Result, ServiceErrorKind};
use crate::findings::limits::MAX_LINE_BYTES;

/// Objects asked for at the same time.
const CONCURRENCY: usize = 32;
/// From so many objects of a folder on, listing the folder costs less than asking for each.
const LISTED_FROM: usize = 16;
/// Objects of a folder that are listed for each that is looked for.
const LISTED_PER_OBJECT: usize = 4;
/// Objects that are listed anyhow: one request.
const LISTED_ANYHOW: usize = 1_000;

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BucketRegion {
    /// In this Region.
    Known(String),
    /// There is no such bucket.
    Missing,
    /// It does not say.
    Unknown,
}

/// What is done to objects of a bucket for which nobody asks for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Encrypted with a key of KMS, where it is named: of somebody's own.
    Kms(Option<String>),
    /// Nothing that a reader has to do something about.
    Plain,
    /// It does not say.
    Unknown,
}

/// What is seen of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is there.
    There(RemoteObject),
    /// It is not there.
    Missing,
    /// It is not there, or the caller may not see it.
    Denied,
}

/// What came of an attempt to write below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WriteProbe {
    /// An object was put and removed again.
    Writable,
    /// An object was put and could not be removed.
    Left(S3Uri),
    /// The caller may not write there, or there is no such bucket: the service's code and message.
    Refused(String, String),
}

/// What is asked of S3 before a job is sent.
pub(crate) trait Survey {
    /// Where a bucket is.
    fn bucket_region(&self, bucket: &str) -> Result<BucketRegion>;
    /// What is done to its objects.
    fn bucket_encryption(&self, bucket: &str) -> Result<Encryption>;
    /// What is seen of an object.
    fn look(&self, uri: &S3Uri) -> Result<Sight>;
    /// Those of these objects that are not to be seen.
    fn missing(&self, uris: &BTreeSet<S3Uri>) -> Result<BTreeSet<S3Uri>>;
    /// Reads an object line by line, in the memory of a line; a line that is too long is passed over.
    fn read_lines(&self, uri: &S3Uri, on_line: &mut dyn FnMut(&[u8])) -> Result<()>;
    /// Puts an empty object there and removes it.
    fn try_write(&self, probe: &S3Uri) -> Result<WriteProbe>;
}

impl Survey for ObjectStore {
    fn bucket_region(&self, bucket: &str) -> Result<BucketRegion> {
        self.runtime.block_on(async {
            let error = match self.client.head_bucket().bucket(bucket).send().await {
                Ok(answer) => match answer.bucket_region() {
                    Some(region) => return Ok(BucketRegion::Known(region.to_owned())),
                    None => return self.location(bucket).await,
                },
                Err(error) => error,
            };
            // A bucket elsewhere says where even to those who may not look at it.
            let headers = error.raw_response().map(aws_sdk_s3::config::http::HttpResponse::headers);
            if let Some(region) = headers.and_then(|headers| headers.get("x-amz-bucket-region")) {
                return Ok(BucketRegion::Known(region.to_owned()));
            }
            match status(&error) {
                Some(404) => Ok(BucketRegion::Missing),
                Some(400 | 403) => Ok(BucketRegion::Unknown),
                _ => Err(service_error("HeadBucket", format!("s3://{bucket}"), &error)),
            }
        })?
    }

    fn bucket_encryption(&self, bucket: &str) -> Result<Encryption> {
        let answer = match self.runtime.block_on(self.client.get_bucket_encryption().bucket(bucket).send())? {
            Ok(answer) => answer,
            Err(error) => {
                return match service_error("GetBucketEncryption", format!("s3://{bucket}"), &error) {
                    Error::Service { kind: ServiceErrorKind::NotFound, .. } => Ok(Encryption::Plain),
                    // Most services with S3's protocol do not know the question.
                    _ if is_refusal(status(&error)) => Ok(Encryption::Unknown),
                    error => Err(error),
                };
            }
        };
        let rules = answer.server_side_encryption_configuration().map(ServerSideEncryptionConfiguration::rules);
        let defaults =
            rules.unwrap_or_default().iter().filter_map(|rule| rule.apply_server_side_encryption_by_default());
        let by_kms = |algorithm: &ServerSideEncryption| {
            matches!(algorithm, ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse)
        };
        let kms = defaults.into_iter().find(|default| by_kms(default.sse_algorithm()));
        Ok(kms.map_or(Encryption::Plain, |kms| Encryption::Kms(kms.kms_master_key_id().map(str::to_owned))))
    }

    fn look(&self, uri: &S3Uri) -> Result<Sight> {
        self.runtime.block_on(self.look_at(uri))?
    }

    fn missing(&self, uris: &BTreeSet<S3Uri>) -> Result<BTreeSet<S3Uri>> {
        self.runtime.block_on(async {
            let mut missing = BTreeSet::new();
            let mut each = Vec::new();
            for ((bucket, folder), uris) in by_folder(uris) {
                let at_most = uris.len() * LISTED_PER_OBJECT + LISTED_ANYHOW;
                let listed =
                    if uris.len() < LISTED_FROM { None } else { Objects::list(self, bucket, folder, at_most).await? };
                match listed {
                    Some(listing) => {
                        missing.extend(uris.into_iter().filter(|uri| !listing.contains_key(&uri.key)).cloned());
                    }
                    None => each.extend(uris.into_iter().cloned()),
                }
            }
            missing.extend(self.missing_of(each).await?);
            Ok(missing)
        })?
    }

    fn read_lines(&self, uri: &S3Uri, on_line: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.runtime.block_on(async {
            let answer = self.client.get_object().bucket(&uri.bucket).key(&uri.key).send().await;
            let mut body = answer.map_err(|error| service_error("GetObject", uri.to_string(), &error))?.body;
            let mut lines = Lines::default();
            while let Some(bytes) = body.next().await {
                lines.push(&bytes.map_err(|error| cut_short("GetObject", uri, &error))?, on_line);
            }
            lines.finish(on_line);
            Ok(())
        })?
    }

    fn try_write(&self, probe: &S3Uri) -> Result<WriteProbe> {
        self.runtime.block_on(async {
            let put = self.client.put_object().bucket(&probe.bucket).key(&probe.key).body(ByteStream::from_static(b""));
            let delete = self.client.delete_object().bucket(&probe.bucket).key(&probe.key);
            if let Err(error) = put.send().await {
                return match service_error("PutObject", probe.to_string(), &error) {
                    Error::Service { code, message, .. } if matches!(status(&error), Some(301 | 400 | 403 | 404)) => {
                        Ok(WriteProbe::Refused(code, message))
                    }
                    error => {
                        // It may be there all the same, and the answer was lost.
                        let _ = delete.send().await;
                        Err(error)
                    }
                };
            }
            Ok(if delete.send().await.is_ok() { WriteProbe::Writable } else { WriteProbe::Left(probe.clone()) })
        })?
    }
}

impl ObjectStore {
    /// Where a bucket is, of a service that does not say it in a header.
    async fn location(&self, bucket: &str) -> Result<BucketRegion> {
        match self.client.get_bucket_location().bucket(bucket).send().await {
            // The oldest Region is named by nothing.
            Ok(answer) => {
                Ok(BucketRegion::Known(match answer.location_constraint().map(BucketLocationConstraint::as_str) {
                    None | Some("") => "us-east-1".to_owned(),
                    Some(region) => region.to_owned(),
                }))
            }
            Err(error) if is_refusal(status(&error)) => Ok(BucketRegion::Unknown),
            Err(error) => Err(service_error("GetBucketLocation", format!("s3://{bucket}"), &error)),
        }
    }

    async fn look_at(&self, uri: &S3Uri) -> Result<Sight> {
        let request = self.client.head_object().bucket(&uri.bucket).key(&uri.key);
        let error = match request.checksum_mode(aws_sdk_s3::types::ChecksumMode::Enabled).send().await {
            Ok(answer) => {
                let size_bytes = u64::try_from(answer.content_length().unwrap_or_default()).unwrap_or_default();
                let metadata = answer.metadata().cloned().unwrap_or_default();
                let remote = RemoteObject::new(size_bytes, answer.e_tag().map(str::to_owned), &metadata);
                return Ok(Sight::There(remote.with_computed(answer.checksum_sha256())));
            }
            Err(error) => error,
        };
        match status(&error) {
            Some(404) => Ok(Sight::Missing),
            // A bucket in another Region, or a name of none: other checks say so.
            Some(301 | 400 | 403) => Ok(Sight::Denied),
            _ => Err(service_error("HeadObject", uri.to_string(), &error)),
        }
    }

    /// Asks for each object, so many at the same time.
    async fn missing_of(&self, uris: Vec<S3Uri>) -> Result<BTreeSet<S3Uri>> {
        let store = Arc::new(self.clone());
        let mut uris = uris.into_iter();
        let mut tasks = JoinSet::new();
        let mut missing = BTreeSet::new();
        loop {
            while tasks.len() < CONCURRENCY {
                let Some(uri) = uris.next() else { break };
                let store = Arc::clone(&store);
                tasks.spawn(async move { (store.look_at(&uri).await, uri) });
            }
            let Some(done) = tasks.join_next().await else { return Ok(missing) };
            match done {
                Ok((Ok(Sight::There(_)), _)) => {}
                Ok((Ok(Sight::Missing | Sight::Denied), uri)) => {
                    missing.insert(uri);
                }
                Ok((Err(error), _)) => return Err(error),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    }
}

/// Whether the service answered, with something else than success. A success that cannot be read says nothing.
fn is_refusal(status: Option<u16>) -> bool {
    status.is_some_and(|status| status >= 300)
}

/// Objects by their bucket and folder, which ends in a slash or is empty.
fn by_folder(uris: &BTreeSet<S3Uri>) -> BTreeMap<(&str, &str), Vec<&S3Uri>> {
    let mut folders: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for uri in uris {
        let folder = uri.key.rfind('/').map_or("", |slash| &uri.key[..=slash]);
        folders.entry((uri.bucket.as_str(), folder)).or_default().push(uri);
    }
    folders
}

/// Puts lines together again that come in pieces.
#[derive(Debug, Default)]
struct Lines {
    line: Vec<u8>,
    is_too_long: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], on_line: &mut dyn FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.add(&rest[..end]);
            self.end_line(on_line);
            rest = &rest[end + 1..];
        }
        self.add(rest);
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.is_too_long || self.line.len() + bytes.len() > MAX_LINE_BYTES {
            self.is_too_long = true;
            self.line.clear();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self, on_line: &mut dyn FnMut(&[u8])) {
        if !std::mem::take(&mut self.is_too_long) {
            on_line(&self.line);
        }
        self.line.clear();
    }

    fn finish(mut self, on_line: &mut dyn FnMut(&[u8])) {
        if !self.line.is_empty() {
            self.end_line(on_line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        let text = b"one\n\ntwo three\nfour";
        for size in 1..=text.len() {
            let mut got = Vec::new();
            let mut on_line = |line: &[u8]| got.push(String::from_utf8(line.to_vec()).unwrap());
            let mut lines = Lines::default();
            text.chunks(size).for_each(|piece| lines.push(piece, &mut on_line));
            lines.finish(&mut on_line);
            assert_eq!(got, ["one", "", "two three", "four"], "pieces of {size}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_its_memory_given_back() {
        let mut count = 0;
        let mut on_line = |line: &[u8]| {
            assert_eq!(line, b"after");
            count += 1;
        };
        let mut lines = Lines::default();
        for _ in 0..=MAX_LINE_BYTES / 1024 {
            lines.push(&[b'x'; 1024], &mut on_line);
        }
        assert!(lines.line.is_empty());
        lines.push(b"\nafter\n", &mut on_line);
        lines.finish(&mut on_line);
        assert_eq!(count, 1);
    }

    #[test]
    fn objects_of_a_folder_stand_together() {
        let uris: BTreeSet<_> = ["a/1.jpg", "a/2.jpg", "b.jpg"].map(|key| S3Uri::new("bucket", key)).into();
        let folders: Vec<_> = by_folder(&uris).into_iter().map(|(folder, uris)| (folder, uris.len())).collect();
        assert_eq!(folders, [(("bucket", ""), 1), (("bucket", "a/"), 2)]);
    }
}

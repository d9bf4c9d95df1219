//! Put, get, head, copy, delete.

use hyper::HeaderMap;
use s3s::dto::{
    Checksum, ChecksumMode, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectsInput,
    DeleteObjectsOutput, DeletedObject, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, MetadataDirective, PutObjectInput, PutObjectOutput, Range, Timestamp,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use super::LocalS3;
use super::blobs::{NewBlob, announced_checksum, refuse_after_reading};
use super::catalog::{Record, WriteCondition};
use super::checksum::{StoredChecksum, fields_of, with_checksum};

/// What S3 says a body is when nobody said.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// The conditions of a request that reads an object.
macro_rules! conditions_of {
    ($input:ident) => {
        ReadCondition {
            if_match: $input.if_match.as_ref(),
            if_none_match: $input.if_none_match.as_ref(),
            if_modified_since: $input.if_modified_since.as_ref(),
            if_unmodified_since: $input.if_unmodified_since.as_ref(),
        }
    };
}

impl LocalS3 {
    pub(super) async fn put(&self, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let mut input = request.input;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        if let Err(error) = self.catalog.bucket(&bucket) {
            return Err(refuse_after_reading(input.body, error).await);
        }
        let condition = WriteCondition { if_match: input.if_match.take(), if_none_match: input.if_none_match.take() };
        input.content_type.get_or_insert_with(|| DEFAULT_CONTENT_TYPE.to_owned());
        input.checksum_algorithm = input.checksum_algorithm.take().or_else(|| announced_checksum(&request.headers));
        let blob = self.blobs.put(input, request.trailing_headers).await?;
        let record = self.record_of(&blob, key);
        let (etag, checksum) = (record.etag(), fields_of(record.checksum.as_ref()));
        self.publish(&bucket, record, blob, &condition)?;
        Ok(with_checksum!(checksum, PutObjectOutput { e_tag: Some(etag), ..PutObjectOutput::default() }))
    }

    /// A record of a blob, as of now.
    pub(super) fn record_of(&self, blob: &NewBlob<'_>, key: String) -> Record {
        Record {
            key,
            blob: blob.id().to_owned(),
            size_bytes: blob.size_bytes,
            etag: blob.etag.clone(),
            modified_unix_s: self.catalog.now_unix_s(),
            checksum: blob.checksum.clone(),
            upload_id: None,
        }
    }

    /// Makes a blob an object and deletes the one that it replaces.
    pub(super) fn publish(
        &self,
        bucket: &str,
        record: Record,
        blob: NewBlob<'_>,
        condition: &WriteCondition,
    ) -> S3Result<()> {
        let replaced = self.catalog.publish(bucket, record, condition)?;
        blob.keep();
        self.blobs.delete_all(replaced);
        Ok(())
    }

    pub(super) async fn get(&self, input: GetObjectInput) -> S3Result<GetObjectOutput> {
        loop {
            let record = self.catalog.record(&input.bucket, &input.key)?;
            conditions_of!(input).check(&record, S3ErrorCode::NotModified)?;
            let range = input.range.map(|range| within(range, record.size_bytes)).transpose()?;
            let output = match self.blobs.get(&record.blob, range).await {
                Ok(output) => output,
                Err(error) => {
                    self.check_replaced(&input.bucket, &record, error)?;
                    continue;
                }
            };
            let extent = if range.is_some() { Extent::Part } else { Extent::Whole };
            return Ok(with_checksum!(
                asked_checksum(&record, input.checksum_mode.as_ref(), extent),
                GetObjectOutput {
                    accept_ranges: Some("bytes".to_owned()),
                    e_tag: Some(record.etag()),
                    last_modified: Some(record.modified()),
                    ..output
                }
            ));
        }
    }

    pub(super) async fn head(&self, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
        loop {
            let record = self.catalog.record(&input.bucket, &input.key)?;
            conditions_of!(input).check(&record, S3ErrorCode::NotModified)?;
            let output = match self.blobs.head(&record.blob).await {
                Ok(output) => output,
                Err(error) => {
                    self.check_replaced(&input.bucket, &record, error)?;
                    continue;
                }
            };
            return Ok(with_checksum!(
                asked_checksum(&record, input.checksum_mode.as_ref(), Extent::Whole),
                HeadObjectOutput {
                    accept_ranges: Some("bytes".to_owned()),
                    e_tag: Some(record.etag()),
                    last_modified: Some(record.modified()),
                    ..output
                }
            ));
        }
    }

    /// After a blob could not be opened: fine where, between the look at the record and the opening, another request put
    /// the object anew. Else the reason.
    fn check_replaced(&self, bucket: &str, record: &Record, error: S3Error) -> S3Result<()> {
        let now = self.catalog.record(bucket, &record.key)?;
        if now.blob == record.blob { Err(error) } else { Ok(()) }
    }

    pub(super) async fn copy(&self, request: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
        let (source_bucket, source_key) = source_of(&request.input.copy_source, &request.headers)?;
        let input = request.input;
        let source = self.catalog.record(&source_bucket, &source_key)?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        self.catalog.bucket(&bucket)?;
        ReadCondition {
            if_match: input.copy_source_if_match.as_ref(),
            if_none_match: input.copy_source_if_none_match.as_ref(),
            if_modified_since: input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
        }
        .check(&source, S3ErrorCode::PreconditionFailed)?;
        let replaces =
            input.metadata_directive.as_ref().is_some_and(|word| word.as_str() == MetadataDirective::REPLACE);
        if !replaces && (&source_bucket, &source_key) == (&bucket, &key) {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the \
                 object's metadata, storage class, website redirect location or encryption attributes."
            ));
        }
        let mut blob = self.blobs.copy(&source.blob, input).await?;
        // A checksum of checksums says nothing about a copy that is made in one piece.
        blob.checksum = source.checksum.clone().filter(|checksum| !checksum.value.contains('-'));
        let record = self.record_of(&blob, key);
        let result = CopyObjectResult {
            e_tag: Some(record.etag()),
            last_modified: Some(record.modified()),
            checksum_sha256: fields_of(record.checksum.as_ref()).checksum_sha256,
            ..CopyObjectResult::default()
        };
        self.publish(&bucket, record, blob, &WriteCondition::default())?;
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
    }

    pub(super) fn delete(&self, bucket: &str, key: &str) -> S3Result<()> {
        self.blobs.delete_all(self.catalog.remove(bucket, key)?);
        Ok(())
    }

    pub(super) fn delete_many(&self, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
        self.catalog.bucket(&input.bucket)?;
        if input.delete.objects.len() > 1000 {
            return Err(s3_error!(MalformedXML, "At most 1000 keys can be deleted by one request."));
        }
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            match self.delete(&input.bucket, &object.key) {
                Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() }),
                Err(error) => errors.push(s3s::dto::Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                }),
            }
        }
        let quiet = input.delete.quiet == Some(true);
        Ok(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: (!errors.is_empty()).then_some(errors),
            ..DeleteObjectsOutput::default()
        })
    }
}

/// Bucket and key of a copy's source. S3 reads a `+` in this header as a space, as in a form; s3s does not.
pub(super) fn source_of(source: &CopySource, headers: &HeaderMap) -> S3Result<(String, String)> {
    let header = headers.get("x-amz-copy-source").and_then(|value| value.to_str().ok());
    let spaced = header.filter(|text| text.contains('+')).map(|text| CopySource::parse(&text.replace('+', "%20")));
    match spaced.as_ref().and_then(|parsed| parsed.as_ref().ok()).unwrap_or(source) {
        CopySource::Bucket { bucket, key, .. } => Ok((bucket.to_string(), key.to_string())),
        _ => Err(s3_error!(NotImplemented, "The stand-in has no access points.")),
    }
}

/// A range that lies within the object, or the error for one that does not.
pub(super) fn within(range: Range, size_bytes: u64) -> S3Result<Range> {
    let bytes = range.check(size_bytes)?;
    match bytes.end.checked_sub(1) {
        Some(last) if bytes.start <= last => Ok(Range::Int { first: bytes.start, last: Some(last) }),
        _ => Err(s3_error!(InvalidRange, "The requested range is not satisfiable")),
    }
}

/// How much of an object an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Part,
}

/// The checksum for an answer: S3 gives it only with the whole object, and only when it is asked for.
fn asked_checksum(record: &Record, mode: Option<&ChecksumMode>, extent: Extent) -> Checksum {
    let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED) && extent == Extent::Whole;
    record.checksum.as_ref().filter(|_| asked).map(StoredChecksum::fields).unwrap_or_default()
}

/// What must hold of an object that is read.
#[expect(clippy::struct_field_names, reason = "the fields have the names of the request headers")]
pub(super) struct ReadCondition<'a> {
    pub(super) if_match: Option<&'a ETagCondition>,
    pub(super) if_none_match: Option<&'a ETagCondition>,
    pub(super) if_modified_since: Option<&'a Timestamp>,
    pub(super) if_unmodified_since: Option<&'a Timestamp>,
}

impl ReadCondition<'_> {
    /// A condition on the tag goes before the one on the date. `unchanged` is the answer to a reader that has it already.
    pub(super) fn check(&self, record: &Record, unchanged: S3ErrorCode) -> S3Result<()> {
        let (etag, modified) = (record.etag(), record.modified());
        let same = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(tag) => etag.weak_cmp(tag),
        };
        let failed = match (self.if_match, self.if_unmodified_since) {
            (Some(tag), _) => !same(tag),
            (None, Some(date)) => modified > *date,
            (None, None) => false,
        };
        if failed {
            return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
        }
        let is_unchanged = match (self.if_none_match, self.if_modified_since) {
            (Some(tag), _) => same(tag),
            (None, Some(date)) => modified <= *date,
            (None, None) => false,
        };
        if is_unchanged { Err(unchanged.into()) } else { Ok(()) }
    }
}

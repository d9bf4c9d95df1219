//! Multipart uploads. A part is a blob of its own until the upload is completed; then the parts are put together in a
//! new blob, and only when its record is written are they given up: whoever is interrupted can complete again.

use std::collections::BTreeMap;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, ChecksumAlgorithm, ChecksumType, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CopyPartResult, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListPartsInput, ListPartsOutput, PutObjectInput, Range, UploadPartCopyInput,
    UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::LocalS3;
use super::blobs::{NewBlob, announced_checksum, refuse_after_reading};
use super::catalog::{Record, WriteCondition, timestamp};
use super::checksum::{StoredChecksum, fields_of, hasher, with_checksum};
use super::files::{checksum_of_files, join_files};
use super::objects::{ReadCondition, source_of, within};
use foundation::entropy::hex;

/// Every part but the last is at least this large.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
const MAX_PART_NUMBER: i32 = 10_000;

/// An upload that is not finished yet, with the attributes that its object will have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Upload {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) checksum_algorithm: Option<String>,
    pub(super) checksum_type: Option<String>,
    cache_control: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
    content_type: Option<String>,
    expires: Option<s3s::dto::Timestamp>,
    metadata: Option<BTreeMap<String, String>>,
    website_redirect_location: Option<String>,
}

/// A part of an unfinished upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) number: i32,
    pub(super) blob: String,
    pub(super) size_bytes: u64,
    pub(super) etag: String,
    pub(super) modified_unix_s: i64,
    pub(super) checksum: Option<StoredChecksum>,
}

impl LocalS3 {
    pub(super) fn create_upload(&self, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
        if let Some(algorithm) = &input.checksum_algorithm {
            hasher(algorithm.as_str())?;
        }
        let algorithm = input.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned());
        let default_type = match algorithm.as_deref() {
            Some(ChecksumAlgorithm::CRC64NVME) => ChecksumType::FULL_OBJECT,
            _ => ChecksumType::COMPOSITE,
        };
        let asked_type = input.checksum_type.as_ref().map(|kind| kind.as_str().to_owned());
        let checksum_type = algorithm.as_ref().map(|_| asked_type.unwrap_or_else(|| default_type.to_owned()));
        let id = self.catalog.start_upload(Upload {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            checksum_algorithm: algorithm,
            checksum_type: checksum_type.clone(),
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            content_type: input.content_type,
            expires: input.expires,
            metadata: input.metadata.map(|metadata| metadata.into_iter().collect()),
            website_redirect_location: input.website_redirect_location,
        })?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: checksum_type.map(ChecksumType::from),
            ..CreateMultipartUploadOutput::default()
        })
    }

    pub(super) async fn put_part(&self, request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
        let input = request.input;
        let found = self.catalog.upload(&input.upload_id, &input.bucket, &input.key);
        let found = found.and_then(|found| check_number(input.part_number).map(|()| found));
        let (upload, _) = match found {
            Ok(found) => found,
            Err(error) => return Err(refuse_after_reading(input.body, error).await),
        };
        let blob = PutObjectInput {
            body: input.body,
            content_length: input.content_length,
            content_md5: input.content_md5,
            checksum_algorithm: input.checksum_algorithm.or_else(|| announced_checksum(&request.headers)),
            checksum_crc32: input.checksum_crc32,
            checksum_crc32c: input.checksum_crc32c,
            checksum_crc64nvme: input.checksum_crc64nvme,
            checksum_sha1: input.checksum_sha1,
            checksum_sha256: input.checksum_sha256,
            ..PutObjectInput::default()
        };
        let blob = self.blobs.put(blob, request.trailing_headers).await?;
        let actual = blob.checksum.as_ref().map(|checksum| checksum.algorithm.as_str());
        if upload.checksum_algorithm.is_some() && upload.checksum_algorithm.as_deref() != actual {
            return Err(s3_error!(
                InvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                upload.checksum_algorithm.as_deref().unwrap_or("null").to_lowercase(),
                actual.unwrap_or("null").to_lowercase()
            ));
        }
        let part = self.add_part(&input.upload_id, input.part_number, blob)?;
        let checksum = fields_of(part.checksum.as_ref());
        Ok(UploadPartOutput {
            e_tag: Some(ETag::Strong(part.etag)),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..UploadPartOutput::default()
        })
    }

    pub(super) async fn copy_part(&self, request: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
        let (bucket, key) = source_of(&request.input.copy_source, &request.headers)?;
        let input = request.input;
        let (upload, _) = self.catalog.upload(&input.upload_id, &input.bucket, &input.key)?;
        check_number(input.part_number)?;
        let source = self.catalog.record(&bucket, &key)?;
        ReadCondition {
            if_match: input.copy_source_if_match.as_ref(),
            if_none_match: input.copy_source_if_none_match.as_ref(),
            if_modified_since: input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
        }
        .check(&source, s3s::S3ErrorCode::PreconditionFailed)?;
        let range = match input.copy_source_range.as_deref().map(Range::parse) {
            None => None,
            Some(Ok(range)) => Some(within(range, source.size_bytes)?),
            Some(Err(error)) => {
                return Err(s3_error!(error, InvalidArgument, "The x-amz-copy-source-range is not valid."));
            }
        };
        let body = self.blobs.get(&source.blob, range).await?.body;
        let mut blob = self.blobs.put(PutObjectInput { body, ..PutObjectInput::default() }, None).await?;
        if let Some(algorithm) = &upload.checksum_algorithm {
            blob.checksum = checksum_of_files(algorithm.clone(), vec![self.blobs.path(blob.id())]).await?;
        }
        let part = self.add_part(&input.upload_id, input.part_number, blob)?;
        let result = CopyPartResult {
            e_tag: Some(ETag::Strong(part.etag)),
            last_modified: Some(timestamp(part.modified_unix_s)),
            ..CopyPartResult::default()
        };
        Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
    }

    fn add_part(&self, upload_id: &str, number: i32, blob: NewBlob<'_>) -> S3Result<Part> {
        let part = Part {
            number,
            blob: blob.id().to_owned(),
            size_bytes: blob.size_bytes,
            etag: blob.etag.clone(),
            modified_unix_s: self.catalog.now_unix_s(),
            checksum: blob.checksum.clone(),
        };
        let replaced = self.catalog.add_part(upload_id, part.clone())?;
        blob.keep();
        self.blobs.delete_all(replaced);
        Ok(part)
    }

    pub(super) fn parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let (upload, parts) = self.catalog.upload(&input.upload_id, &input.bucket, &input.key)?;
        let limit = input.max_parts.and_then(|count| usize::try_from(count).ok()).unwrap_or(1000).min(1000);
        let after = input.part_number_marker.unwrap_or_default();
        let rest: Vec<_> = parts.into_values().filter(|part| part.number > after).collect();
        let is_truncated = rest.len() > limit;
        let page: Vec<_> = rest.into_iter().take(limit).map(part_in_answer).collect();
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            part_number_marker: Some(after),
            max_parts: i32::try_from(limit).ok(),
            is_truncated: Some(is_truncated),
            next_part_number_marker: page.last().and_then(|part| part.part_number).filter(|_| is_truncated),
            parts: Some(page),
            checksum_algorithm: upload.checksum_algorithm.clone().map(ChecksumAlgorithm::from),
            checksum_type: upload.checksum_type.clone().map(ChecksumType::from),
            ..ListPartsOutput::default()
        })
    }

    pub(super) fn abort(&self, input: &AbortMultipartUploadInput) -> S3Result<()> {
        self.catalog.upload(&input.upload_id, &input.bucket, &input.key)?;
        self.blobs.delete_all(self.catalog.end_upload(&input.upload_id)?);
        Ok(())
    }

    pub(super) async fn complete(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let (bucket, key, id) = (&input.bucket, &input.key, &input.upload_id);
        let (upload, parts) = match self.catalog.upload(id, bucket, key) {
            Ok(found) => found,
            // A client that did not hear the answer asks again.
            Err(error) => match self.catalog.record(bucket, key) {
                Ok(record) if record.upload_id.as_ref() == Some(id) => return Ok(completed(bucket, &record)),
                _ => return Err(error),
            },
        };
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let chosen = choose(&named, &parts)?;
        let paths: Vec<_> = chosen.iter().map(|part| self.blobs.path(&part.blob)).collect();
        let checksum = match (upload.checksum_algorithm.as_deref(), upload.checksum_type.as_deref()) {
            (None, _) => None,
            (Some(algorithm), Some(ChecksumType::FULL_OBJECT)) => {
                checksum_of_files(algorithm.to_owned(), paths.clone()).await?
            }
            (Some(algorithm), _) => {
                StoredChecksum::of_parts(algorithm, chosen.iter().map(|part| part.checksum.as_ref()))?
            }
        };
        let put = PutObjectInput {
            body: Some(join_files(paths)),
            cache_control: upload.cache_control.clone(),
            content_disposition: upload.content_disposition.clone(),
            content_encoding: upload.content_encoding.clone(),
            content_language: upload.content_language.clone(),
            content_type: upload.content_type.clone(),
            expires: upload.expires.clone(),
            metadata: upload.metadata.clone().map(|metadata| metadata.into_iter().collect()),
            website_redirect_location: upload.website_redirect_location.clone(),
            content_length: i64::try_from(chosen.iter().map(|part| part.size_bytes).sum::<u64>()).ok(),
            ..PutObjectInput::default()
        };
        let blob = self.blobs.put(put, None).await?;
        let record = Record {
            etag: etag_of_parts(&chosen)?,
            checksum,
            upload_id: Some(id.clone()),
            ..self.record_of(&blob, key.clone())
        };
        let answer = completed(bucket, &record);
        let condition = WriteCondition { if_match: input.if_match, if_none_match: input.if_none_match };
        self.publish(bucket, record, blob, &condition)?;
        self.blobs.delete_all(self.catalog.end_upload(id)?);
        Ok(answer)
    }
}

fn check_number(number: i32) -> S3Result<()> {
    if (1..=MAX_PART_NUMBER).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
}

/// The parts that a client names, after every check that S3 makes of them.
fn choose(named: &[CompletedPart], parts: &BTreeMap<i32, Part>) -> S3Result<Vec<Part>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let invalid = || {
        s3_error!(
            InvalidPart,
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
             specified entity tag may not match the part's entity tag."
        )
    };
    let mut chosen: Vec<Part> = Vec::with_capacity(named.len());
    for name in named {
        let number = name.part_number.ok_or_else(|| s3_error!(MalformedXML, "A part has no number"))?;
        if chosen.last().is_some_and(|previous| previous.number >= number) {
            return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
        }
        let part = parts.get(&number).ok_or_else(invalid)?;
        let same_tag = name.e_tag.as_ref().is_some_and(|etag| etag.value() == part.etag);
        let same_checksum = part.checksum.as_ref().is_none_or(|checksum| {
            let known = checksum.fields();
            [
                (&name.checksum_sha256, &known.checksum_sha256),
                (&name.checksum_sha1, &known.checksum_sha1),
                (&name.checksum_crc64nvme, &known.checksum_crc64nvme),
                (&name.checksum_crc32c, &known.checksum_crc32c),
                (&name.checksum_crc32, &known.checksum_crc32),
            ]
            .iter()
            .all(|(said, known)| said.is_none() || said == known)
        });
        if !same_tag || !same_checksum {
            return Err(invalid());
        }
        chosen.push(part.clone());
    }
    let too_small = chosen.iter().rev().skip(1).any(|part| part.size_bytes < MIN_PART_BYTES);
    if too_small {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    Ok(chosen)
}

/// MD5 of the parts' MD5s, and their number.
fn etag_of_parts(parts: &[Part]) -> S3Result<String> {
    let mut md5 = Md5::new();
    for part in parts {
        let digest: Option<Vec<u8>> = part.etag.as_bytes().chunks(2).map(byte_of_hex).collect();
        md5.update(&digest.ok_or_else(|| s3_error!(InternalError, "a part's ETag is not a digest"))?);
    }
    Ok(format!("{}-{}", hex(&md5.finalize()), parts.len()))
}

fn byte_of_hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn completed(bucket: &str, record: &Record) -> CompleteMultipartUploadOutput {
    with_checksum!(
        fields_of(record.checksum.as_ref()),
        CompleteMultipartUploadOutput {
            bucket: Some(bucket.to_owned()),
            key: Some(record.key.clone()),
            e_tag: Some(record.etag()),
            ..CompleteMultipartUploadOutput::default()
        }
    )
}

fn part_in_answer(part: Part) -> s3s::dto::Part {
    let checksum = fields_of(part.checksum.as_ref());
    s3s::dto::Part {
        part_number: Some(part.number),
        size: i64::try_from(part.size_bytes).ok(),
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(timestamp(part.modified_unix_s)),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
    }
}

//! Which multipart uploads are not finished: what a client that was killed has left.

use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, EncodingType, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    MultipartUpload,
};
use s3s::{S3Result, s3_error};

use super::LocalS3;
use super::listing::encode;
use super::multipart::Upload;

/// Uploads of a page, whatever is asked for.
const MAX_PAGE: usize = 1000;

impl LocalS3 {
    /// A page of the unfinished uploads to keys that begin with a prefix.
    pub(super) fn uploads(&self, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
        if input.delimiter.is_some() {
            return Err(s3_error!(NotImplemented, "A listing of uploads with a delimiter is not implemented."));
        }
        let limit = input.max_uploads.and_then(|count| usize::try_from(count).ok()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        // Without a key the other marker is none.
        let after = input.key_marker.as_deref().map(|key| (key, input.upload_id_marker.as_deref()));
        let is_later = |id: &str, key: &str| match after {
            None => true,
            Some((marker, None)) => key > marker,
            Some((marker, Some(last))) => (key, id) > (marker, last),
        };
        let mut rest = self.catalog.uploads(&input.bucket, input.prefix.as_deref().unwrap_or_default())?;
        rest.retain(|(id, upload)| is_later(id, &upload.key));
        let is_truncated = rest.len() > limit;
        rest.truncate(limit);
        let last = rest.last().filter(|_| is_truncated);
        let encoding = input.encoding_type.as_ref();
        Ok(ListMultipartUploadsOutput {
            next_key_marker: last.map(|(_, upload)| encode(&upload.key, encoding)),
            next_upload_id_marker: last.map(|(id, _)| id.clone()),
            uploads: Some(rest.iter().map(|(id, upload)| upload_in_answer(id, upload, encoding)).collect()),
            prefix: input.prefix.map(|prefix| encode(&prefix, encoding)),
            key_marker: input.key_marker.map(|key| encode(&key, encoding)),
            upload_id_marker: input.upload_id_marker,
            max_uploads: i32::try_from(limit).ok(),
            is_truncated: Some(is_truncated),
            bucket: Some(input.bucket),
            encoding_type: input.encoding_type.clone(),
            ..ListMultipartUploadsOutput::default()
        })
    }
}

fn upload_in_answer(id: &str, upload: &Upload, encoding: Option<&EncodingType>) -> MultipartUpload {
    MultipartUpload {
        key: Some(encode(&upload.key, encoding)),
        upload_id: Some(id.to_owned()),
        checksum_algorithm: upload.checksum_algorithm.clone().map(ChecksumAlgorithm::from),
        checksum_type: upload.checksum_type.clone().map(ChecksumType::from),
        ..MultipartUpload::default()
    }
}

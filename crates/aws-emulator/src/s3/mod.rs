//! S3 as the stand-in serves it: the protocol by s3s, the bytes by s3s-fs, and what those two leave open closed here:
//! which buckets and objects exist, when they appear, how they are listed, and every error that AWS would give.

mod blobs;
mod catalog;
mod catalog_files;
mod checksum;
mod fault;
mod files;
mod listing;
mod multipart;
mod objects;
mod own;
mod region;
mod unfinished;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Bucket, BucketLocationConstraint,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput,
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, GetBucketLocationInput,
    GetBucketLocationOutput, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput,
    Owner, PutObjectInput, PutObjectOutput, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use self::blobs::Blobs;
use self::catalog::{Catalog, timestamp};
pub(super) use self::catalog::{Record, bucket_path, record_path};
pub(super) use self::catalog_files::read_json_if_there;
use self::listing::{After, Page, Query, encode};
use super::{ACCOUNT_ID, DEFAULT_REGION};
use foundation::clock::Clock;
use foundation::error::Result;

/// Prefixes and suffixes that AWS keeps for itself; s3s checks the other rules of bucket names.
const RESERVED_PREFIXES: &[&str] = &["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: &[&str] = &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
/// The folder of the blobs, beside those of the catalog.
const BLOBS_FOLDER: &str = "blobs";

/// Where the attributes of an object's blob lie, metadata among them.
pub(super) fn blob_metadata_path(root: &Path, blob: &str) -> PathBuf {
    blobs::metadata_path(&root.join(BLOBS_FOLDER), blob)
}

/// The buckets and objects of one folder; a clone is another handle to them.
#[derive(Debug, Clone)]
pub(super) struct LocalS3 {
    catalog: Arc<Catalog>,
    blobs: Arc<Blobs>,
    region: String,
}

impl LocalS3 {
    /// Opens the folder, which is made if it is missing, and sweeps away what a killed process left half done. The caller
    /// holds the lock of the state folder.
    pub(super) fn open(root: &Path, region: &str, clock: Clock) -> Result<Self> {
        let catalog = Catalog::open(root, clock)?;
        let blobs = Blobs::open(&root.join(BLOBS_FOLDER))?;
        blobs.sweep(&catalog.blobs())?;
        Ok(Self { catalog: Arc::new(catalog), blobs: Arc::new(blobs), region: region.to_owned() })
    }
}

fn check_new_bucket_name(name: &str) -> S3Result<()> {
    let reserved = RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || RESERVED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    if reserved || !s3s::path::check_bucket_name(name) {
        return Err(s3_error!(InvalidBucketName, "The specified bucket is not valid."));
    }
    Ok(())
}

fn count(number: usize) -> Option<i32> {
    i32::try_from(number).ok()
}

fn owner() -> Owner {
    Owner { display_name: None, id: Some(ACCOUNT_ID.to_owned()) }
}

#[async_trait::async_trait]
impl S3 for LocalS3 {
    async fn create_bucket(&self, req: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = req.input.bucket;
        check_new_bucket_name(&name)?;
        let constraint =
            req.input.create_bucket_configuration.and_then(|configuration| configuration.location_constraint);
        let sent_to = req.region.as_ref().map_or(self.region.as_str(), |region| region.as_str());
        let asked = constraint.as_ref().map(BucketLocationConstraint::as_str);
        let region = region::of_new_bucket(asked, sent_to)?;
        self.catalog.create_bucket(&name, region)?;
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{name}")) }))
    }

    async fn delete_bucket(&self, req: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.blobs.delete_all(self.catalog.delete_bucket(&req.input.bucket)?);
        Ok(S3Response::with_status(DeleteBucketOutput {}, hyper::StatusCode::NO_CONTENT))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        let bucket = self.catalog.bucket(&req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(bucket.region), ..HeadBucketOutput::default() }))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let buckets = self.catalog.buckets().into_iter().map(|(name, bucket)| Bucket {
            name: Some(name),
            creation_date: Some(timestamp(bucket.created_unix_s)),
            bucket_region: Some(bucket.region),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            owner: Some(owner()),
            ..ListBucketsOutput::default()
        }))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        let region = self.catalog.bucket(&req.input.bucket)?.region;
        // The oldest Region has no name here, as in AWS.
        let location_constraint = (region != DEFAULT_REGION).then(|| BucketLocationConstraint::from(region));
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = req.input;
        let after = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => After::parse(token)
                .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))?,
            (None, Some(key)) => After::Key(key.clone()),
            (None, None) => After::Nothing,
        };
        let query = Query::new(input.prefix, input.delimiter.as_ref(), after, input.max_keys)?;
        let page = self.catalog.with_objects(&input.bucket, |objects| Page::read(objects, &query))?;
        let encoding = input.encoding_type.as_ref();
        let encoded = |text: Option<String>| text.map(|text| encode(&text, encoding));
        Ok(S3Response::new(ListObjectsV2Output {
            contents: Some(page.contents(encoding)),
            common_prefixes: Some(page.common_prefixes(encoding)),
            key_count: count(page.len()),
            max_keys: count(query.max_keys),
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_ref().and_then(After::token),
            continuation_token: input.continuation_token,
            name: Some(input.bucket),
            prefix: encoded(Some(query.prefix)),
            delimiter: encoded(input.delimiter),
            start_after: encoded(input.start_after),
            encoding_type: input.encoding_type.clone(),
            ..ListObjectsV2Output::default()
        }))
    }

    async fn list_objects(&self, req: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = req.input;
        let after = match (&input.marker, &input.delimiter) {
            (None, _) => After::Nothing,
            // The marker of a page that ended with a common prefix.
            (Some(marker), Some(delimiter)) if !delimiter.is_empty() && marker.ends_with(delimiter.as_str()) => {
                After::Group(marker.clone())
            }
            (Some(marker), _) => After::Key(marker.clone()),
        };
        let query = Query::new(input.prefix, input.delimiter.as_ref(), after, input.max_keys)?;
        let page = self.catalog.with_objects(&input.bucket, |objects| Page::read(objects, &query))?;
        let encoding = input.encoding_type.as_ref();
        let encoded = |text: Option<String>| text.map(|text| encode(&text, encoding));
        Ok(S3Response::new(ListObjectsOutput {
            contents: Some(page.contents(encoding)),
            common_prefixes: Some(page.common_prefixes(encoding)),
            max_keys: count(query.max_keys),
            is_truncated: Some(page.next.is_some()),
            next_marker: encoded(page.next.as_ref().and_then(After::marker)),
            name: Some(input.bucket),
            prefix: encoded(Some(query.prefix)),
            delimiter: encoded(input.delimiter),
            marker: encoded(input.marker),
            encoding_type: input.encoding_type.clone(),
            ..ListObjectsOutput::default()
        }))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.put(req).await.map(S3Response::new)
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.get(req.input).await.map(S3Response::new)
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.head(req.input).await.map(S3Response::new)
    }

    async fn copy_object(&self, req: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        self.copy(req).await.map(S3Response::new)
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.delete(&req.input.bucket, &req.input.key)?;
        Ok(S3Response::with_status(DeleteObjectOutput::default(), hyper::StatusCode::NO_CONTENT))
    }

    async fn delete_objects(&self, req: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.delete_many(req.input).map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.create_upload(req.input).map(S3Response::new)
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.put_part(req).await.map(S3Response::new)
    }

    async fn upload_part_copy(
        &self,
        req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        self.copy_part(req).await.map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.uploads(req.input).map(S3Response::new)
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        self.parts(req.input).map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.complete(req.input).await.map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.abort(&req.input)?;
        Ok(S3Response::with_status(AbortMultipartUploadOutput::default(), hyper::StatusCode::NO_CONTENT))
    }
}

#[cfg(test)]
mod tests;

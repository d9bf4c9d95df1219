//! The stand-in's own way to its objects, for the services beside S3.

use std::fs::File;

use s3s::dto::{PutObjectInput, StreamingBlob};
use s3s::{S3Result, s3_error};

use super::LocalS3;
use super::blobs::request;

impl LocalS3 {
    /// The Region of a bucket; `None` where there is none of that name.
    pub(crate) fn bucket_region(&self, bucket: &str) -> Option<String> {
        self.catalog.bucket(bucket).ok().map(|bucket| bucket.region)
    }

    /// The keys of a bucket below a prefix, sorted; `None` where there is no such bucket.
    pub(crate) fn keys_below(&self, bucket: &str, prefix: &str) -> Option<Vec<String>> {
        let keys = self.catalog.with_objects(bucket, |objects| {
            let below = objects.range(prefix.to_owned()..).map(|(key, _)| key);
            below.take_while(|key| key.starts_with(prefix)).cloned().collect()
        });
        keys.ok()
    }

    /// An object's bytes and how many they are; `None` where it does not exist.
    ///
    /// # Errors
    /// What the system says of a file that cannot be opened.
    pub(crate) fn open_object(&self, bucket: &str, key: &str) -> std::io::Result<Option<(File, u64)>> {
        loop {
            let Ok(record) = self.catalog.record(bucket, key) else { return Ok(None) };
            match File::open(self.blobs.path(&record.blob)) {
                Ok(file) => return Ok(Some((file, record.size_bytes))),
                // Replaced between the look at the record and the opening: look again.
                Err(_) if self.catalog.record(bucket, key).is_ok_and(|now| now.blob != record.blob) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes an object. To be called from a thread that may block.
    ///
    /// # Errors
    /// What S3 would answer.
    pub(crate) fn write_object(&self, bucket: &str, key: &str, content_type: &str, bytes: Vec<u8>) -> S3Result<()> {
        let input = PutObjectInput {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            content_length: i64::try_from(bytes.len()).ok(),
            content_type: Some(content_type.to_owned()),
            body: Some(StreamingBlob::from(s3s::Body::from(bytes))),
            ..PutObjectInput::default()
        };
        let put = self.put(request(input, None));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => runtime.block_on(put),
            Err(_) => tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| s3_error!(InternalError, "{error}"))?
                .block_on(put),
        }
        .map(|_| ())
    }
}

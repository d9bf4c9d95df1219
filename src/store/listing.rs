//! What a bucket holds below a prefix, a thousand objects a request.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;

use super::fault::service_error;
use crate::error::Result;

/// Objects by key.
pub(crate) type Listing = BTreeMap<String, ListedObject>;

/// What a listing tells of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedObject {
    /// Length.
    pub(crate) size_bytes: u64,
    /// As S3 writes it, with quotes: of the bytes, whatever the metadata.
    pub(crate) etag: Option<String>,
    /// When it was put, in seconds since 1970.
    pub(crate) modified_unix_s: Option<i64>,
}

/// All objects below a prefix; `None` once it is clear that there are more than `at_most`.
pub(super) async fn list_up_to(client: &Client, bucket: &str, prefix: &str, at_most: usize) -> Result<Option<Listing>> {
    let mut listing = Listing::new();
    let mut pages = client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| service_error("ListObjectsV2", format!("s3://{bucket}/{prefix}"), &error))?;
        for object in page.contents.unwrap_or_default() {
            let size_bytes = u64::try_from(object.size.unwrap_or_default()).unwrap_or_default();
            let Some(key) = object.key else { continue };
            let modified_unix_s = object.last_modified.map(|moment| moment.secs());
            listing.insert(key, ListedObject { size_bytes, etag: object.e_tag, modified_unix_s });
        }
        if listing.len() > at_most {
            return Ok(None);
        }
    }
    Ok(Some(listing))
}

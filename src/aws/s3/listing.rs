//! What a bucket holds below a prefix, a thousand objects a request.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::Object;

use super::pages::{Page, collect_pages};
use crate::aws::error::{service_error, unexpected};
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
    const OPERATION: &str = "ListObjectsV2";
    let target = format!("s3://{bucket}/{prefix}");
    let call = client.list_objects_v2().bucket(bucket).prefix(prefix);
    let objects = collect_pages(OPERATION, &target, at_most.saturating_add(1), |token| {
        let (call, target) = (call.clone().set_continuation_token(token), target.clone());
        async move {
            let answer = call.send().await.map_err(|error| service_error(OPERATION, target.clone(), &error))?;
            if answer.is_truncated() == Some(true) && answer.next_continuation_token().is_none() {
                return Err(unexpected(OPERATION, &target, "the list is cut off and has no token for its next page"));
            }
            // An empty list has no element of its own in XML; the root element says what document it is.
            let items = Some(answer.contents.unwrap_or_default().into_iter().filter_map(listed).collect());
            Ok(Page { items, next_token: answer.next_continuation_token })
        }
    });
    let listing: Listing = objects.await?.into_iter().collect();
    Ok((listing.len() <= at_most).then_some(listing))
}

fn listed(object: Object) -> Option<(String, ListedObject)> {
    let size_bytes = u64::try_from(object.size.unwrap_or_default()).unwrap_or_default();
    let modified_unix_s = object.last_modified.map(|moment| moment.secs());
    Some((object.key?, ListedObject { size_bytes, etag: object.e_tag, modified_unix_s }))
}

//! Uploads in parts that nobody will complete: their process was killed, or its answer was lost. Parts cost money until they are given up.

use aws_sdk_s3::Client;

use super::S3Uri;

/// Gives up all unfinished uploads to a key, once its object is there: another nova-ft that still sends to it finds the object.
/// Whoever may put objects need not be allowed to list uploads or to abort them; then they stay, and the object is no worse for it.
pub(super) async fn give_up_uploads(client: &Client, uri: &S3Uri) {
    // Keys come in their order, so that those of the key itself are on the first page.
    let Ok(listed) = client.list_multipart_uploads().bucket(&uri.bucket).prefix(&uri.key).send().await else { return };
    for upload in listed.uploads() {
        if let (Some(key), Some(id)) = (upload.key(), upload.upload_id())
            && key == uri.key
        {
            let _ = client.abort_multipart_upload().bucket(&uri.bucket).key(key).upload_id(id).send().await;
        }
    }
}

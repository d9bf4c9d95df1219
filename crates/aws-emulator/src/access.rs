//! Who may ask: the one pair of keys of a stand-in.

use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use super::state::Keys;

/// Knows the keys of the stand-in and no other.
#[derive(Debug)]
pub(super) struct OwnKeys(pub(super) Keys);

#[async_trait::async_trait]
impl S3Auth for OwnKeys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.0.access_key_id {
            Ok(SecretKey::from(self.0.secret_access_key.reveal()))
        } else {
            Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records."))
        }
    }
}

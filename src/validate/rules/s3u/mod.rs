//! S3 locations.

pub(crate) mod bucket_owner_missing;
pub(crate) mod second_bucket;
pub(crate) mod second_owner;
pub(crate) mod unsafe_key;
pub(crate) mod uri_without_scheme;

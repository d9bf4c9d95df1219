//! S3: objects and their names. The only module that names the SDK of S3, and that asks the SDK for the AWS settings.

pub(super) mod bounded;
pub(crate) mod client;
mod disk;
mod leftovers;
mod listing;
mod objects;
pub(crate) mod pages;
mod survey;
mod uri;

pub(crate) use listing::{ListedObject, Listing};
pub(crate) use objects::Objects;
pub use objects::{MULTIPART_FROM_BYTES, NewObject, ObjectStore, RemoteObject, VALIDATION_METADATA};
pub(crate) use survey::{BucketRegion, Encryption, Sight, Survey, WriteProbe};
pub(crate) use uri::split_uri;
pub use uri::{S3Uri, is_bucket_name};

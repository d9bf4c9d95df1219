//! S3: objects and their names. The only module that names the SDK of S3.

mod objects;
mod uri;

pub(crate) use objects::Objects;
pub use objects::{NewObject, ObjectStore, RemoteObject, MULTIPART_FROM_BYTES};
pub use uri::{is_bucket_name, S3Uri};

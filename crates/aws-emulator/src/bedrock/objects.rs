//! Where a job's data lie, and what AWS says when they do not.

use std::fmt;
use std::fs::File;
use std::io::Read as _;

use super::fault::Fault;
use crate::s3::LocalS3;

/// A place in S3, as requests and data sets name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) bucket: String,
    /// Empty for the bucket itself.
    pub(super) key: String,
}

impl Location {
    /// Bucket and key of `s3://bucket/key`.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("s3://")?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// A place below this one.
    pub(super) fn join(&self, path: &str) -> Self {
        let folder = self.key.trim_end_matches('/');
        let key = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        Self { bucket: self.bucket.clone(), key }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// The refusal for an object that is missing. AWS does not tell that from one that the role may not read.
pub(super) fn unreadable(location: &Location) -> Fault {
    let Location { bucket, key } = location;
    Fault::validation(format!(
        "Could not validate GetObject permissions to access Amazon S3 bucket: {bucket} at key {key}"
    ))
}

/// The refusal for a place that cannot be written.
fn unwritable(location: &Location) -> Fault {
    let Location { bucket, key } = location;
    Fault::validation(format!(
        "Amazon S3 perms missing (PutObject): Could not validate PutObject permissions to access Amazon S3 bucket: \
         {bucket} at key {key}"
    ))
}

/// Opens an object.
pub(super) fn open(s3: &LocalS3, location: &Location) -> Result<(File, u64), Fault> {
    let opened = s3.open_object(&location.bucket, &location.key).map_err(|error| Fault::internal(error.to_string()))?;
    opened.ok_or_else(|| unreadable(location))
}

/// Reads a whole object of at most so many bytes; `None` where it is larger.
pub(super) fn read(s3: &LocalS3, location: &Location, at_most: u64) -> Result<Option<Vec<u8>>, Fault> {
    let (file, size) = open(s3, location)?;
    if size > at_most {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(at_most).read_to_end(&mut bytes).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(Some(bytes))
}

/// Writes an object.
///
/// # Errors
/// [`unwritable`] where S3 would refuse it; an internal fault where this machine cannot, as with a full disk.
pub(super) fn write(s3: &LocalS3, location: &Location, content_type: &str, bytes: Vec<u8>) -> Result<(), Fault> {
    s3.write_object(&location.bucket, &location.key, content_type, bytes).map_err(|error| {
        let status = error.status_code().or_else(|| error.code().status_code());
        if status.is_some_and(|status| status.is_client_error()) {
            return unwritable(location);
        }
        Fault::internal(error.message().unwrap_or_else(|| error.code().as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_joined_with_one_slash() {
        for (uri, key) in [("s3://b", "x/y"), ("s3://b/", "x/y"), ("s3://b/out", "out/x/y"), ("s3://b/out/", "out/x/y")]
        {
            assert_eq!(Location::parse(uri).unwrap().join("x/y"), Location { bucket: "b".into(), key: key.into() });
        }
        assert_eq!((Location::parse("b/k"), Location::parse("s3:///k")), (None, None));
    }
}

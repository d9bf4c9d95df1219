use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// An object: `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct S3Uri {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key, without a leading slash.
    pub key: String,
}

impl S3Uri {
    /// An object of a bucket.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl FromStr for S3Uri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (bucket, key) = split_uri(text)?;
        Ok(Self::new(bucket, key))
    }
}

/// Bucket and key of `s3://bucket/key`; the error says what is wrong.
pub(crate) fn split_uri(text: &str) -> Result<(&str, &str), String> {
    let rest = text.strip_prefix("s3://").ok_or("an S3 URI begins with s3://")?;
    match rest.split_once('/') {
        Some((bucket, key)) if is_bucket_name(bucket) && !is_reserved(bucket) && !key.is_empty() => Ok((bucket, key)),
        Some(("", _)) => Err("the bucket's name is missing".to_owned()),
        Some((bucket, _)) if !is_bucket_name(bucket) => {
            Err(format!("`{bucket}` is not a bucket's name: 3 to 63 small letters, digits, points and hyphens"))
        }
        Some((bucket, _)) if is_reserved(bucket) => {
            Err(format!("`{bucket}` is not a bucket's name: S3 keeps such names for itself"))
        }
        _ => Err("the object's key is missing after the bucket".to_owned()),
    }
}

/// Whether S3 accepts this as the name of a bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>, the part that can be seen in the name).
pub fn is_bucket_name(name: &str) -> bool {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| edge(*b) || b".-".contains(b))
        && edge(bytes[0])
        && edge(bytes[bytes.len() - 1])
        && !name.contains("..")
}

/// Whether a name is an address of the network, or begins or ends as those do that S3 gives to other things.
fn is_reserved(name: &str) -> bool {
    let starts = ["xn--", "sthree-"].iter().any(|start| name.starts_with(start));
    let ends = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|end| name.ends_with(end));
    starts || ends || (name.ends_with(|last: char| last.is_ascii_digit()) && name.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_needs_scheme_bucket_and_key() {
        assert_eq!("s3://bucket/a/b.jpg".parse(), Ok(S3Uri::new("bucket", "a/b.jpg")));
        for bad in [
            "bucket/a.jpg",
            "s3://bucket",
            "s3://bucket/",
            "s3://B_/a",
            "s3:///a",
            "https://x/y",
            "",
            "s3://10.0.0.1/a",
            "s3://ab-s3alias/a",
        ] {
            assert!(bad.parse::<S3Uri>().is_err(), "{bad}");
        }
    }
}

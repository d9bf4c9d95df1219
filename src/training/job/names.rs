//! The patterns of the control plane, as matchers: what a name, a role, a URI, a tag may be made of
//! ([`limits::CREATE_JOB_PAGE`]).

use crate::findings::limits;

/// A job's name: `[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*`, 1 to 63 characters.
pub(super) fn is_job_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() <= limits::MAX_NAME_CHARS
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

/// A model's name: `([0-9a-zA-Z][_-]?){1,63}`, 1 to 63 characters: `_` and `-` only after a letter or digit.
pub(super) fn is_model_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_joint = |byte: u8| byte == b'_' || byte == b'-';
    bytes.len() <= limits::MAX_NAME_CHARS
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || is_joint(*byte))
        && bytes.windows(2).all(|pair| !(is_joint(pair[0]) && is_joint(pair[1])))
}

/// A role: `arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+`, at most 2,048 characters.
pub(super) fn is_role_arn(arn: &str) -> bool {
    let Some((partition, rest)) = arn.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":iam::")) else {
        return false;
    };
    let Some((account, role)) = rest.split_once(":role/") else { return false };
    arn.chars().count() <= limits::MAX_ROLE_ARN_CHARS
        && is_partition_suffix(partition)
        && (account.is_empty() || (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())))
        && !role.is_empty()
        && !role.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// What may follow `arn:aws`: nothing, or `-cn`.
fn is_partition_suffix(text: &str) -> bool {
    text.is_empty() || text.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && !rest.contains(':'))
}

/// A place in S3: `s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?`, at most
/// 1,024 characters.
pub(super) fn is_s3_uri(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("s3://") else { return false };
    let (bucket, key) = match rest.split_once('/') {
        Some((bucket, key)) => (bucket, key),
        None => (rest, ""),
    };
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bucket = bucket.as_bytes();
    let is_bucket = (3..=63).contains(&bucket.len())
        && bucket.iter().all(|byte| edge(*byte) || b"-.".contains(byte))
        && edge(bucket[0])
        && edge(bucket[bucket.len() - 1]);
    let key_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-!_*'().".contains(&byte);
    let parts = key.strip_suffix('/').unwrap_or(key);
    let is_key = key.is_empty() || parts.split('/').all(|part| !part.is_empty() && part.bytes().all(key_byte));
    uri.len() <= limits::MAX_S3_URI_BYTES && is_bucket && is_key
}

/// The characters of a tag: `[a-zA-Z0-9\s._:/=+@-]*`.
pub(super) fn is_tag_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" \t\n\x0B\x0C\r._:/=+@-".contains(&byte))
}

/// A token of idempotency: `[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?`.
pub(super) fn is_request_token(token: &str) -> bool {
    let bytes = token.as_bytes();
    bytes.len() <= 256
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests;

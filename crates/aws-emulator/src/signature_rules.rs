//! What S3 refuses of a signed request besides a wrong signature: unsigned `x-amz-` headers, old signatures, long-lived links.
//!
//! Rules and messages: AWS's pages "Authenticating Requests (AWS Signature Version 4)" and "Error responses" of the Amazon S3 API
//! reference. The signature itself is checked by `s3s`.

use hyper::Request;
use hyper::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;
use s3s::{S3Result, s3_error};

/// Longest validity of a presigned URL, seconds: a week.
const MAX_EXPIRES_S: u64 = 604_800;

/// Checks the signature's form and that it covers every `x-amz-` header, so that nobody adds a header to a link of another.
pub(super) fn check<B>(request: &Request<B>) -> S3Result<()> {
    let query = request.uri().query().unwrap_or_default();
    let mut links = values(query, "X-Amz-Signature");
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_link = links.next().is_some();
    let is_version_2 = values(query, "AWSAccessKeyId").next().is_some() || values(query, "Signature").next().is_some();
    if is_version_2 || authorization.is_some_and(|value| value.starts_with("AWS ")) {
        return Err(s3_error!(
            InvalidRequest,
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        ));
    }
    if is_link && authorization.is_some() {
        return Err(s3_error!(
            InvalidArgument,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter \
             or the Authorization header should be specified"
        ));
    }
    let signed = if is_link {
        check_expiry(query)?;
        values(query, "X-Amz-SignedHeaders").collect::<Vec<_>>().join(";")
    } else {
        authorization.and_then(signed_headers).unwrap_or_default().to_owned()
    };
    let is_signed = |name: &str| signed.split(';').any(|of_signed| of_signed == name);
    // The hash of the body is a part of what is signed, whether its header is or not.
    let needs_signature = |name: &str| name.starts_with("x-amz-") && name != "x-amz-content-sha256";
    let names = request.headers().keys().map(hyper::header::HeaderName::as_str);
    let unsigned: Vec<_> = names.filter(|name| needs_signature(name) && !is_signed(name)).collect();
    if unsigned.is_empty() || (!is_link && authorization.is_none()) {
        // A request without any signature is refused as such.
        return Ok(());
    }
    let unsigned = unsigned.join(", ");
    Err(s3_error!(AccessDenied, "There were headers present in the request which were not signed: {unsigned}"))
}

fn check_expiry(query: &str) -> S3Result<()> {
    let is_too_long = |text: String| text.parse::<u64>().is_ok_and(|seconds| seconds > MAX_EXPIRES_S);
    if values(query, "X-Amz-Expires").any(is_too_long) {
        return Err(s3_error!(
            AuthorizationQueryParametersError,
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds"
        ));
    }
    Ok(())
}

/// The header names of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=a;b, Signature=…`.
fn signed_headers(authorization: &str) -> Option<&str> {
    authorization.split(',').find_map(|part| part.trim().split(' ').next_back()?.strip_prefix("SignedHeaders="))
}

/// The values of a query parameter.
fn values<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    query.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        (decoded(key) == name).then(|| decoded(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str =
        "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=100&X-Amz-Signature=00&X-Amz-SignedHeaders=host";

    fn code(target: &str, headers: &[(&str, &str)]) -> String {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let checked = check(&request.body(()).unwrap());
        checked.map_or_else(|error| error.code().as_str().to_owned(), |()| "accepted".to_owned())
    }

    #[test]
    fn a_presigned_url_covers_every_x_amz_header() {
        assert_eq!(
            code(LINK, &[("content-type", "text/plain"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]),
            "accepted"
        );
        for name in ["x-amz-copy-source", "x-amz-meta-sha256", "X-Amz-Tagging", "x-amz-acl"] {
            assert_eq!(code(LINK, &[(name, "v")]), "AccessDenied", "{name}");
        }
        let signed = format!("{LINK}%3Bx-amz-acl");
        assert_eq!(code(&signed, &[("x-amz-acl", "private")]), "accepted");
        assert_eq!(code(&signed, &[("x-amz-acl", "private"), ("x-amz-tagging", "a=b")]), "AccessDenied");
    }

    #[test]
    fn a_signed_request_covers_every_x_amz_header() {
        let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x-amz-date, Signature=00");
        assert_eq!(code("/b/k", &[signed, ("x-amz-date", "20260101T000000Z")]), "accepted");
        assert_eq!(code("/b/k", &[signed, ("x-amz-copy-source", "/b/other")]), "AccessDenied");
        let without_spaces = ("authorization", "AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=00");
        assert_eq!(code("/b/k", &[without_spaces, ("x-amz-acl", "private")]), "AccessDenied");
    }

    #[test]
    fn old_signatures_long_validity_and_two_mechanisms_are_refused() {
        assert_eq!(code("/b/k?AWSAccessKeyId=a&Signature=b&Expires=1", &[]), "InvalidRequest");
        assert_eq!(code("/b/k", &[("authorization", "AWS a:b")]), "InvalidRequest");
        let lasting = |seconds: &str| LINK.replace("Expires=100", &format!("Expires={seconds}"));
        assert_eq!(code(&lasting("604800"), &[]), "accepted");
        for seconds in ["604801", "99999999999", "604%3801"] {
            assert_eq!(code(&lasting(seconds), &[]), "AuthorizationQueryParametersError", "{seconds}");
        }
        let authorization = ("authorization", "AWS4-HMAC-SHA256 SignedHeaders=host");
        assert_eq!(code(LINK, &[authorization]), "InvalidArgument");
    }
}

//! The one place where an answer of S3 becomes an error of ours.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::S3Uri;
use super::bounded::ResponseFault;
use crate::error::Error;
use crate::wording::binary_size;

/// The body of an object that could not be read to its end.
pub(super) fn cut_short(operation: &'static str, uri: &S3Uri, error: &(dyn std::error::Error + 'static)) -> Error {
    let (code, message) = match ResponseFault::of(error) {
        Some(fault) => (fault.code(), fault.to_string()),
        None => ("Interrupted", chain(error)),
    };
    of_target(operation, uri.to_string(), code, message)
}

/// An object that is larger than anything its reader expects.
pub(super) fn too_large(operation: &'static str, uri: &S3Uri, limit: u64) -> Error {
    let message = format!("the object is larger than {}", binary_size(limit));
    of_target(operation, uri.to_string(), TOO_LARGE, message)
}

/// A response that is not what the operation returns, though the service reports success.
pub(crate) fn unexpected(operation: &'static str, target: &str, message: impl Into<String>) -> Error {
    of_target(operation, target.to_owned(), "UnexpectedResponse", message.into())
}

fn of_target(operation: &'static str, target: String, code: &str, message: String) -> Error {
    Error::Service { operation, target, code: code.to_owned(), message, hint: hint(code).to_owned() }
}

fn timed_out() -> (String, String) {
    ("TimedOut".to_owned(), "the service did not answer in time".to_owned())
}

/// The HTTP status of an answer, where there was one that could be read.
pub(super) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16>
where
    E: std::error::Error + 'static,
{
    error.raw_response().filter(|_| ResponseFault::of(error).is_none()).map(|raw| raw.status().as_u16())
}

/// What went wrong, and what to do next.
pub(crate) fn service_error<E>(operation: &'static str, target: String, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let (code, message) = read_fault(error);
    let hint = hint(&code).to_owned();
    Error::Service { operation, target, code, message, hint }
}

/// Code and message of whatever went wrong, of any service.
pub(crate) fn read_fault<E>(error: &SdkError<E, HttpResponse>) -> (String, String)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some(fault) = ResponseFault::of(error) {
        return (fault.code().to_owned(), fault.to_string());
    }
    let causes = chain(error);
    match error {
        // However the SDK files it, nothing was sent.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if causes.contains("credentials") => {
            ("NoCredentials".to_owned(), no_credentials(&causes))
        }
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or_else(|| code_of_status(status(error)));
            let message = service.err().message().map_or_else(|| no_reason(error), str::to_owned);
            (code.to_owned(), message)
        }
        SdkError::TimeoutError(_) => timed_out(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out(),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().map_or_else(String::new, |cause| chain(cause));
            ("Unreachable".to_owned(), if source.is_empty() { "no connection".to_owned() } else { source })
        }
        SdkError::ConstructionFailure(_) => ("BadRequest".to_owned(), causes),
        _ => match status(error) {
            Some(status) if status >= 400 => (code_of_status(Some(status)).to_owned(), no_reason(error)),
            _ => ("NoAnswer".to_owned(), causes),
        },
    }
}

/// What an answer without a body means: HEAD has none.
fn code_of_status(status: Option<u16>) -> &'static str {
    match status {
        Some(301 | 307 | 308) => "PermanentRedirect",
        Some(400) => "BadRequest",
        Some(401 | 403) => "AccessDenied",
        Some(404) => "NotFound",
        Some(429 | 503) => "SlowDown",
        Some(500..=599) => "InternalError",
        Some(200..=299) => UNREADABLE,
        _ => "Refused",
    }
}

/// A response or an object of more bytes than are read.
pub(super) const TOO_LARGE: &str = "ResponseTooLarge";

/// The service said that it did what it was asked, and what it said besides cannot be read.
pub(crate) const UNREADABLE: &str = "Unreadable";

fn no_reason<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: std::error::Error + 'static,
{
    let region = error.raw_response().and_then(|raw| raw.headers().get("x-amz-bucket-region"));
    match (region, status(error)) {
        (Some(region), Some(301 | 307 | 308 | 400)) => format!("the bucket is in {region}"),
        (_, Some(status @ 200..=299)) => format!("the answer (HTTP status {status}) is damaged, or of another form"),
        (_, Some(status)) => format!("HTTP status {status}, without a reason"),
        _ => "the service gave no reason".to_owned(),
    }
}

/// The part of the chain that says which credentials were looked for, on one line.
fn no_credentials(causes: &str) -> String {
    let part = causes.split(": ").find(|part| part.contains("profile") && !part.contains('\n'));
    part.map_or_else(|| "no usable credentials were found".to_owned(), |part| format!("no usable credentials: {part}"))
}

/// An error and its causes in one line. The SDK's causes name hosts and reasons, never credentials.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

/// What to do about a code of S3, or of the way to any service.
pub(crate) fn hint(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => "create the bucket in the job's Region, or name another with --s3-bucket and prepare again.",
        "AccessDenied" | "AllAccessDisabled" => {
            "the credentials in use may not do this: see their policy, and the bucket's."
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the credentials have expired: get new ones and run the same command again."
        }
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "the credentials are not valid here: see AWS_PROFILE and the keys."
        }
        TOO_LARGE => "check that the endpoint is the service's (AWS_ENDPOINT_URL), and the object that is named.",
        "EmptyResponse" | "UnexpectedResponse" | "EndlessList" => {
            "check that the endpoint is the service's (AWS_ENDPOINT_URL), and run the same command again."
        }
        UNREADABLE => "it may have been damaged on the way: run the same command again.",
        "RequestTimeTooSkewed" => "this machine's clock is wrong: set it and run the same command again.",
        "BadDigest" | "XAmzContentChecksumMismatch" | "InvalidDigest" | "XAmzContentSHA256Mismatch" => {
            "the bytes changed on the way or on the disk: run the same command again."
        }
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            "the bucket is in another Region: name it with --region."
        }
        "SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout" | "Throttling" | "TooManyRequests" => {
            "the service is busy: run the same command again, it goes on where it stopped."
        }
        "StorageFull" => "make room on the disk that holds the stand-in's folder, and run the same command again.",
        "TimedOut" => "check the network, allow more time with --timeout, and run the same command again.",
        "Unreachable" | "NoAnswer" => "check the network and the endpoint, and run the same command again.",
        "NoCredentials" => {
            "set AWS_PROFILE to a profile that exists, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`."
        }
        "BadRequest" => "see the credentials, the Region and the endpoint in use.",
        // Of the status alone: every answer but that to HEAD has a reason, and of HEAD these are no errors.
        "NotFound" | "Refused" => {
            "the answer was damaged on the way, or something in between gave it: see the endpoint, and run the same command again."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_which_the_status_alone_is_left_says_what_to_do() {
        for status in [301, 400, 401, 403, 404, 409, 418, 429, 500, 503, 200] {
            assert!(!hint(code_of_status(Some(status))).is_empty(), "{status}");
        }
    }
}

//! The one place where an error of an AWS SDK becomes one of ours: its kind, its text, and what to do about it.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::aws::s3::S3Uri;
use crate::aws::s3::bounded::ResponseFault;
use crate::error::{Error, Result, ServiceErrorKind};
use crate::wording::binary_size;

/// Returns the error of a call of S3, STS or IAM.
pub(crate) fn service_error<E>(
    operation: &'static str,
    target: impl Into<String>,
    error: &SdkError<E, HttpResponse>,
) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let (kind, code, message) = read_fault(operation, error);
    own_error(kind, operation, target, &code, message)
}

/// Returns the error of a call of Bedrock. Most of its refusals have the same code, so the message decides on the hint.
pub(crate) fn bedrock_error<E>(operation: &'static str, target: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let (kind, code, message) = read_fault(operation, error);
    let hint = hint_of_message(operation, &message).unwrap_or_else(|| hint(&code)).to_owned();
    Error::Service { kind, operation, target: target.to_owned(), code, message, hint }
}

/// Returns an error with the hint of its code. The kind of one that no service reported is known where it is found.
pub(crate) fn own_error(
    kind: ServiceErrorKind,
    operation: &'static str,
    target: impl Into<String>,
    code: &str,
    message: impl Into<String>,
) -> Error {
    let (target, message, hint) = (target.into(), message.into(), hint(code).to_owned());
    Error::Service { kind, operation, target, code: code.to_owned(), message, hint }
}

/// The body of an object that could not be read to its end.
pub(crate) fn cut_short(operation: &'static str, uri: &S3Uri, error: &(dyn std::error::Error + 'static)) -> Error {
    let ((kind, code), message) = match ResponseFault::of(error) {
        Some(fault) => (fault.kind_and_code(), fault.to_string()),
        None => ((ServiceErrorKind::IncompleteResponse, "Interrupted"), chain(error)),
    };
    own_error(kind, operation, uri.to_string(), code, message)
}

/// An object that is larger than anything its reader expects.
pub(crate) fn too_large(operation: &'static str, uri: &S3Uri, limit: u64) -> Error {
    let message = format!("the object is larger than {}", binary_size(limit));
    own_error(ServiceErrorKind::ResponseTooLarge, operation, uri.to_string(), "ResponseTooLarge", message)
}

/// A response that is not what the operation returns, though the service reports success.
pub(crate) fn unexpected(operation: &'static str, target: &str, message: impl Into<String>) -> Error {
    own_error(ServiceErrorKind::UnexpectedResponse, operation, target, "UnexpectedResponse", message)
}

/// A request that this crate could not even form.
pub(crate) fn malformed(operation: &'static str, target: &str, error: &dyn std::error::Error) -> Error {
    Error::Service {
        kind: ServiceErrorKind::Other,
        operation,
        target: target.to_owned(),
        code: "BadRequest".to_owned(),
        message: error.to_string(),
        hint: String::new(),
    }
}

/// Refuses a response without the member that names its subject: the SDK fills in an empty text for one that is missing, so `{}` looks
/// like a job without an ARN.
pub(crate) fn check_named(operation: &'static str, target: &str, member: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(unexpected(operation, target, format!("the response has no `{member}`: it is another document")));
    }
    Ok(())
}

/// The member that names the subject of a response, unless it is missing; see [`check_named`].
pub(crate) fn named(operation: &'static str, target: &str, member: &str, value: String) -> Result<String> {
    check_named(operation, target, member, &value).map(|()| value)
}

/// `None` for a resource that does not exist.
pub(crate) fn if_found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(Error::Service { kind: ServiceErrorKind::NotFound, .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

/// The HTTP status of an answer, where there was one that could be read.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16>
where
    E: std::error::Error + 'static,
{
    error.raw_response().filter(|_| ResponseFault::of(error).is_none()).map(|raw| raw.status().as_u16())
}

/// Kind, code and message of whatever went wrong, of any service.
pub(crate) fn read_fault<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> (ServiceErrorKind, String, String)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    use ServiceErrorKind as Kind;
    let own = |(kind, code): (Kind, &str), message| (kind, code.to_owned(), message);
    if let Some(fault) = ResponseFault::of(error) {
        return own(fault.kind_and_code(), fault.to_string());
    }
    let timed_out = || own((Kind::Timeout, "TimedOut"), "the service did not answer in time".to_owned());
    let causes = chain(error);
    match error {
        // However the SDK files it, nothing was sent.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if causes.contains("credentials") => {
            own((Kind::Credentials, "NoCredentials"), no_credentials(&causes))
        }
        SdkError::ServiceError(service) => {
            let message = service.err().message().map_or_else(|| no_reason(error), str::to_owned);
            match service.err().code() {
                Some(code) => own((kind_of(operation, code, &message), code), message),
                None => own(of_status(status(error)), message),
            }
        }
        SdkError::TimeoutError(_) => timed_out(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out(),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().map_or_else(String::new, |cause| chain(cause));
            let source = if source.is_empty() { "no connection".to_owned() } else { source };
            own((Kind::Unreachable, "Unreachable"), source)
        }
        SdkError::ConstructionFailure(_) => own((Kind::Other, "BadRequest"), causes),
        _ => match status(error) {
            Some(status) if status >= 400 => own(of_status(Some(status)), no_reason(error)),
            _ => own((Kind::Unreachable, "NoAnswer"), causes),
        },
    }
}

/// Returns what a service's code means. The services have other codes for the same thing, and Bedrock has one code for many.
fn kind_of(operation: &str, code: &str, message: &str) -> ServiceErrorKind {
    use ServiceErrorKind as Kind;
    let says = |part| message.contains(part);
    match code {
        // Some services answer in this way to the name of a job that does not exist.
        "ValidationException" if operation == "GetModelCustomizationJob" && says("not found") => Kind::NotFound,
        "ValidationException" if says("model identifier") || says("on-demand throughput") => Kind::InvalidModel,
        "ResourceNotFoundException"
        | "NoSuchEntity"
        | "NoSuchUpload"
        | "ServerSideEncryptionConfigurationNotFoundError" => Kind::NotFound,
        "NoSuchBucket" => Kind::BucketNotFound,
        "NoSuchKey" => Kind::ObjectNotFound,
        "AccessDenied" | "AccessDeniedException" => Kind::AccessDenied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidToken"
        | "TokenRefreshRequired"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "RequestTimeTooSkewed" => Kind::Credentials,
        "ConflictException" => Kind::Conflict,
        "BadDigest" | "XAmzContentChecksumMismatch" | "XAmzContentSHA256Mismatch" => Kind::ChecksumMismatch,
        "PermanentRedirect" => Kind::WrongRegion,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests"
        | "TooManyRequestsException"
        | "ModelNotReadyException" => Kind::Throttled,
        "InternalError"
        | "InternalFailure"
        | "InternalServerException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => Kind::Unavailable,
        "ModelErrorException" | "ModelStreamErrorException" | "ModelTimeoutException" => Kind::IncompleteResponse,
        _ => Kind::Other,
    }
}

/// What an answer without a code means, and the code that it is shown with: the answer to HEAD has no body.
fn of_status(status: Option<u16>) -> (ServiceErrorKind, &'static str) {
    use ServiceErrorKind as Kind;
    match status {
        Some(301 | 307 | 308) => (Kind::WrongRegion, "PermanentRedirect"),
        Some(400) => (Kind::Other, "BadRequest"),
        Some(401 | 403) => (Kind::AccessDenied, "AccessDenied"),
        // Without a reason it is no answer about the resource: something in between may have given it.
        Some(404) => (Kind::Other, "NotFound"),
        Some(429 | 503) => (Kind::Throttled, "SlowDown"),
        Some(500..=599) => (Kind::Unavailable, "InternalError"),
        Some(200..=299) => (Kind::IncompleteResponse, UNREADABLE),
        _ => (Kind::Other, "Refused"),
    }
}

/// The service said that it did what it was asked, and what it said besides cannot be read.
const UNREADABLE: &str = "Unreadable";

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

/// What to do about a code of a service, or of the way to it.
fn hint(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => "create the bucket in the job's Region, or name another with `s3_bucket` and prepare again.",
        "InvalidBucketName" => {
            "3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit."
        }
        "AccessDenied" | "AllAccessDisabled" => {
            "the credentials in use may not do this: see their policy, and the bucket's."
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the credentials have expired: get new ones and run the same command again."
        }
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException" => "the credentials are not valid here: see AWS_PROFILE and the keys.",
        "ResponseTooLarge" => {
            "check that the endpoint is the service's (AWS_ENDPOINT_URL), and the object that is named."
        }
        "EmptyResponse" | "UnexpectedResponse" | "EndlessList" => {
            "check that the endpoint is the service's (AWS_ENDPOINT_URL), and run the same command again."
        }
        UNREADABLE => "it may have been damaged on the way: run the same command again.",
        "RequestTimeTooSkewed" => "this machine's clock is wrong: set it and run the same command again.",
        "BadDigest" | "XAmzContentChecksumMismatch" | "InvalidDigest" | "XAmzContentSHA256Mismatch" => {
            "the bytes changed on the way or on the disk: run the same command again."
        }
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            "the bucket is in another Region: name it with `region`."
        }
        "SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout" | "Throttling" | "TooManyRequests" => {
            "the service is busy: run the same command again, and it resumes."
        }
        "StorageFull" => {
            "make room on the disk that holds the local emulator's folder, and run the same command again."
        }
        "TimedOut" => "check the network, allow more time with `timeout`, and run the same command again.",
        "Unreachable" | "NoAnswer" => "check the network and the endpoint, and run the same command again.",
        "NoCredentials" => {
            "set AWS_PROFILE to a profile that exists, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`."
        }
        "BadRequest" => "see the credentials, the Region and the endpoint in use.",
        // Of the status alone: every answer but that to HEAD has a reason, and of HEAD these are no errors.
        "NotFound" | "Refused" => {
            "the answer was damaged on the way, or something in between gave it: see the endpoint, and run the same command again."
        }
        "ConflictException" => {
            "the name is in use, or the state does not allow it: see `nova-ft job list`, or give another `job_name`."
        }
        "AccessDeniedException" => {
            "the credentials in use may not do this: `nova-ft job policy` prints what they need."
        }
        "ResourceNotFoundException" => "check name, ARN and Region; `nova-ft job list` names the jobs.",
        "ServiceQuotaExceededException" => {
            "wait until other jobs are done, or ask for a higher quota in the Service Quotas console."
        }
        "TooManyTagsException" => "a resource has at most 50 tags.",
        "ThrottlingException"
        | "ServiceUnavailableException"
        | "InternalServerException"
        | "ModelNotReadyException"
        | "ModelTimeoutException" => "the service is busy: run the same command again.",
        _ => "",
    }
}

/// Messages that were seen, and what each asks for: most refusals have the same code.
const BY_MESSAGE: &[(&str, &str)] = &[
    (
        "model identifier is invalid",
        "name an id for tuning, amazon.nova-lite-v1:0:300k; ids for inference (us.amazon.…) and other vendors' are refused.",
    ),
    (
        "Could not assume provided IAM role",
        "the role's trust policy must name bedrock.amazonaws.com: `nova-ft job policy` prints the one that fits.",
    ),
    ("Cross-account pass role", "name a role of the account whose credentials are in use."),
    (
        "invalid data schema/format",
        "`nova-ft validate` names the records at fault; fix them, upload again, and create the job again.",
    ),
    (
        "Unable to parse",
        "`nova-ft validate` names the records at fault; fix them, upload again, and create the job again.",
    ),
    (
        "must be in .jsonl format",
        "name the object of the records itself, s3://bucket/…/train.jsonl, and not its folder.",
    ),
    ("GetObject permissions", "the role may not read it: `nova-ft job policy` prints the permissions that it needs."),
    ("PutObject", "the role may not write there: `nova-ft job policy` prints the permissions that it needs."),
    ("on-demand throughput", "name an inference profile (us.amazon.…), or the ARN of a deployment for a tuned model."),
];

/// What the message of a refusal of Bedrock asks for, where it is known.
fn hint_of_message(operation: &str, message: &str) -> Option<&'static str> {
    let is_unknown = ["model identifier is invalid", "Model not found", "model ID isn't supported"];
    // A model that cannot be asked is called by other ids there than where it is tuned.
    if operation == "Converse" && is_unknown.iter().any(|part| message.contains(part)) {
        return Some(
            "name an id for inference (amazon.nova-lite-v1:0), a profile (us.amazon.nova-lite-v1:0) or a deployment's ARN; an id \
             that ends in a context size (:300k) is for tuning alone.",
        );
    }
    BY_MESSAGE.iter().find(|(part, _)| message.contains(part)).map(|(_, hint)| *hint)
}

/// An error as a service would report it, for tests: of a service's code, or of one that is ours.
#[cfg(test)]
pub(crate) fn refused(operation: &'static str, code: &str, message: &str) -> Error {
    let kind = match code {
        "Unreachable" | "NoAnswer" => ServiceErrorKind::Unreachable,
        "TimedOut" => ServiceErrorKind::Timeout,
        "NoCredentials" => ServiceErrorKind::Credentials,
        code => kind_of(operation, code, message),
    };
    let (target, hint) = ("it".to_owned(), String::new());
    Error::Service { kind, operation, target, code: code.to_owned(), message: message.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::error::{ConnectorError, ErrorMetadata};
    use aws_sdk_s3::primitives::SdkBody;

    use super::*;

    type Failure = SdkError<ErrorMetadata, HttpResponse>;

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())
    }

    #[test]
    fn codes_of_all_services_have_a_kind() {
        use ServiceErrorKind as Kind;
        let cases = [
            // S3
            ("PutObject", "NoSuchBucket", "", Kind::BucketNotFound),
            ("GetObject", "NoSuchKey", "", Kind::ObjectNotFound),
            ("UploadPart", "NoSuchUpload", "", Kind::NotFound),
            ("GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError", "", Kind::NotFound),
            ("PutObject", "AccessDenied", "", Kind::AccessDenied),
            ("PutObject", "ExpiredToken", "", Kind::Credentials),
            ("PutObject", "SignatureDoesNotMatch", "", Kind::Credentials),
            ("PutObject", "RequestTimeTooSkewed", "", Kind::Credentials),
            ("PutObject", "BadDigest", "", Kind::ChecksumMismatch),
            ("PutObject", "PermanentRedirect", "", Kind::WrongRegion),
            ("PutObject", "SlowDown", "", Kind::Throttled),
            ("PutObject", "InternalError", "", Kind::Unavailable),
            ("PutObject", "EntityTooLarge", "", Kind::Other),
            // The code that the SDK has for HEAD without a body.
            ("HeadObject", "NotFound", "", Kind::Other),
            // Bedrock
            ("GetCustomModel", "ResourceNotFoundException", "", Kind::NotFound),
            ("GetModelCustomizationJob", "ValidationException", "job not found", Kind::NotFound),
            ("StopModelCustomizationJob", "ValidationException", "job not found", Kind::Other),
            ("Converse", "ValidationException", "The provided model identifier is invalid.", Kind::InvalidModel),
            ("Converse", "ValidationException", "with on-demand throughput isn't supported", Kind::InvalidModel),
            ("Converse", "ValidationException", "the image is too large", Kind::Other),
            ("CreateModelCustomizationJob", "ConflictException", "", Kind::Conflict),
            ("ListFoundationModels", "AccessDeniedException", "", Kind::AccessDenied),
            ("ListFoundationModels", "UnrecognizedClientException", "", Kind::Credentials),
            ("Converse", "ThrottlingException", "", Kind::Throttled),
            ("Converse", "ModelNotReadyException", "", Kind::Throttled),
            ("Converse", "ServiceUnavailableException", "", Kind::Unavailable),
            ("Converse", "ModelTimeoutException", "", Kind::IncompleteResponse),
            ("CreateModelCustomizationJob", "ServiceQuotaExceededException", "", Kind::Other),
            // STS and IAM
            ("GetCallerIdentity", "InvalidClientTokenId", "", Kind::Credentials),
            ("GetRole", "NoSuchEntity", "", Kind::NotFound),
            ("GetRole", "AccessDenied", "", Kind::AccessDenied),
        ];
        for (operation, code, message, kind) in cases {
            let metadata = ErrorMetadata::builder().code(code).message(message).build();
            // The status does not count where there is a code.
            let error = Failure::service_error(metadata, response(503));
            let read = read_fault(operation, &error);
            assert_eq!(read, (kind, code.to_owned(), message.to_owned()), "{operation}");
        }
    }

    #[test]
    fn an_answer_of_which_the_status_alone_is_left_has_a_kind_and_says_what_to_do() {
        use ServiceErrorKind as Kind;
        let cases = [
            (200, Kind::IncompleteResponse),
            (301, Kind::WrongRegion),
            (400, Kind::Other),
            (401, Kind::AccessDenied),
            (403, Kind::AccessDenied),
            (404, Kind::Other),
            (409, Kind::Other),
            (418, Kind::Other),
            (429, Kind::Throttled),
            (500, Kind::Unavailable),
            (503, Kind::Throttled),
        ];
        for (status, expected) in cases {
            let error = Failure::service_error(ErrorMetadata::builder().build(), response(status));
            let (kind, code, _) = read_fault("HeadObject", &error);
            assert_eq!(kind, expected, "{status}");
            assert!(!hint(&code).is_empty(), "{status}");
        }
    }

    #[test]
    fn what_happens_on_the_way_has_a_kind() {
        use ServiceErrorKind as Kind;
        let read = |error: Failure| {
            let (kind, code, _) = read_fault("PutObject", &error);
            (kind, code)
        };
        let dispatch = |error| read(Failure::dispatch_failure(error));
        assert_eq!(read(Failure::timeout_error("late")), (Kind::Timeout, "TimedOut".to_owned()));
        assert_eq!(dispatch(ConnectorError::timeout("late".into())), (Kind::Timeout, "TimedOut".to_owned()));
        assert_eq!(dispatch(ConnectorError::io("reset".into())), (Kind::Unreachable, "Unreachable".to_owned()));
        let missing = ConnectorError::other("no credentials in the chain".into(), None);
        assert_eq!(dispatch(missing), (Kind::Credentials, "NoCredentials".to_owned()));
        assert_eq!(read(Failure::construction_failure("no key")), (Kind::Other, "BadRequest".to_owned()));
        let cut = |status| read(Failure::response_error("cut off", response(status)));
        assert_eq!(cut(200), (Kind::Unreachable, "NoAnswer".to_owned()));
        assert_eq!(cut(502), (Kind::Unavailable, "InternalError".to_owned()));
        let (host, status) = ("h".to_owned(), 200);
        let empty = ResponseFault::Empty { host, status };
        let empty = read(Failure::response_error(empty, response(200)));
        assert_eq!(empty, (Kind::IncompleteResponse, "EmptyResponse".to_owned()));
    }

    #[test]
    fn the_refusals_that_were_seen_say_what_to_do() {
        let cases = [
            ("The provided model identifier is invalid.", "amazon.nova-lite-v1:0:300k"),
            ("Could not assume provided IAM role. Please make sure that the role can be assumed", "job policy"),
            ("Cross-account pass role is not allowed", "role of the account"),
            ("Unable to parse S3 file due to invalid data schema/format: s3://b/t.jsonl", "nova-ft validate"),
            ("Provided S3 location is invalid: training data must be in .jsonl format", "not its folder"),
            ("Could not validate GetObject permissions to access Amazon S3 bucket: b at key t", "job policy"),
            ("Invocation with on-demand throughput isn't supported", "inference profile"),
        ];
        for (message, part) in cases {
            assert!(hint_of_message("CreateModelCustomizationJob", message).unwrap().contains(part), "{message}");
        }
        assert_eq!(hint_of_message("CreateModelCustomizationJob", "something new"), None);
        assert!(hint("ConflictException").contains("`job_name`"));
        assert!(hint("NoCredentials").contains("AWS_PROFILE"));
    }

    #[test]
    fn a_model_that_cannot_be_asked_is_named_otherwise_than_one_that_cannot_be_tuned() {
        for message in ["The provided model identifier is invalid.", "Model not found."] {
            assert!(hint_of_message("Converse", message).unwrap().starts_with("name an id for inference"));
            assert_ne!(hint_of_message("CreateModelCustomizationJob", message), hint_of_message("Converse", message));
        }
        assert_eq!(hint_of_message("Converse", "Too many requests"), None);
    }
}

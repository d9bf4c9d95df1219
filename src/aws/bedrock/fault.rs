//! The one place where an answer of Bedrock becomes an error of ours.

use aws_sdk_bedrock::config::http::HttpResponse;
use aws_sdk_bedrock::error::{ProvideErrorMetadata, SdkError};

use crate::aws::s3::fault::{self, read_fault, unexpected};
use crate::error::{Error, Result};

/// What went wrong, and what to do next.
pub(super) fn bedrock_error<E>(operation: &'static str, target: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let (code, message) = read_fault(error);
    let hint = of_conversation(operation, &message).unwrap_or_else(|| hint(&code, &message)).to_owned();
    Error::Service { operation, target: target.to_owned(), code, message, hint }
}

/// A request that this crate could not even form.
pub(super) fn malformed(operation: &'static str, target: &str, error: &dyn std::error::Error) -> Error {
    Error::Service {
        operation,
        target: target.to_owned(),
        code: "BadRequest".to_owned(),
        message: error.to_string(),
        hint: String::new(),
    }
}

/// Refuses a response without the member that names its subject: the SDK fills in an empty text for one that is missing, so `{}` looks
/// like a job without an ARN.
pub(super) fn check_named(operation: &'static str, target: &str, member: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(unexpected(operation, target, format!("the response has no `{member}`: it is another document")));
    }
    Ok(())
}

/// The member that names the subject of a response, unless it is missing; see [`check_named`].
pub(super) fn named(operation: &'static str, target: &str, member: &str, value: String) -> Result<String> {
    check_named(operation, target, member, &value).map(|()| value)
}

/// What a model that cannot be asked wants: it is called by other ids there than where it is tuned.
fn of_conversation(operation: &str, message: &str) -> Option<&'static str> {
    let is_unknown = ["model identifier is invalid", "Model not found", "model ID isn't supported"];
    let concerns = operation == "Converse" && is_unknown.iter().any(|part| message.contains(part));
    concerns.then_some(
        "name an id for inference (amazon.nova-lite-v1:0), a profile (us.amazon.nova-lite-v1:0) or a deployment's ARN; an id \
         that ends in a context size (:300k) is for tuning alone.",
    )
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
        "`nova-ft validate` names the records at fault; mend them, upload again, and create the job again.",
    ),
    (
        "Unable to parse",
        "`nova-ft validate` names the records at fault; mend them, upload again, and create the job again.",
    ),
    (
        "must be in .jsonl format",
        "name the object of the records itself, s3://bucket/…/train.jsonl, and not its folder.",
    ),
    ("GetObject permissions", "the role may not read it: `nova-ft job policy` prints the permissions that it needs."),
    ("PutObject", "the role may not write there: `nova-ft job policy` prints the permissions that it needs."),
    ("on-demand throughput", "name an inference profile (us.amazon.…), or the ARN of a deployment for a tuned model."),
];

fn hint(code: &str, message: &str) -> &'static str {
    if let Some((_, hint)) = BY_MESSAGE.iter().find(|(part, _)| message.contains(part)) {
        return hint;
    }
    match code {
        "ConflictException" => {
            "the name is in use, or the state does not allow it: see `nova-ft job list`, or give another --job-name."
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
        "UnrecognizedClientException" | "InvalidClientTokenId" | "InvalidSignatureException" => {
            "the credentials are not valid here: see AWS_PROFILE and the keys."
        }
        _ => fault::hint(code),
    }
}

/// Whether the same request may succeed later without anything being changed.
pub(crate) fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "ServiceUnavailableException"
            | "InternalServerException"
            | "Unreachable"
            | "TimedOut"
            | "NoAnswer"
            | "EmptyResponse"
            | "SlowDown"
            | "InternalError"
            | fault::UNREADABLE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(hint("ValidationException", message).contains(part), "{message}");
        }
        assert_eq!(hint("ValidationException", "something new"), "");
        assert!(hint("ConflictException", "").contains("--job-name"));
        assert!(hint("NoCredentials", "").contains("AWS_PROFILE"));
    }

    #[test]
    fn a_model_that_cannot_be_asked_is_named_otherwise_than_one_that_cannot_be_tuned() {
        for message in ["The provided model identifier is invalid.", "Model not found."] {
            assert!(of_conversation("Converse", message).unwrap().starts_with("name an id for inference"));
            assert_eq!(of_conversation("CreateModelCustomizationJob", message), None);
        }
        assert_eq!(of_conversation("Converse", "Too many requests"), None);
    }

    #[test]
    fn a_refusal_does_not_pass_and_a_lost_connection_does() {
        assert!(is_passing("ThrottlingException") && is_passing("Unreachable") && is_passing("TimedOut"));
        assert!(!is_passing("ValidationException") && !is_passing("NoCredentials") && !is_passing("ConflictException"));
    }
}

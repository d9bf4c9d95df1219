//! What an error means for a question, and for those after it.

use crate::aws::s3::fault::UNREADABLE;
use crate::error::Error;

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Every other question would fail in the same way.
    OfAll,
    /// This question alone is refused, however often it is asked.
    Own,
    /// The model answered, with no words.
    Silent,
    /// More was asked than it takes.
    Throttled,
    /// The service could not answer just then, and says so.
    Refused,
    /// The answer was cut off, or is none.
    Lost,
    /// No connection, or it was cut, or nothing came in time.
    Unreachable,
}

/// What an error is.
pub(super) fn fault_of(error: &Error) -> Fault {
    let Error::Service { code, message, .. } = error else {
        return if error.is_of_machine() { Fault::OfAll } else { Fault::Own };
    };
    match code.as_str() {
        "ValidationException" if message.contains("model identifier") || message.contains("on-demand throughput") => {
            Fault::OfAll
        }
        "ResourceNotFoundException"
        | "AccessDeniedException"
        | "AccessDenied"
        | "NoCredentials"
        // No model answers with so much: it is another service that answers.
        | "ResponseTooLarge"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException" => Fault::OfAll,
        "NoAnswer" if message.contains("has no text") => Fault::Silent,
        "ThrottlingException" | "TooManyRequestsException" | "ModelNotReadyException" | "SlowDown" => Fault::Throttled,
        "ServiceUnavailableException"
        | "InternalServerException"
        | "InternalFailure"
        | "InternalError"
        | "ServiceUnavailable" => Fault::Refused,
        UNREADABLE
        | "NoAnswer"
        | "Interrupted"
        | "EmptyResponse"
        | "UnexpectedResponse"
        | "ModelTimeoutException"
        | "ModelErrorException"
        | "ModelStreamErrorException" => Fault::Lost,
        "Unreachable" | "TimedOut" => Fault::Unreachable,
        _ => Fault::Own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: &str, message: &str) -> Fault {
        let (target, hint) = ("it".to_owned(), String::new());
        fault_of(&Error::Service {
            operation: "Converse",
            target,
            code: code.to_owned(),
            message: message.to_owned(),
            hint,
        })
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for code in ["AccessDeniedException", "ResourceNotFoundException", "ExpiredTokenException", "NoCredentials"] {
            assert_eq!(fault(code, ""), Fault::OfAll, "{code}");
        }
        assert_eq!(fault("ValidationException", "The provided model identifier is invalid."), Fault::OfAll);
        assert_eq!(fault("ValidationException", "the image is too large"), Fault::Own);
        assert_eq!(fault("ThrottlingException", "Too many requests"), Fault::Throttled);
        assert_eq!(fault("ModelNotReadyException", ""), Fault::Throttled);
        assert_eq!(fault("InternalServerException", ""), Fault::Refused);
        assert_eq!(fault("NoAnswer", "the answer has no text; it ended with `end_turn`"), Fault::Silent);
        assert_eq!(fault("NoAnswer", "unexpected end of input"), Fault::Lost);
        assert_eq!(fault(UNREADABLE, "the answer (HTTP status 200) is damaged, or of another form"), Fault::Lost);
        assert_eq!(fault("EmptyResponse", ""), Fault::Lost);
        assert_eq!(fault("ResponseTooLarge", ""), Fault::OfAll);
        assert_eq!(fault("TimedOut", ""), Fault::Unreachable);
        assert_eq!(fault("Unreachable", ""), Fault::Unreachable);
        assert_eq!(fault_of(&Error::input(std::path::Path::new("a.jpg"), "cut off", "")), Fault::Own);
    }
}

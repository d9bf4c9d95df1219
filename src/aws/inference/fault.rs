//! What an error means for a question, and for those after it.

use crate::error::{Error, ServiceErrorKind};

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
    /// No answer that can be used: none came in time, it was cut off, or there is no connection.
    Lost,
}

/// What an error is.
pub(super) fn fault_of(error: &Error) -> Fault {
    use ServiceErrorKind as Kind;
    let Error::Service { kind, .. } = error else {
        return if error.is_of_machine() { Fault::OfAll } else { Fault::Own };
    };
    match kind {
        Kind::InvalidModel
        | Kind::NotFound
        | Kind::AccessDenied
        | Kind::Credentials
        // No model answers with so much: it is another service that answers.
        | Kind::ResponseTooLarge => Fault::OfAll,
        Kind::EmptyAnswer => Fault::Silent,
        Kind::Throttled => Fault::Throttled,
        Kind::Unavailable => Fault::Refused,
        Kind::IncompleteResponse | Kind::UnexpectedResponse | Kind::Unreachable | Kind::Timeout => Fault::Lost,
        _ => Fault::Own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::{own_error, refused};

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let fault = |code, message| fault_of(&refused("Converse", code, message));
        for code in ["AccessDeniedException", "ResourceNotFoundException", "ExpiredTokenException", "NoCredentials"] {
            assert_eq!(fault(code, ""), Fault::OfAll, "{code}");
        }
        assert_eq!(fault("ValidationException", "The provided model identifier is invalid."), Fault::OfAll);
        assert_eq!(fault("ValidationException", "the image is too large"), Fault::Own);
        assert_eq!(fault("ThrottlingException", "Too many requests"), Fault::Throttled);
        assert_eq!(fault("ModelNotReadyException", ""), Fault::Throttled);
        assert_eq!(fault("InternalServerException", ""), Fault::Refused);
        assert_eq!(fault("ModelErrorException", ""), Fault::Lost);
        // A photo that is gone from S3 concerns its own question.
        assert_eq!(fault("NoSuchKey", ""), Fault::Own);
        assert_eq!(fault("NoAnswer", "unexpected end of input"), Fault::Lost);
        assert_eq!(fault("TimedOut", ""), Fault::Lost);
        assert_eq!(fault_of(&Error::input(std::path::Path::new("a.jpg"), "cut off", "")), Fault::Own);
        let of_kind = |kind| fault_of(&own_error(kind, "Converse", "it", "", ""));
        assert_eq!(of_kind(ServiceErrorKind::EmptyAnswer), Fault::Silent);
        assert_eq!(of_kind(ServiceErrorKind::IncompleteResponse), Fault::Lost);
        assert_eq!(of_kind(ServiceErrorKind::ResponseTooLarge), Fault::OfAll);
    }
}

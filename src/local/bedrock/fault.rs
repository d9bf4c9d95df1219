//! Refusals in AWS's words: error code, HTTP status, message.

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(in crate::local) struct Fault {
    /// `ValidationException`, as in the header `x-amzn-errortype`.
    pub(in crate::local) code: &'static str,
    /// The HTTP status.
    pub(in crate::local) status: u16,
    /// What is wrong.
    pub(in crate::local) message: String,
}

impl Fault {
    fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into() }
    }

    /// The request cannot be right.
    pub(in crate::local) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", 400, message)
    }

    /// A name in use, or a wrong state. Bedrock answers 400, not 409 (API reference, common errors).
    pub(in crate::local) fn conflict(message: impl Into<String>) -> Self {
        Self::new("ConflictException", 400, message)
    }

    /// Not allowed.
    pub(in crate::local) fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", 403, message)
    }

    /// Not there.
    pub(in crate::local) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", 404, message)
    }

    /// The stand-in's own trouble.
    pub(in crate::local) fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalServerException", 500, message)
    }
}

//! Refusals in AWS's words: error code, HTTP status, message.

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct Fault {
    /// `ValidationException`, as in the header `x-amzn-errortype`.
    pub(crate) code: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong.
    pub(crate) message: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into() }
    }

    /// The request cannot be right.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", 400, message)
    }

    /// A name in use, or a wrong state. Bedrock answers 400, not 409 (API reference, common errors).
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new("ConflictException", 400, message)
    }

    /// Not allowed.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", 403, message)
    }

    /// Not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", 404, message)
    }

    /// Whether it is no answer to the request but trouble of this machine, which may pass.
    pub(crate) fn is_internal(&self) -> bool {
        self.status >= 500
    }

    /// The stand-in's own trouble.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalServerException", 500, message)
    }

    /// A model that does not answer yet; SDKs ask again by themselves.
    pub(crate) fn model_not_ready(message: impl Into<String>) -> Self {
        Self::new("ModelNotReadyException", 429, message)
    }

    /// More tags than a resource may have.
    pub(super) fn too_many_tags(message: impl Into<String>) -> Self {
        Self::new("TooManyTagsException", 400, message)
    }

    /// A body that is no JSON of the operation's shape.
    pub(super) fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", 400, message)
    }

    /// What no operation listens to.
    pub(super) fn unknown_operation() -> Self {
        Self::new("UnknownOperationException", 404, "The requested operation is not recognized by the service.")
    }
}

impl From<foundation::error::Error> for Fault {
    /// The stand-in's own trouble with its files.
    fn from(error: foundation::error::Error) -> Self {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Self::internal(format!("The local stand-in failed: {error}{cause}"))
    }
}

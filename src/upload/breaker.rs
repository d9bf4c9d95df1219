//! When to stop trying: where nothing goes through any more, the next twenty thousand objects will not either.

use std::sync::{Mutex, PoisonError};

use crate::aws::s3::S3Uri;
use crate::error::{Error, ServiceErrorKind};

/// Whether an error is not one object's, but of the bucket, the credentials, the way there.
pub(super) fn concerns_all(error: &Error) -> bool {
    let Error::Service { kind, .. } = error else { return false };
    kind.concerns_every_request() || matches!(kind, ServiceErrorKind::BucketNotFound | ServiceErrorKind::WrongRegion)
}

/// Counts the errors in a row that concern all objects, and says when there were too many.
#[derive(Debug)]
pub(super) struct Breaker {
    /// So many in a row are too many.
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    in_a_row: usize,
    /// Kind, code, message and hint of the last one.
    last: Option<(ServiceErrorKind, String, String, String)>,
}

impl Breaker {
    /// For an upload with so many objects on the way at once: all of those may fail together, and as many again.
    pub(super) fn new(concurrency: usize) -> Self {
        Self { limit: 2 * concurrency.max(1), state: Mutex::default() }
    }

    /// Takes note of what became of an object.
    pub(super) fn hear(&self, error: Option<&Error>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(Error::Service { kind, code, message, hint, .. }) if error.is_some_and(concerns_all) => {
                state.in_a_row += 1;
                state.last = Some((*kind, code.clone(), message.clone(), hint.clone()));
            }
            // An answer about one object: the service is there and lets us in.
            None | Some(Error::Service { .. }) => *state = State::default(),
            // A file that cannot be read says nothing of the service.
            Some(_) => {}
        }
    }

    /// The error of an object that is not tried.
    pub(super) fn why_not_to_try(&self, uri: &S3Uri) -> Option<Error> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.in_a_row < self.limit {
            return None;
        }
        let (kind, code, message, hint) = state.last.clone()?;
        let message = format!("not tried after {} errors in a row: {message}", state.in_a_row);
        Some(Error::Service { kind, operation: "PutObject", target: uri.to_string(), code, message, hint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str) -> Error {
        crate::aws::error::refused("PutObject", code, "m")
    }

    #[test]
    fn it_breaks_after_so_many_errors_in_a_row_that_concern_all() {
        let breaker = Breaker::new(2);
        let uri = S3Uri::new("b", "next");
        let expired = service("ExpiredToken");
        for _ in 0..3 {
            breaker.hear(Some(&expired));
        }
        assert!(breaker.why_not_to_try(&uri).is_none());
        breaker.hear(Some(&service("AccessDenied")));
        for _ in 0..3 {
            breaker.hear(Some(&expired));
        }
        assert!(breaker.why_not_to_try(&uri).is_none(), "an error of one object starts the count anew");
        breaker.hear(Some(&expired));
        let error = breaker.why_not_to_try(&uri).unwrap();
        insta::assert_snapshot!(error, @"PutObject s3://b/next: ExpiredToken: not tried after 4 errors in a row: m");
        assert!(concerns_all(&error));
        breaker.hear(None);
        assert!(breaker.why_not_to_try(&uri).is_none());
    }
}

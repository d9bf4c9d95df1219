//! What goes wrong below the protocol, as an answer that tells a client whether to try again.

use std::io::{self, ErrorKind};

use hyper::StatusCode;
use s3s::{S3Error, S3ErrorCode, s3_error};

/// A write of the stand-in's own files that failed.
pub(super) fn write_error(error: io::Error) -> S3Error {
    if is_disk_full(&error) { disk_full() } else { S3Error::internal_error(error) }
}

fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// AWS has no such error. Status 507 is one that clients do not try again.
fn disk_full() -> S3Error {
    let code = S3ErrorCode::Custom("StorageFull".into());
    let mut error = S3Error::with_message(code, "The disk that holds the stand-in's folder is full.");
    error.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
    error
}

pub(super) fn incomplete_body() -> S3Error {
    s3_error!(IncompleteBody, "You did not provide the number of bytes specified by the Content-Length HTTP header.")
}

/// s3s-fs calls every body that ends in an error an internal error, which a client would send again. The types of these
/// errors are private to s3s, so their texts tell them apart.
pub(super) fn body_error(error: S3Error) -> S3Error {
    if *error.code() != S3ErrorCode::InternalError {
        return error;
    }
    let first = error.source().map(|source| source as &(dyn std::error::Error + 'static));
    let causes: Vec<_> = std::iter::successors(first, |cause| cause.source()).collect();
    if causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_disk_full) {
        return disk_full();
    }
    let texts: Vec<_> = causes.iter().map(ToString::to_string).collect();
    let says = |word: &str| texts.iter().any(|text| text.contains(word));
    if says("Sha256Mismatch") {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(hyper::StatusCode::BAD_REQUEST);
        error
    } else if says("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch)
    } else if says("Incomplete") || says("LengthMismatch") || says("end of file before message length") {
        incomplete_body()
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_what_may_pass() {
        let full = || io::Error::from(ErrorKind::StorageFull);
        for error in [write_error(full()), body_error(S3Error::internal_error(full()))] {
            assert_eq!(
                (error.code().as_str(), error.status_code()),
                ("StorageFull", Some(StatusCode::INSUFFICIENT_STORAGE))
            );
        }
        let other = || io::Error::from(ErrorKind::Interrupted);
        for error in [write_error(other()), body_error(S3Error::internal_error(other()))] {
            assert_eq!(*error.code(), S3ErrorCode::InternalError);
        }
    }
}

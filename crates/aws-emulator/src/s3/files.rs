//! Several files as one body, read on the threads for blocking work.

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result};
use tokio::sync::mpsc;

use super::checksum::{StoredChecksum, hasher};

/// Reads files one after the other on a thread for blocking work; `take` gets the pieces until it says stop.
fn read_pieces(paths: &[PathBuf], mut take: impl FnMut(io::Result<Bytes>) -> bool) {
    let mut piece = vec![0; 256 * 1024];
    for path in paths {
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) => {
                take(Err(error));
                return;
            }
        };
        loop {
            let read = file.read(&mut piece);
            let goes_on = match read {
                Ok(0) => break,
                Ok(count) => take(Ok(Bytes::copy_from_slice(&piece[..count]))),
                Err(error) => {
                    take(Err(error));
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }
}

/// The checksum of files one after the other.
pub(super) async fn checksum_of_files(algorithm: String, paths: Vec<PathBuf>) -> S3Result<Option<StoredChecksum>> {
    let compute = move || {
        let (mut hasher, mut failure) = (hasher(&algorithm)?, None);
        read_pieces(&paths, |piece| match piece {
            Ok(bytes) => {
                hasher.update(&bytes);
                true
            }
            Err(error) => {
                failure = Some(error);
                false
            }
        });
        match failure {
            Some(error) => Err(S3Error::internal_error(error)),
            None => Ok(StoredChecksum::of_body(&hasher.finalize())),
        }
    };
    tokio::task::spawn_blocking(compute).await.map_err(S3Error::internal_error)?
}

/// Files as one body.
pub(super) fn join_files(paths: Vec<PathBuf>) -> StreamingBlob {
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || read_pieces(&paths, |piece| sender.blocking_send(piece).is_ok()));
    StreamingBlob::from(s3s::Body::http_body(Pieces { receiver }))
}

struct Pieces {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.receiver.poll_recv(cx).map(|piece| piece.map(|bytes| bytes.map(Frame::data)))
    }
}

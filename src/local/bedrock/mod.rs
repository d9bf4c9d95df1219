//! Bedrock, STS and IAM on this machine: what the commands ask of them, refused and answered as AWS does.

mod fault;

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, Response};
use s3s::Body;

pub(super) use fault::Fault;

use super::photos::Photos;
use super::s3::LocalS3;
use super::server::LocalOptions;
use super::state::{Keys, StateDir};
use crate::error::Result;

/// The services behind the second port.
#[derive(Debug)]
pub(super) struct Bedrock {
    _s3: LocalS3,
    _photos: Photos,
    _keys: Keys,
}

impl Bedrock {
    /// Opens what the folder holds. The caller holds its lock.
    pub(super) fn open(
        state: &StateDir,
        _options: &LocalOptions,
        keys: Keys,
        s3: LocalS3,
        photos: Photos,
    ) -> Result<Self> {
        let folder = state.bedrock_path();
        crate::error::IoContext::at(std::fs::create_dir_all(&folder), "create", folder.as_path())?;
        Ok(Self { _s3: s3, _photos: photos, _keys: keys })
    }

    /// The answer to a request.
    pub(super) async fn answer(&self, _request: Request<Incoming>, _is_for_this_machine: bool) -> Response<Body> {
        let fault = Fault::validation("not built yet");
        let mut response = Response::new(Body::from(format!("{{\"message\":{:?}}}", fault.message)));
        *response.status_mut() = hyper::StatusCode::from_u16(fault.status).unwrap_or_default();
        response
    }
}

/// The thread that works on jobs.
#[derive(Debug)]
pub(super) struct Worker;

impl Worker {
    /// Starts it.
    pub(super) fn start(_bedrock: Arc<Bedrock>) -> Result<Self> {
        Ok(Self)
    }
}

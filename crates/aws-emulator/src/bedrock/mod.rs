//! Bedrock, STS and IAM on this machine: what the commands ask of them, refused and answered as AWS does.
//!
//! One listener serves Bedrock's control plane, its runtime, STS and IAM; the service that a request is signed for says
//! which of them is meant, and the Region of the signature which Region. Jobs, batches, custom models and deployments are JSON files
//! below `.nova-ft/bedrock`, written before a request is answered. A thread of its own ([`Worker`]) does the jobs' work.
//!
//! Every role of the account exists and lets Bedrock in, unless the file `.nova-ft/roles.json` says otherwise: it maps the
//! names of roles to trust policies, or to `null` for a role that does not exist.
//!
//! Messages are AWS's where they are known (observed, or from its documentation). The service says less than this about the
//! rest; those are worded here.

mod batch;
mod constraints;
mod conversation;
mod converse;
mod create;
mod custom_models;
mod dataset;
mod deployments;
mod fault;
mod foundation_models;
pub(crate) mod fuzzing;
mod hyperparameters;
mod identity;
mod jobs;
mod listing;
mod objects;
mod patterns;
mod percent;
mod record;
mod reply;
mod request;
mod roles;
mod route;
mod runtime;
mod shelf;
mod sigv4;
mod stamp;
mod tags;
mod worker;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use s3s::Body;
use serde::de::DeserializeOwned;

pub(super) use fault::Fault;
pub(super) use worker::Worker;

use self::reply::Reply;
use self::shelf::Shelf;
use self::sigv4::{Api, Refused};
use self::stamp::Stamp;
use super::photos::{Photos, PhotosRead};
use super::s3::LocalS3;
use super::server::LocalOptions;
use super::state::{Keys, StateDir};
use super::tokens::TokenCounter;
use foundation::clock::Clock;
use foundation::error::Result;

/// The largest request: Nova's 25 MB of images, after base64, and what stands around them.
const MAX_BODY_BYTES: usize = 40 * 1024 * 1024;

/// The services behind the second port.
#[derive(Debug)]
pub(super) struct Bedrock {
    shelf: Shelf,
    s3: LocalS3,
    photos: Photos,
    keys: Keys,
    clock: Clock,
    tokens: TokenCounter,
    roles_file: PathBuf,
    quotas_file: PathBuf,
    /// Held while a job is created.
    creating: Mutex<()>,
    /// The worker shall end.
    ending: AtomicBool,
    /// Why the job under way was put off at the last attempt.
    put_off: Mutex<Option<String>>,
}

impl Bedrock {
    /// Opens what the folder holds. The caller holds its lock.
    pub(super) fn open(
        state: &StateDir,
        options: &LocalOptions,
        keys: Keys,
        s3: LocalS3,
        photos: Photos,
    ) -> Result<Self> {
        Ok(Self {
            shelf: Shelf::open(&state.bedrock_path())?,
            s3,
            photos,
            keys,
            clock: options.clock,
            tokens: options.tokens,
            roles_file: state.roles_path(),
            quotas_file: state.quotas_path(),
            creating: Mutex::default(),
            ending: AtomicBool::new(false),
            put_off: Mutex::default(),
        })
    }

    /// How far the photos of the job under way are read.
    pub(super) fn photos_read(&self) -> Option<PhotosRead> {
        self.photos.progress()
    }

    /// Why the job under way is put off, where trouble of this machine is in its way.
    pub(super) fn job_put_off(&self) -> Option<String> {
        self.put_off.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_put_off(&self, reason: Option<String>) {
        *self.put_off.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    /// The answer to a request.
    pub(super) async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        is_for_this_machine: bool,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if !is_for_this_machine {
            let message = "This server answers only requests to 127.0.0.1 or localhost.";
            return reply::refusal(Api::Bedrock, &Fault::access_denied(message));
        }
        let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else {
            return reply::refusal(Api::Bedrock, &Fault::validation("The request is too long, or was cut short."));
        };
        let (bedrock, body) = (self.clone(), body.to_bytes());
        // Files are read and photos too: not on the threads of the network.
        let answer = tokio::task::spawn_blocking(move || bedrock.serve(&parts, &body)).await;
        match answer {
            Ok(Ok(reply)) => reply.into_response(),
            Ok(Err(refused)) => reply::refusal(refused.api, &refused.fault),
            Err(_) => reply::refusal(Api::Bedrock, &Fault::internal("The local stand-in failed.")),
        }
    }

    fn serve(&self, parts: &Parts, body: &[u8]) -> Result<Reply, Refused> {
        // What clients sign with is the time of the machine, whatever time the objects get.
        let signer = sigv4::verify(parts, body, &self.keys, Clock::System.now())?;
        let reply = match signer.api {
            Api::Bedrock => self.route(&signer.region, parts, body),
            Api::Sts | Api::Iam => identity::answer(&signer, body, &self.roles_file),
        };
        reply.map_err(|fault| Refused { api: signer.api, fault })
    }

    fn now(&self) -> Stamp {
        Stamp::at(self.clock.now())
    }

    fn creating(&self) -> MutexGuard<'_, ()> {
        self.creating.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body as JSON of a shape.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Fault::serialization(error.to_string()))
}

#[cfg(test)]
mod tests;

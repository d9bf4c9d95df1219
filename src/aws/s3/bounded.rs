//! Limits on every HTTP response: its size, and the time until it is complete.
//!
//! The SDK's read timeout ends with the headers, and it reads a body to its end whatever its size. So the HTTP client itself is
//! wrapped: clients of all services, and the SDK's credential providers, get bodies that end with a [`ResponseFault`].

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_emulator::Takeover;
use aws_sdk_s3::config::SharedHttpClient;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::error::ServiceErrorKind;
use crate::wording::binary_size;

/// Largest response of an API operation, JSON or XML, bytes. A page of 1,000 keys of 1,024 bytes, percent-encoded, has 4 MiB.
const MAX_RESPONSE_BYTES: u64 = 16 * 1024 * 1024;
/// Largest body of a response with an error status, bytes. Those of S3 and Bedrock have a few KiB.
const MAX_ERROR_BYTES: u64 = 1024 * 1024;
/// Largest object that is downloaded, bytes: the largest that S3 takes in one request. What reads an object into memory has a
/// smaller limit of its own, see [`ObjectStore::read`](super::ObjectStore::read).
const MAX_OBJECT_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of an object that must arrive within each timeout. With the default timeout that is 6 kB/s.
const PROGRESS_BYTES: u64 = 1024 * 1024;

/// Why a response was not accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ResponseFault {
    /// No status and headers in time.
    #[error("no response from {host} within {} s", .timeout.as_secs_f64())]
    NoResponse { host: String, timeout: Duration },
    /// The body is not complete in time.
    #[error("the response from {host} did not end within {} s", .timeout.as_secs_f64())]
    NotEnded { host: String, timeout: Duration },
    /// The body of an object arrives too slowly.
    #[error("the download from {host} is too slow: less than {} in {} s", binary_size(PROGRESS_BYTES), .timeout.as_secs_f64())]
    TooSlow { host: String, timeout: Duration },
    /// The body is longer than any response of this kind.
    #[error("the response from {host} (HTTP status {status}) is larger than {}", binary_size(*.limit))]
    TooLarge { host: String, status: u16, limit: u64 },
    /// A success without a body, where the operation has one.
    #[error("the response from {host} (HTTP status {status}) is empty")]
    Empty { host: String, status: u16 },
}

impl ResponseFault {
    /// The fault in an error's chain of causes, if there is one.
    pub(crate) fn of<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        std::iter::successors(Some(error), |cause| cause.source()).find_map(|cause| cause.downcast_ref())
    }

    /// What it means, and the error code that it is shown with.
    pub(crate) fn kind_and_code(&self) -> (ServiceErrorKind, &'static str) {
        match self {
            Self::NoResponse { .. } | Self::NotEnded { .. } | Self::TooSlow { .. } => {
                (ServiceErrorKind::Timeout, "TimedOut")
            }
            Self::TooLarge { .. } => (ServiceErrorKind::ResponseTooLarge, "ResponseTooLarge"),
            Self::Empty { .. } => (ServiceErrorKind::IncompleteResponse, "EmptyResponse"),
        }
    }
}

/// An HTTP client whose responses are bounded. An API operation's response must be complete `timeout` after its request began; of an
/// object's body at least 1 MiB, or its rest, must arrive within each `timeout`. Before each attempt of a request, `takeover` starts the local emulator if it does not run.
pub(super) fn bounded(inner: SharedHttpClient, timeout: Duration, takeover: Option<Takeover>) -> SharedHttpClient {
    SharedHttpClient::new(BoundedClient { inner, timeout, takeover })
}

#[derive(Debug)]
struct BoundedClient {
    inner: SharedHttpClient,
    timeout: Duration,
    takeover: Option<Takeover>,
}

impl HttpClient for BoundedClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(BoundedConnector { inner, timeout: self.timeout, takeover: self.takeover.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct BoundedConnector {
    inner: SharedHttpConnector,
    timeout: Duration,
    takeover: Option<Takeover>,
}

impl HttpConnector for BoundedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.takeover.iter().for_each(Takeover::ensure_served);
        let (expected, timeout) = (Expected::of(&request), self.timeout);
        let deadline = Instant::now() + timeout;
        let response = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            if let Ok(response) = timeout_at(deadline, response).await {
                return response.map(|response| expected.bound(response, timeout, deadline));
            }
            let fault = ResponseFault::NoResponse { host: expected.host, timeout };
            Err(ConnectorError::timeout(Box::new(fault)))
        })
    }
}

/// What the request says of its response.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    host: String,
    /// The bytes of an object, not JSON or XML.
    is_object: bool,
    /// A success may have no body.
    may_be_empty: bool,
}

impl Expected {
    fn of(request: &HttpRequest) -> Self {
        Self::parse(request.method(), request.uri())
    }

    fn parse(method: &str, uri: &str) -> Self {
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = rest.split('/').next().unwrap_or_default();
        // The SDK puts the operation's name into the query of S3's requests.
        let is_object = method == "GET" && query.split('&').any(|pair| pair == "x-id=GetObject");
        // What is only asked (GET, and POST of the services that have nothing else) and what is created has an answer. HEAD never
        // has a body; after PUT, DELETE and the stopping of a job there is nothing to tell.
        let may_be_empty = is_object || !matches!(method, "GET" | "POST") || rest.ends_with("/stop");
        Self { host: host.to_owned(), is_object, may_be_empty }
    }

    fn bound(self, mut response: HttpResponse, timeout: Duration, deadline: Instant) -> HttpResponse {
        let status = response.status().as_u16();
        let is_success = response.status().is_success();
        let is_object = self.is_object && is_success;
        let limit = match (is_success, is_object) {
            (true, true) => MAX_OBJECT_BYTES,
            (true, false) => MAX_RESPONSE_BYTES,
            (false, _) => MAX_ERROR_BYTES,
        };
        let body = BoundedBody {
            inner: std::mem::replace(response.body_mut(), SdkBody::taken()),
            host: self.host,
            status,
            limit,
            received: 0,
            window: is_object.then_some(PROGRESS_BYTES),
            may_be_empty: self.may_be_empty || !is_success,
            timeout,
            sleep: Box::pin(sleep_until(if is_object { Instant::now() + timeout } else { deadline })),
        };
        *response.body_mut() = SdkBody::from_body_1_x(body);
        response
    }
}

struct BoundedBody {
    inner: SdkBody,
    host: String,
    status: u16,
    limit: u64,
    received: u64,
    /// Of an object: the count of bytes at which the timeout begins again.
    window: Option<u64>,
    may_be_empty: bool,
    timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl BoundedBody {
    fn too_late(&self) -> ResponseFault {
        let (host, timeout) = (self.host.clone(), self.timeout);
        if self.window.is_some() {
            ResponseFault::TooSlow { host, timeout }
        } else {
            ResponseFault::NotEnded { host, timeout }
        }
    }

    fn take(&mut self, bytes: u64) -> Result<(), ResponseFault> {
        self.received = self.received.saturating_add(bytes);
        if self.received > self.limit {
            return Err(ResponseFault::TooLarge { host: self.host.clone(), status: self.status, limit: self.limit });
        }
        if let Some(window) = self.window.filter(|window| self.received >= *window) {
            self.window = Some(window.max(self.received) + PROGRESS_BYTES);
            let deadline = Instant::now() + self.timeout;
            self.sleep.as_mut().reset(deadline);
        }
        Ok(())
    }
}

impl Body for BoundedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let announced = self.inner.content_length().unwrap_or_default();
        if self.received.saturating_add(announced) > self.limit {
            let refused = self.take(announced);
            return Poll::Ready(refused.err().map(|fault| Err(fault.into())));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            ready!(self.sleep.as_mut().poll(context));
            return Poll::Ready(Some(Err(self.too_late().into())));
        };
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                Some(self.take(bytes).map(|()| frame).map_err(BoxError::from))
            }
            Some(Err(error)) => Some(Err(error)),
            None if self.received == 0 && !self.may_be_empty => {
                Some(Err(ResponseFault::Empty { host: self.host.clone(), status: self.status }.into()))
            }
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.inner)
    }
}

#[cfg(test)]
mod tests;

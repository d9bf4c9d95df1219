//! A listener on 127.0.0.1 and what stands behind it: S3, or Bedrock and its neighbours.

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, S3Result, s3_error};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::access::OwnKeys;
use super::answer;
use super::bedrock::Bedrock;
use super::s3::LocalS3;
use super::server::{SERVER_HEADER, STOP_DEADLINE};
use super::signature_rules;
use super::state::Keys;

/// What a listener serves.
#[derive(Clone)]
pub(super) enum Service {
    S3(Box<S3Service>),
    Bedrock(Arc<Bedrock>),
}

impl Service {
    pub(super) fn s3(s3: LocalS3, keys: &Keys) -> Self {
        let mut builder = S3ServiceBuilder::new(s3);
        builder.set_auth(OwnKeys(keys.clone()));
        Self::S3(Box::new(builder.build()))
    }

    async fn call(&self, request: Request<Incoming>) -> Result<Response<Body>, HttpError> {
        match self {
            Self::S3(service) => {
                let resource = request.uri().path().to_owned();
                let response = match check(&request) {
                    Ok(()) => service.call(request.map(Body::from)).await?,
                    Err(error) => error.to_http_response().map_err(|error| HttpError::new(Box::new(error)))?,
                };
                Ok(answer::complete(response, &resource))
            }
            Self::Bedrock(bedrock) => {
                let is_for_this_machine = is_for_this_machine(&request);
                Ok(bedrock.answer(request, is_for_this_machine).await)
            }
        }
    }
}

fn check(request: &Request<Incoming>) -> S3Result<()> {
    if !is_for_this_machine(request) {
        return Err(s3_error!(AccessDenied, "This server answers only requests to 127.0.0.1 or localhost."));
    }
    signature_rules::check(request)
}

/// Takes connections until told to stop, then lets the requests in flight end.
pub(super) async fn accept(
    listener: TcpListener,
    service: Service,
    id: HeaderValue,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // The sender lives as long as the server.
            _ = stopped.wait_for(|stop| *stop) => break,
            // Ended connections leave the set.
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, or the client is gone already: go on after a breath.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Answers are small and written in two pieces; without this each waits for an acknowledgement.
        let _ = stream.set_nodelay(true);
        connections.spawn(answer(stream, service.clone(), id.clone(), stopped.clone()));
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(STOP_DEADLINE, ended).await;
}

fn answer(
    stream: tokio::net::TcpStream,
    service: Service,
    id: HeaderValue,
    mut stopped: watch::Receiver<bool>,
) -> impl Future<Output = ()> {
    let answer_one = service_fn(move |request: Request<Incoming>| {
        let (service, id) = (service.clone(), id.clone());
        async move {
            let mut response = service.call(request).await?;
            response.headers_mut().insert(SERVER_HEADER, id);
            Ok::<_, HttpError>(response)
        }
    });
    async move {
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer_one);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopped.wait_for(|stop| *stop) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// A web page can make a browser call 127.0.0.1 under a name of its own (DNS rebinding), but not with our name.
fn is_for_this_machine(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) => return false,
        None => host,
    };
    name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")
}

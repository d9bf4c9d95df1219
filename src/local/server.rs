//! The listener: one thread with a runtime of its own, on 127.0.0.1 only.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::Body;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::DEFAULT_REGION;
use super::access::OwnKeys;
use super::answer;
use super::join::{self, LocalHandle};
use super::s3::LocalS3;
use super::state::{Keys, ServerFile, StateDir, StateLock, in_use};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Every answer says with this header whose it is: the access key id, which is no secret.
pub(super) const SERVER_HEADER: HeaderName = HeaderName::from_static("x-nova-ft-local");

/// How long requests in flight may go on when the server stops.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// How to run the stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalOptions {
    /// The folder of its lock, address and objects; made if it is missing. Default: `.nova-ft` in the current folder.
    pub state_dir: PathBuf,
    /// The port to listen on. Default: the one of the last time, else any free one.
    pub port: Option<u16>,
    /// The Region that it plays. Default: [`DEFAULT_REGION`].
    pub region: String,
    /// What time its objects get.
    pub clock: Clock,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self { state_dir: ".nova-ft".into(), port: None, region: DEFAULT_REGION.to_owned(), clock: Clock::System }
    }
}

/// A running stand-in. Dropping it stops it; requests in flight get two seconds.
pub struct LocalServer {
    address: SocketAddr,
    keys: Keys,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    /// Given back after the thread has ended: whoever takes it reads the folder anew.
    _lock: StateLock,
}

impl LocalServer {
    /// Serves a folder from this process.
    ///
    /// # Errors
    /// [`Error::Input`] when another process serves the folder, or the port is taken; [`Error::Io`] when the folder cannot
    /// be used.
    pub fn start(options: &LocalOptions) -> Result<Self> {
        let state = StateDir::create(&options.state_dir)?;
        match state.try_lock()? {
            Some(lock) => Self::serve(options, &state, lock, state.keys()?),
            None => Err(in_use(&state)),
        }
    }

    /// Serves a folder, or connects to the process that does, and takes its place when it is gone.
    ///
    /// # Errors
    /// As [`Self::start`]; [`Error::Input`] when the process that holds the folder does not answer; [`Error::Setting`] when
    /// it serves on another port than the one that `options` asks for.
    pub fn join(options: &LocalOptions) -> Result<LocalHandle> {
        join::join(options)
    }

    /// Serves a folder whose lock is held.
    pub(super) fn serve(options: &LocalOptions, state: &StateDir, lock: StateLock, keys: Keys) -> Result<Self> {
        let earlier = state.read_server()?;
        state.sweep()?;
        let s3 = LocalS3::open(&state.s3_path(), &options.region, options.clock)?;
        let listener = listen(options.port, earlier.and_then(|server| server.port()))?;
        let system = |action: &str| {
            let action = action.to_owned();
            move |source| Error::System { action, source }
        };
        let address = listener.local_addr().map_err(system("read the port of the local stand-in"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("nova-ft-local")
            .enable_all()
            .build()
            .map_err(system("start the threads of the local stand-in"))?;
        let service = service(s3, &keys);
        let (stop, stopped) = watch::channel(false);
        let id = HeaderValue::from_str(&keys.access_key_id).unwrap_or(HeaderValue::from_static(""));
        let thread = std::thread::Builder::new()
            .name("nova-ft-local".to_owned())
            .spawn(move || {
                runtime.block_on(accept(listener, service, id, stopped));
                // Work on files that was cut off ends by itself.
                runtime.shutdown_timeout(Duration::from_millis(500));
            })
            .map_err(system("start the thread of the local stand-in"))?;
        let server = Self { address, keys: keys.clone(), stop, thread: Some(thread), _lock: lock };
        state.write_server(&ServerFile { pid: std::process::id(), s3_endpoint: server.endpoint(), keys })?;
        Ok(server)
    }

    /// Where it answers, `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The keys that requests must be signed with.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}

impl fmt::Debug for LocalServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServer").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been reported already.
            let _ = thread.join();
        }
    }
}

/// Listens on the asked port, or tries the port of the last time and then any.
fn listen(asked: Option<u16>, earlier: Option<u16>) -> Result<TcpListener> {
    let bind = |port| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true).map(|()| listener)
    };
    if let Some(port) = asked {
        return bind(port).map_err(|error: io::Error| Error::Setting {
            origin: "--port".to_owned(),
            what: format!("cannot listen on port {port}: {error}"),
            hint: "name another port, or leave it out to take any free one.".to_owned(),
        });
    }
    let found = earlier.and_then(|port| bind(port).ok()).map_or_else(|| bind(0), Ok);
    found.map_err(|source| Error::System { action: "listen on 127.0.0.1".to_owned(), source })
}

fn service(s3: LocalS3, keys: &Keys) -> S3Service {
    let mut builder = S3ServiceBuilder::new(s3);
    builder.set_auth(OwnKeys(keys.clone()));
    builder.build()
}

/// Takes connections until told to stop, then lets the requests in flight end.
async fn accept(listener: TcpListener, service: S3Service, id: HeaderValue, mut stopped: watch::Receiver<bool>) {
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
    service: S3Service,
    id: HeaderValue,
    mut stopped: watch::Receiver<bool>,
) -> impl Future<Output = ()> {
    let answer_one = service_fn(move |request: Request<Incoming>| {
        let (service, id) = (service.clone(), id.clone());
        async move {
            let resource = request.uri().path().to_owned();
            let response =
                if is_for_this_machine(&request) { service.call(request.map(Body::from)).await? } else { forbidden() };
            let mut response = answer::complete(response, &resource);
            response.headers_mut().insert(SERVER_HEADER, id);
            Ok::<_, s3s::HttpError>(response)
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

fn forbidden() -> Response<Body> {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>This server answers \
                only requests to 127.0.0.1 or localhost.</Message></Error>";
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

#[cfg(test)]
mod tests;

//! The listener: one thread with a runtime of its own, on 127.0.0.1 only.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::watch;

use super::DEFAULT_REGION;
use super::bedrock::{Bedrock, Worker};
use super::join::{self, LocalHandle};
use super::listen::{Service, accept};
use super::photos::{Photos, PhotosRead, ReaderSource};
use super::s3::LocalS3;
use super::state::{Keys, ServerFile, StateDir, StateLock, in_use};
use super::tokens::TokenCounter;
use foundation::clock::Clock;
use foundation::error::{Error, Result};

/// Every answer says with this header whose it is: the access key id, which is no secret.
pub(super) const SERVER_HEADER: HeaderName = HeaderName::from_static("x-nova-ft-local");

/// How long requests in flight may go on when the server stops.
pub(super) const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// How to run the stand-in.
#[derive(Debug, Clone)]
pub struct LocalOptions {
    /// The folder of its lock, address and objects; made if it is missing. Default: `.nova-ft` in the current folder.
    pub state_dir: PathBuf,
    /// The port of S3. Default: the one of the last time, else any free one. Bedrock's is never asked for.
    pub port: Option<u16>,
    /// The Region that it plays. Default: [`DEFAULT_REGION`].
    pub region: String,
    /// What time its objects get.
    pub clock: Clock,
    /// Who reads the photos for its models.
    pub reader: ReaderSource,
    /// How its models count tokens.
    pub tokens: TokenCounter,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self {
            state_dir: ".nova-ft".into(),
            port: None,
            region: DEFAULT_REGION.to_owned(),
            clock: Clock::System,
            reader: ReaderSource::default(),
            tokens: TokenCounter::default(),
        }
    }
}

/// A running stand-in. Dropping it stops it; requests in flight get two seconds.
pub struct LocalServer {
    address: SocketAddr,
    bedrock_address: SocketAddr,
    keys: Keys,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    worker: Option<Worker>,
    /// Given back after the thread has ended: whoever takes it reads the folder anew.
    _lock: StateLock,
}

impl LocalServer {
    /// Serves a folder from this process.
    ///
    /// # Errors
    /// [`Error::Input`] when another process serves the folder, or the port is taken; [`Error::Io`] when the folder cannot
    /// be used; [`Error::Setting`] when the machine's clock shows a year before 1970 or after 9997.
    pub fn start(options: &LocalOptions) -> Result<Self> {
        Clock::check_http_date()?;
        let state = StateDir::create(&options.state_dir)?;
        match state.try_lock()? {
            Some(lock) => Self::serve(options, &state, lock, state.keys()?),
            None => Err(in_use(&state)),
        }
    }

    /// Serves a folder, or connects to the process that does, whose place the next call takes when it is gone.
    ///
    /// # Errors
    /// As [`Self::start`]; [`Error::Input`] when the process that holds the folder does not answer; [`Error::Setting`] when
    /// it serves on another port than the one that `options` asks for.
    pub fn join(options: &LocalOptions) -> Result<LocalHandle> {
        Clock::check_http_date()?;
        join::join(options)
    }

    /// Serves a folder whose lock is held.
    pub(super) fn serve(options: &LocalOptions, state: &StateDir, lock: StateLock, keys: Keys) -> Result<Self> {
        let earlier = state.read_server()?;
        state.sweep()?;
        let s3 = LocalS3::open(&state.s3_path(), &options.region, options.clock)?;
        let listener = listen(options.port, earlier.as_ref().and_then(ServerFile::s3_port))?;
        let bedrock_listener = listen(None, earlier.as_ref().and_then(ServerFile::bedrock_port))?;
        let system = |action: &str| {
            let action = action.to_owned();
            move |source| Error::System { action, source }
        };
        let address = listener.local_addr().map_err(system("read the port of the local stand-in"))?;
        let bedrock_address = bedrock_listener.local_addr().map_err(system("read the port of the local stand-in"))?;
        let photos = Photos::new(options.reader.clone(), state.path().to_path_buf());
        let bedrock = Arc::new(Bedrock::open(state, options, keys.clone(), s3.clone(), photos)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("nova-ft-local")
            .enable_all()
            .build()
            .map_err(system("start the threads of the local stand-in"))?;
        let service = Service::s3(s3, &keys);
        let (stop, stopped) = watch::channel(false);
        let id = HeaderValue::from_str(&keys.access_key_id).unwrap_or(HeaderValue::from_static(""));
        let served = bedrock.clone();
        let thread = std::thread::Builder::new()
            .name("nova-ft-local".to_owned())
            .spawn(move || {
                let s3 = accept(listener, service, id.clone(), stopped.clone());
                let bedrock = accept(bedrock_listener, Service::Bedrock(served), id, stopped);
                runtime.block_on(async { tokio::join!(s3, bedrock) });
                // Work on files that was cut off ends by itself.
                runtime.shutdown_timeout(Duration::from_millis(500));
            })
            .map_err(system("start the thread of the local stand-in"))?;
        let mut server = Self { address, bedrock_address, keys, stop, thread: Some(thread), worker: None, _lock: lock };
        state.write_server(&server.file())?;
        server.worker = Some(Worker::start(bedrock)?);
        Ok(server)
    }

    /// Returns what other processes are told.
    pub(super) fn file(&self) -> ServerFile {
        ServerFile {
            pid: std::process::id(),
            s3_endpoint: self.endpoint(),
            bedrock_endpoint: Some(self.bedrock_endpoint()),
            keys: self.keys.clone(),
        }
    }

    /// Where its S3 answers, `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its Bedrock, STS and IAM answer.
    pub fn bedrock_endpoint(&self) -> String {
        format!("http://{}", self.bedrock_address)
    }

    /// How far the photos of the job under way are read; `None` where none are being read.
    pub fn photos_read(&self) -> Option<PhotosRead> {
        self.worker.as_ref().and_then(|worker| worker.bedrock().photos_read())
    }

    /// Why the job under way is put off, where trouble of this machine is in its way: a full disk, missing models.
    pub fn job_put_off(&self) -> Option<String> {
        self.worker.as_ref().and_then(|worker| worker.bedrock().job_put_off())
    }

    /// The port of S3.
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
        // First the work on jobs, which waits for the photos that are being read: until then requests are answered. The lock is
        // given back after this: two processes must never work on one job.
        self.worker = None;
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
            origin: "port".to_owned(),
            what: format!("cannot listen on port {port}: {error}"),
            hint: "name another port, or leave it out to take any free one.".to_owned(),
        });
    }
    let found = earlier.and_then(|port| bind(port).ok()).map_or_else(|| bind(0), Ok);
    found.map_err(|source| Error::System { action: "listen on 127.0.0.1".to_owned(), source })
}

#[cfg(test)]
mod tests;

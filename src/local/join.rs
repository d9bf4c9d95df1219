//! Sharing one stand-in: the first process serves, the others connect and stand by to take its place.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::photos::PhotosRead;
use super::server::{LocalOptions, LocalServer, SERVER_HEADER};
use super::state::{Keys, ServerFile, StateDir, served_by_an_earlier_version, served_elsewhere, unanswered};
use crate::error::{Error, Result};

/// How often a process that stands by looks whether the server is gone.
const GUARD_INTERVAL: Duration = Duration::from_millis(75);
/// How often a process that starts looks whether the server answers.
const START_INTERVAL: Duration = Duration::from_millis(25);
/// How long the process that holds the lock may take to answer.
const START_DEADLINE: Duration = Duration::from_secs(10);
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// A stand-in that answers for as long as this lives, whichever process serves it. Dropping it stops what this process
/// started.
pub struct LocalHandle {
    shared: Arc<Shared>,
    keys: Keys,
    guardian: Option<Guardian>,
}

/// What the guardian's thread and the handle both see.
struct Shared {
    endpoints: Mutex<Endpoints>,
    /// The server, once this process has it.
    server: Mutex<Option<LocalServer>>,
}

/// Where the stand-in answers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Endpoints {
    s3: String,
    bedrock: String,
}

impl Endpoints {
    fn of(server: &LocalServer) -> Self {
        Self { s3: server.endpoint(), bedrock: server.bedrock_endpoint() }
    }
}

impl LocalHandle {
    /// Where the stand-in's S3 answers now, `http://127.0.0.1:PORT`. It changes only if a server dies and another program
    /// takes its port.
    pub fn endpoint(&self) -> String {
        locked(&self.shared.endpoints).s3.clone()
    }

    /// Where its Bedrock, STS and IAM answer now; as [`Self::endpoint`].
    pub fn bedrock_endpoint(&self) -> String {
        locked(&self.shared.endpoints).bedrock.clone()
    }

    /// The keys that requests must be signed with; they never change.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// How far the photos of the job under way are read, where this process serves; the wire has no word for it.
    pub fn photos_read(&self) -> Option<PhotosRead> {
        locked(&self.shared.server).as_ref().and_then(LocalServer::photos_read)
    }

    /// Why the job under way is put off, where this process serves; as [`Self::photos_read`].
    pub fn job_put_off(&self) -> Option<String> {
        locked(&self.shared.server).as_ref().and_then(LocalServer::job_put_off)
    }

    /// Whether this process is the one that serves.
    pub fn is_serving(&self) -> bool {
        locked(&self.shared.server).is_some()
    }
}

impl fmt::Debug for LocalHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LocalHandle");
        shown.field("endpoint", &self.endpoint()).field("is_serving", &self.is_serving()).finish_non_exhaustive()
    }
}

impl Drop for LocalHandle {
    fn drop(&mut self) {
        // First the guardian: it must not take over what is being stopped.
        self.guardian = None;
        drop(locked(&self.shared.server).take());
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// See [`LocalServer::join`].
pub(super) fn join(options: &LocalOptions) -> Result<LocalHandle> {
    join_within(options, START_DEADLINE)
}

fn join_within(options: &LocalOptions, patience: Duration) -> Result<LocalHandle> {
    let state = StateDir::create(&options.state_dir)?;
    let deadline = Instant::now() + patience;
    loop {
        if let Some(lock) = state.try_lock()? {
            let server = LocalServer::serve(options, &state, lock, state.keys()?)?;
            let (endpoints, keys) = (Endpoints::of(&server), server.keys().clone());
            let shared = Shared { endpoints: Mutex::new(endpoints), server: Mutex::new(Some(server)) };
            return Ok(LocalHandle { shared: Arc::new(shared), keys, guardian: None });
        }
        // The file may be of a server that is dead, or not written yet: believe only an answer.
        if let Some(file) = state.read_server()?
            && answers(&file)
        {
            if options.port.is_some_and(|port| file.s3_port() != Some(port)) {
                return Err(served_elsewhere(&state, &file.s3_endpoint));
            }
            let Some(bedrock) = file.bedrock_endpoint else { return Err(served_by_an_earlier_version(&state)) };
            let endpoints = Endpoints { s3: file.s3_endpoint, bedrock };
            let shared = Arc::new(Shared { endpoints: Mutex::new(endpoints), server: Mutex::new(None) });
            let guardian = Guardian::start(options.clone(), state, file.keys.clone(), shared.clone())?;
            return Ok(LocalHandle { shared, keys: file.keys, guardian: Some(guardian) });
        }
        if Instant::now() >= deadline {
            return Err(unanswered(&state));
        }
        std::thread::sleep(START_INTERVAL);
    }
}

/// Whether the server of this file, and no other program, answers on its port.
fn answers(file: &ServerFile) -> bool {
    let ask = || -> Option<bool> {
        let port = file.s3_port()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, PROBE_TIMEOUT).ok()?;
        stream.set_read_timeout(Some(PROBE_TIMEOUT)).ok()?;
        stream.set_write_timeout(Some(PROBE_TIMEOUT)).ok()?;
        write!(stream, "HEAD / HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = Vec::new();
        // The answer to an unsigned request is short; a program that sends more is not ours.
        stream.take(64 * 1024).read_to_end(&mut answer).ok()?;
        let wanted = format!("{SERVER_HEADER}: {}\r\n", file.keys.access_key_id);
        Some(String::from_utf8_lossy(&answer).contains(&wanted))
    };
    ask().unwrap_or(false)
}

/// The thread that waits for the server's place.
struct Guardian {
    /// Dropping it ends the thread.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Guardian {
    fn start(options: LocalOptions, state: StateDir, keys: Keys, shared: Arc<Shared>) -> Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let guard = move || {
            while stopped.recv_timeout(GUARD_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if let Some(server) = take_over(&options, &state, &keys) {
                    *locked(&shared.endpoints) = Endpoints::of(&server);
                    *locked(&shared.server) = Some(server);
                    return;
                }
                follow(&state, &keys, &shared);
            }
        };
        let thread = std::thread::Builder::new().name("nova-ft-guardian".to_owned()).spawn(guard);
        let thread = thread.map_err(|source| Error::System { action: "start the guardian's thread".into(), source })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been reported already.
            let _ = thread.join();
        }
    }
}

/// Serves in the place of a server that is gone: same folder, same keys, and the same port where it is free. What goes
/// wrong now may go right the next time, here or in another process, so the lock is given back.
fn take_over(options: &LocalOptions, state: &StateDir, keys: &Keys) -> Option<LocalServer> {
    let lock = state.try_lock().ok().flatten()?;
    // The dead server's port, not the one that this process would have liked.
    let options = LocalOptions { port: None, ..options.clone() };
    LocalServer::serve(&options, state, lock, keys.clone()).ok()
}

/// Learns of another process that took over on another port.
fn follow(state: &StateDir, keys: &Keys, shared: &Shared) {
    let Ok(Some(file)) = state.read_server() else { return };
    if let (true, Some(bedrock)) = (file.keys == *keys, file.bedrock_endpoint) {
        *locked(&shared.endpoints) = Endpoints { s3: file.s3_endpoint, bedrock };
    }
}

#[cfg(test)]
mod tests;

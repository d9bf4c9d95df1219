//! Sharing one local emulator: the first process serves, the others connect, and the next call of one of them takes over when the
//! serving process is gone.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::photos::PhotosRead;
use super::server::{LocalOptions, LocalServer, SERVER_HEADER};
use super::state::{Keys, ServerFile, StateDir, served_by_an_earlier_version, served_elsewhere, unanswered};
use foundation::error::Result;

/// How often a process that starts checks whether the server answers.
const START_INTERVAL: Duration = Duration::from_millis(25);
/// How long the process that holds the lock may take to answer.
const START_DEADLINE: Duration = Duration::from_secs(10);
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection to the local emulator, whichever process serves it. Dropping it stops the server that this process started.
pub struct LocalHandle {
    /// Clients hold it weakly: a client that outlives the handle takes over nothing.
    shared: Arc<Shared>,
}

struct Shared {
    options: LocalOptions,
    state: StateDir,
    /// Keys, and addresses when this process joined.
    joined: ServerFile,
    /// The server, if this process serves.
    server: Mutex<Option<LocalServer>>,
}

impl LocalHandle {
    /// Returns the current address of its S3, `http://127.0.0.1:PORT`, after a takeover where one is due. The port changes only
    /// if a server ends and another program takes its port.
    pub fn endpoint(&self) -> String {
        self.current().s3_endpoint
    }

    /// Returns the current address of its Bedrock, STS and IAM; as [`Self::endpoint`].
    pub fn bedrock_endpoint(&self) -> String {
        self.current().bedrock_endpoint.unwrap_or_default()
    }

    /// Returns the keys that requests must be signed with; they never change.
    pub fn keys(&self) -> &Keys {
        &self.shared.joined.keys
    }

    /// Serves in this process if the process that did is gone. Each attempt of a client's request does this first.
    pub fn ensure_served(&self) {
        self.shared.ensure_served();
    }

    /// Returns a reference to this handle that clients call before each request; see [`Takeover::ensure_served`].
    pub fn takeover(&self) -> Takeover {
        Takeover(Arc::downgrade(&self.shared))
    }

    /// Returns how many images of the running job are read, if this process serves; there is no API for it.
    pub fn photos_read(&self) -> Option<PhotosRead> {
        locked(&self.shared.server).as_ref().and_then(LocalServer::photos_read)
    }

    /// Returns why the running job is deferred, if this process serves; as [`Self::photos_read`].
    pub fn job_put_off(&self) -> Option<String> {
        locked(&self.shared.server).as_ref().and_then(LocalServer::job_put_off)
    }

    /// Returns whether this process serves.
    pub fn is_serving(&self) -> bool {
        locked(&self.shared.server).is_some()
    }

    /// Returns the addresses now: this process or another one may have taken over on another port.
    fn current(&self) -> ServerFile {
        self.ensure_served();
        let Shared { state, joined, .. } = &*self.shared;
        let is_ours = |file: &ServerFile| file.keys == joined.keys && file.bedrock_endpoint.is_some();
        state.read_server().ok().flatten().filter(is_ours).unwrap_or_else(|| joined.clone())
    }
}

impl fmt::Debug for LocalHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalHandle").field("is_serving", &self.is_serving()).finish_non_exhaustive()
    }
}

/// Takes over the lock, the port and the keys where the serving process is gone. Made by [`LocalHandle::takeover`].
#[derive(Clone)]
pub struct Takeover(Weak<Shared>);

impl Takeover {
    /// Starts to serve unless a process does, or the handle was dropped. May block for a moment.
    pub fn ensure_served(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.ensure_served();
        }
    }
}

impl fmt::Debug for Takeover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Takeover").finish_non_exhaustive()
    }
}

impl Shared {
    fn ensure_served(&self) {
        let mut server = locked(&self.server);
        if server.is_none() {
            *server = self.take_over();
        }
    }

    /// Serves in the place of a server that is gone: same folder, same keys, and the same port where it is free. `None` where a
    /// process serves, and after a failure, which the next call, here or in another process, may not have: the lock is released.
    fn take_over(&self) -> Option<LocalServer> {
        let lock = self.state.try_lock().ok().flatten()?;
        // The port of the server that is gone, not the one that this process asked for.
        let options = LocalOptions { port: None, ..self.options.clone() };
        // On a thread of its own: a request may be what calls this, and no runtime may be dropped inside another.
        std::thread::scope(|scope| {
            let serve = || LocalServer::serve(&options, &self.state, lock, self.joined.keys.clone()).ok();
            std::thread::Builder::new().spawn_scoped(scope, serve).ok()?.join().ok().flatten()
        })
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
    let (server, joined) = loop {
        if let Some(lock) = state.try_lock()? {
            let server = LocalServer::serve(options, &state, lock, state.keys()?)?;
            let file = server.file();
            break (Some(server), file);
        }
        // The file may be of a server that is gone, or not written yet: only an answer counts.
        if let Some(file) = state.read_server()?
            && answers(&file)
        {
            if options.port.is_some_and(|port| file.s3_port() != Some(port)) {
                return Err(served_elsewhere(&state, &file.s3_endpoint));
            }
            if file.bedrock_endpoint.is_none() {
                return Err(served_by_an_earlier_version(&state));
            }
            break (None, file);
        }
        if Instant::now() >= deadline {
            return Err(unanswered(&state));
        }
        std::thread::sleep(START_INTERVAL);
    };
    let (options, server) = (options.clone(), Mutex::new(server));
    Ok(LocalHandle { shared: Arc::new(Shared { options, state, joined, server }) })
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

#[cfg(test)]
mod tests;

//! The folder that one stand-in lives in: its lock, its address and keys, its objects.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use foundation::Secret;
use foundation::atomic::{self, create_private_folder};
use foundation::entropy::random_hex;
use foundation::error::{Error, IoContext, Place, Result};
use foundation::files::{self, MAX_SETTINGS_BYTES};
use foundation::json_file;
use foundation::source_access::folder_of;

/// The layout of `server.json`; a file with a higher number was written by a later nova-ft.
const VERSION: u32 = 2;
const KEY_ID_PREFIX: &str = "NOVAFTLOCAL";

/// The throw-away credentials of a stand-in. They open nothing but the port of this machine that they were made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// `NOVAFTLOCAL…`, so that nobody takes it for a key of AWS.
    pub access_key_id: String,
    /// The secret that requests are signed with.
    pub secret_access_key: Secret,
}

impl Keys {
    fn new_random() -> Result<Self> {
        let draw =
            |byte_count| random_hex(byte_count).map_err(|source| Error::System { action: "draw a key".into(), source });
        Ok(Self {
            access_key_id: format!("{KEY_ID_PREFIX}{}", draw(5)?.to_uppercase()),
            secret_access_key: Secret::new(draw(20)?),
        })
    }
}

/// What a running server tells the other processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerFile {
    pub(super) pid: u32,
    /// `http://127.0.0.1:PORT`.
    pub(super) s3_endpoint: String,
    /// The same for Bedrock, STS and IAM; `None` where a nova-ft serves that had S3 alone.
    pub(super) bedrock_endpoint: Option<String>,
    pub(super) keys: Keys,
}

impl ServerFile {
    /// The port of S3.
    pub(super) fn s3_port(&self) -> Option<u16> {
        port_of(&self.s3_endpoint)
    }

    /// The port of Bedrock.
    pub(super) fn bedrock_port(&self) -> Option<u16> {
        port_of(self.bedrock_endpoint.as_deref()?)
    }
}

fn port_of(endpoint: &str) -> Option<u16> {
    endpoint.rsplit_once(':')?.1.parse().ok()
}

/// `server.json` as it is written; the only place where the secret leaves its wrapper.
#[derive(Serialize, Deserialize)]
struct ServerJson {
    version: u32,
    pid: u32,
    s3_endpoint: String,
    /// Since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bedrock_endpoint: Option<String>,
    access_key_id: String,
    secret_access_key: String,
}

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct StateDir {
    dir: PathBuf,
}

/// The right to serve a [`StateDir`]: the operating system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct StateLock {
    file: File,
}

impl Drop for StateLock {
    fn drop(&mut self) {
        // Closing is not enough: a child that this process is just starting has the file open too, until it is another program.
        let _ = self.file.unlock();
    }
}

impl StateDir {
    /// Names the folder, which may not exist yet.
    pub(super) fn at(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf() }
    }

    /// Makes the folder where it is missing.
    pub(super) fn create(dir: &Path) -> Result<Self> {
        // The system's own word for this would be "file exists".
        let is_file = std::fs::metadata(dir).is_ok_and(|metadata| !metadata.is_dir());
        let created = if is_file {
            Err(ErrorKind::NotADirectory.into())
        } else {
            std::fs::create_dir_all(folder_of(dir)).and_then(|()| create_private_folder(dir))
        };
        created.at("create", dir)?;
        Ok(Self::at(dir))
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.dir.join("lock")
    }

    pub(super) fn server_path(&self) -> PathBuf {
        self.dir.join("server.json")
    }

    /// The folder of buckets and objects.
    pub(super) fn s3_path(&self) -> PathBuf {
        self.dir.join("s3")
    }

    /// The folder of jobs, custom models and deployments.
    pub(super) fn bedrock_path(&self) -> PathBuf {
        self.dir.join("bedrock")
    }

    /// The user's own file of roles.
    pub(super) fn roles_path(&self) -> PathBuf {
        self.dir.join("roles.json")
    }

    /// The user's own file of quotas.
    pub(super) fn quotas_path(&self) -> PathBuf {
        self.dir.join("quotas.json")
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.dir
    }

    /// Refuses a folder whose files would be taken for a stand-in's: one of ours has a lock file, empty or with a process's number.
    fn check_ours(&self) -> Result<()> {
        let foreign = match files::read(&self.lock_path(), MAX_SETTINGS_BYTES) {
            Ok(bytes) => Some(self.lock_path()).filter(|_| !bytes.trim_ascii().iter().all(u8::is_ascii_digit)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                [self.s3_path(), self.bedrock_path(), self.server_path()].into_iter().find(|path| path.exists())
            }
            // Said by whoever needs it.
            Err(_) => None,
        };
        foreign.map_or(Ok(()), |path| {
            let what = "this is not of the local stand-in, which would take it for its own";
            Err(Error::input(path, what, "name another folder with `state_dir`."))
        })
    }

    /// The lock, or `None` while another process (or another server of this one) has it.
    ///
    /// # Errors
    /// Where the folder is somebody else's, or cannot be written.
    pub(super) fn try_lock(&self) -> Result<Option<StateLock>> {
        self.check_ours()?;
        let path = self.lock_path();
        let opened = files::open_with(&path, File::options().read(true).write(true).create(true).truncate(false));
        let mut file = opened.at("write", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(Error::Io { action: "lock", path, source }),
        }
        // Whose lock it is, for the message that another process gives.
        let pid = std::process::id().to_string();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(pid.as_bytes()))
            .at("write", &path)?;
        Ok(Some(StateLock { file }))
    }

    /// The process that wrote itself into the lock file last.
    pub(super) fn lock_owner(&self) -> Option<u32> {
        let text = files::read_to_string(&self.lock_path(), MAX_SETTINGS_BYTES).ok()?;
        text.trim().parse().ok()
    }

    /// What `server.json` says; `None` when it is missing, or not a whole file of ours.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Input`] when a later nova-ft wrote it.
    pub(super) fn read_server(&self) -> Result<Option<ServerFile>> {
        let path = self.server_path();
        let bytes = match files::read(&path, MAX_SETTINGS_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Io { action: "read", path, source }),
        };
        let version =
            serde_json::from_slice::<serde_json::Value>(&bytes).ok().and_then(|json| json["version"].as_u64());
        if version.is_some_and(|version| version > u64::from(VERSION)) {
            return Err(Error::input(
                Place::file(path),
                "a later version of nova-ft wrote this file",
                "use that version, another `state_dir`, or forget the state with `nova-ft local reset`.",
            ));
        }
        let Ok(json) = serde_json::from_slice::<ServerJson>(&bytes) else { return Ok(None) };
        if !json.access_key_id.starts_with(KEY_ID_PREFIX) || json.secret_access_key.is_empty() {
            return Ok(None);
        }
        Ok(Some(ServerFile {
            pid: json.pid,
            s3_endpoint: json.s3_endpoint,
            bedrock_endpoint: json.bedrock_endpoint,
            keys: Keys { access_key_id: json.access_key_id, secret_access_key: Secret::new(json.secret_access_key) },
        }))
    }

    /// The keys of this folder, made at the first start and kept over restarts.
    pub(super) fn keys(&self) -> Result<Keys> {
        match self.read_server()? {
            Some(server) => Ok(server.keys),
            None => Keys::new_random(),
        }
    }

    /// Writes `server.json` in one step, readable by this user only.
    pub(super) fn write_server(&self, server: &ServerFile) -> Result<()> {
        let path = self.server_path();
        let json = ServerJson {
            version: VERSION,
            pid: server.pid,
            s3_endpoint: server.s3_endpoint.clone(),
            bedrock_endpoint: server.bedrock_endpoint.clone(),
            access_key_id: server.keys.access_key_id.clone(),
            secret_access_key: server.keys.secret_access_key.reveal().to_owned(),
        };
        atomic::write_private(&path, &json_file::bytes_of(&json, &path)?)
    }

    /// Removes what a killed process left half written. The caller holds the lock.
    pub(super) fn sweep(&self) -> Result<()> {
        atomic::sweep(&self.dir)
    }
}

/// The error of someone who needs the lock that another process has.
pub(super) fn in_use(state: &StateDir) -> Error {
    Error::input(
        Place::file(state.lock_path()),
        format!("{} is serving this folder", holder(state)),
        "stop that process first, or name another folder with `state_dir`.",
    )
}

/// The error of someone who waited in vain for the process that holds the lock.
pub(super) fn unanswered(state: &StateDir) -> Error {
    Error::input(
        Place::file(state.lock_path()),
        format!("{} holds this folder, but its stand-in does not answer", holder(state)),
        "wait until it has started or stop that process; or name another folder with `state_dir`.",
    )
}

/// The error of someone who finds a nova-ft that serves S3 and nothing else.
pub(super) fn served_by_an_earlier_version(state: &StateDir) -> Error {
    Error::input(
        Place::file(state.lock_path()),
        format!("{} serves this folder, and is an earlier version of nova-ft without Bedrock", holder(state)),
        "stop that process first, or name another folder with `state_dir`.",
    )
}

/// The error of someone who asked for a port of this folder's stand-in, which is served on another one.
pub(super) fn served_elsewhere(state: &StateDir, endpoint: &str) -> Error {
    Error::Setting {
        origin: "port".to_owned(),
        what: format!("{} serves {} already, at {endpoint}", holder(state), state.dir.display()),
        hint: "leave `port` out to use that one; or stop that process first, or name another folder with `state_dir`."
            .to_owned(),
    }
}

fn holder(state: &StateDir) -> String {
    state.lock_owner().map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests;

//! The folder that one stand-in lives in: its lock, its address and keys, its objects.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::entropy::random_hex;
use crate::error::{Error, IoContext, Place, Result};
use crate::settings::Secret;

/// The layout of `server.json`; a file with a higher number was written by a later nova-ft.
const VERSION: u32 = 1;
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
    pub(super) keys: Keys,
}

impl ServerFile {
    /// The port of the endpoint.
    pub(super) fn port(&self) -> Option<u16> {
        self.s3_endpoint.rsplit_once(':')?.1.parse().ok()
    }
}

/// `server.json` as it is written; the only place where the secret leaves its wrapper.
#[derive(Serialize, Deserialize)]
struct ServerJson {
    version: u32,
    pid: u32,
    s3_endpoint: String,
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
    _file: File,
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
        let created = if is_file { Err(ErrorKind::NotADirectory.into()) } else { std::fs::create_dir_all(dir) };
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

    /// The lock, or `None` while another process (or another server of this one) has it.
    pub(super) fn try_lock(&self) -> Result<Option<StateLock>> {
        let path = self.lock_path();
        let options = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.at("write", &path)?;
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
        Ok(Some(StateLock { _file: file }))
    }

    /// The process that wrote itself into the lock file last.
    pub(super) fn lock_owner(&self) -> Option<u32> {
        let mut text = String::new();
        File::open(self.lock_path()).ok()?.read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }

    /// What `server.json` says; `None` when it is missing, or not a whole file of ours.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Input`] when a later nova-ft wrote it.
    pub(super) fn read_server(&self) -> Result<Option<ServerFile>> {
        let path = self.server_path();
        let bytes = match std::fs::read(&path) {
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
                "use that version, another --state-dir, or forget the state with `nova-ft local reset`.",
            ));
        }
        let Ok(json) = serde_json::from_slice::<ServerJson>(&bytes) else { return Ok(None) };
        if !json.access_key_id.starts_with(KEY_ID_PREFIX) || json.secret_access_key.is_empty() {
            return Ok(None);
        }
        Ok(Some(ServerFile {
            pid: json.pid,
            s3_endpoint: json.s3_endpoint,
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
            access_key_id: server.keys.access_key_id.clone(),
            secret_access_key: server.keys.secret_access_key.reveal().to_owned(),
        };
        // A temporary file has mode 0600, and keeps it under its new name.
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            serde_json::to_writer_pretty(&mut file, &json)?;
            file.write_all(b"\n")?;
            file.persist(&path)?;
            Ok(())
        };
        write().at("write", path.as_path())
    }
}

/// What [`reset`] forgot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reset {
    /// The files and folders that were deleted.
    pub removed: Vec<PathBuf>,
}

/// Forgets a stand-in: its buckets, objects, address and keys. What nova-ft did not make stays, and so does the empty
/// lock file. A folder that does not exist is already forgotten.
///
/// # Errors
/// [`Error::Input`] while a process serves the folder; [`Error::Io`] when something cannot be deleted.
pub fn reset(state_dir: &Path) -> Result<Reset> {
    let state = StateDir::at(state_dir);
    if !state_dir.exists() {
        return Ok(Reset::default());
    }
    let Some(_lock) = state.try_lock()? else { return Err(in_use(&state)) };
    let mut removed = Vec::new();
    for path in [state.s3_path(), state.server_path()] {
        let outcome = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match outcome {
            Ok(()) => removed.push(path),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Io { action: "delete", path, source }),
        }
    }
    Ok(Reset { removed })
}

/// The error of someone who needs the lock that another process has.
pub(super) fn in_use(state: &StateDir) -> Error {
    Error::input(
        Place::file(state.lock_path()),
        format!("{} is serving this folder", holder(state)),
        "stop that process first, or name another folder with --state-dir.",
    )
}

/// The error of someone who waited in vain for the process that holds the lock.
pub(super) fn unanswered(state: &StateDir) -> Error {
    Error::input(
        Place::file(state.lock_path()),
        format!("{} holds this folder, but its stand-in does not answer", holder(state)),
        "wait until it has started or stop that process; or name another folder with --state-dir.",
    )
}

fn holder(state: &StateDir) -> String {
    state.lock_owner().map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(state: &StateDir) -> ServerFile {
        ServerFile { pid: 7, s3_endpoint: "http://127.0.0.1:4242".to_owned(), keys: state.keys().unwrap() }
    }

    #[test]
    fn what_is_written_to_server_json_is_read_back_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::create(dir.path()).unwrap();
        let written = server(&state);
        state.write_server(&written).unwrap();
        assert_eq!(state.read_server().unwrap(), Some(written.clone()));
        assert_eq!(state.keys().unwrap(), written.keys);
        assert_eq!(written.port(), Some(4242));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(state.server_path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn keys_are_recognisable_differ_from_folder_to_folder_and_never_show_their_secret() {
        let (left, right) = (Keys::new_random().unwrap(), Keys::new_random().unwrap());
        assert!(left.access_key_id.starts_with("NOVAFTLOCAL"));
        assert_ne!(left, right);
        assert!(!format!("{left:?}").contains(left.secret_access_key.reveal()));
    }

    #[test]
    fn a_damaged_server_json_counts_as_missing_and_a_later_version_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::create(dir.path()).unwrap();
        for text in ["", "{\"version\":1,", "[]", "{\"version\":1,\"pid\":1}", "\u{0}\u{0}"] {
            std::fs::write(state.server_path(), text).unwrap();
            assert_eq!(state.read_server().unwrap(), None, "{text:?}");
        }
        std::fs::write(state.server_path(), "{\"version\":2}").unwrap();
        let error = state.read_server().unwrap_err();
        assert!(error.to_string().ends_with("a later version of nova-ft wrote this file"), "{error}");
    }

    #[test]
    fn the_lock_is_given_once_and_again_after_its_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::create(dir.path()).unwrap();
        let lock = state.try_lock().unwrap();
        assert!(lock.is_some());
        assert!(state.try_lock().unwrap().is_none());
        assert_eq!(state.lock_owner(), Some(std::process::id()));
        drop(lock);
        assert!(state.try_lock().unwrap().is_some());
    }

    #[test]
    fn reset_deletes_only_what_nova_ft_made_and_not_while_someone_serves() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::create(dir.path()).unwrap();
        std::fs::create_dir_all(state.s3_path().join("buckets")).unwrap();
        std::fs::write(dir.path().join("mine.txt"), "keep").unwrap();
        state.write_server(&server(&state)).unwrap();

        let lock = state.try_lock().unwrap();
        let error = reset(dir.path()).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(lock);

        let reset_once = reset(dir.path()).unwrap();
        assert_eq!(reset_once.removed, [state.s3_path(), state.server_path()]);
        assert!(dir.path().join("mine.txt").exists());
        assert_eq!(reset(dir.path()).unwrap(), Reset::default());
        assert_eq!(reset(&dir.path().join("never")).unwrap(), Reset::default());
    }

    #[test]
    fn a_state_folder_that_is_a_file_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("state");
        std::fs::write(&file, "").unwrap();
        let error = StateDir::create(&file).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot create {}", file.display()));
        assert_eq!(error.hint().unwrap(), "name a folder here.");
    }
}

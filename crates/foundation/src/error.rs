//! Errors that say what went wrong, where, and what to do next.
//!
//! The library never prints: it returns an [`Error`], and the program and the notebooks show it. [`Error::hint`] is the
//! sentence that tells the user what to do; the chain of causes is reached by [`std::error::Error::source`].

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::files::{self, Refused};
use crate::owner::access_hint;
use crate::wording::counted;

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, sorted by what the user can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {}", shown(path))]
    Io {
        /// A verb: "read", "write", "create", "list".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The user's data has a fault that stops the step.
    #[error("{place}: {what}")]
    Input {
        /// Where the fault is.
        place: Place,
        /// What is wrong there.
        what: String,
        /// What to do about it.
        hint: String,
    },
    /// An option, an environment variable or a key of `nova-ft.toml` has a value that cannot be used.
    #[error("{origin}: {what}")]
    Setting {
        /// The field, `seed`, or where its value was set: `NOVA_FT_SEED`, `nova-ft.toml:12 (seed)`. The program names an option, `--seed`.
        origin: String,
        /// What is wrong with it.
        what: String,
        /// What to do about it. Fields are in backticks, here and in all hints: the program names their options.
        hint: String,
    },
    /// Settings that a step needs and nothing sets: all of them, so that one attempt names them all.
    #[error("missing required {}", named(settings))]
    Missing {
        /// The settings, at least one.
        settings: Vec<MissingSetting>,
        /// What else helps, as sentences; may be empty.
        advice: String,
    },
    /// A service (S3, or the local stand-in) refused or did not answer.
    #[error("{operation} {target}: {code}: {message}")]
    Service {
        /// What the error means, whatever the service calls it.
        kind: ServiceErrorKind,
        /// The API operation, `PutObject`.
        operation: &'static str,
        /// What it was applied to, `s3://bucket/key`.
        target: String,
        /// The service's error code, `NoSuchBucket`, or `Unreachable`.
        code: String,
        /// The service's message. Never holds a credential.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// The data set has error-level findings, so a step that needs a valid one did not start.
    #[error("{} is not ready: {} ({codes})", dataset.display(), counted(*errors, "error-level finding"))]
    NotReady {
        /// The folder of the data set.
        dataset: PathBuf,
        /// How many findings stand in the way.
        errors: usize,
        /// Their codes, `IMG001, S3U002`.
        codes: String,
        /// What to do about them.
        hint: String,
    },
    /// The blocking functions of this crate were called from inside an async runtime.
    #[error("a blocking function of nova_ft was called from async code")]
    InsideAsync,
    /// The machine refused something that this crate cannot do without: a thread, a socket.
    #[error("cannot {action}")]
    System {
        /// What was tried.
        action: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// A fault in the user's data.
    pub fn input(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Input { place: place.into(), what: what.into(), hint: hint.into() }
    }

    /// Returns the error of a resource of Bedrock that does not exist.
    pub fn not_found(
        operation: &'static str,
        target: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Service {
            kind: ServiceErrorKind::NotFound,
            operation,
            target: target.into(),
            code: "ResourceNotFoundException".to_owned(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Returns whether a service's error may not occur again when the same request is repeated later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Service { kind, .. } if kind.is_transient())
    }

    /// Whether it says nothing of the file that it names, but of the process or the machine at this moment: too many open files, no
    /// memory, a failing disk. The file is then neither missing nor damaged.
    pub fn is_of_machine(&self) -> bool {
        matches!(self, Self::Io { source, .. } | Self::System { source, .. } if files::is_of_machine(source))
    }

    /// The error as what is wrong with one file among many. One of the machine stays an error: the other files would fail in the same
    /// way.
    pub fn of_one_file(self) -> Result<String> {
        if self.is_of_machine() { Err(self) } else { Ok(self.with_causes()) }
    }

    /// The error and its causes on one line.
    pub fn with_causes(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |cause| cause.source());
        causes.fold(self.to_string(), |line, cause| format!("{line}: {cause}"))
    }

    /// What to do next, as a sentence.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { path, source, .. } => io_hint(path, source),
            Self::Input { hint, .. }
            | Self::Setting { hint, .. }
            | Self::Service { hint, .. }
            | Self::NotReady { hint, .. } => (!hint.is_empty()).then(|| hint.clone()),
            Self::Missing { settings, advice } => Some(ways_to_set(settings, advice)),
            Self::InsideAsync => Some("call it from `tokio::task::spawn_blocking`.".to_owned()),
            Self::System { source, .. } => files::is_out_of_files(source).then(|| OUT_OF_FILES.to_owned()),
        }
    }
}

/// The meaning of an [`Error::Service`]. It is decided once, where the error of the AWS SDK is translated; the code and the message
/// that the service gave are for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceErrorKind {
    /// The resource does not exist: a job, a model, a deployment, a role, a multipart upload, a configuration of a bucket.
    NotFound,
    /// The bucket does not exist.
    BucketNotFound,
    /// The object does not exist.
    ObjectNotFound,
    /// The IAM principal does not have the permission.
    AccessDenied,
    /// The credentials are missing, expired or invalid, or the request's signature is: by a wrong clock, for example.
    Credentials,
    /// The name is in use, or the state of the resource does not allow the operation.
    Conflict,
    /// The model does not exist, or cannot be used in this way.
    InvalidModel,
    /// The service received other bytes than the checksum announced.
    ChecksumMismatch,
    /// The bucket is in another Region.
    WrongRegion,
    /// Too many requests, or the capacity is not available at the moment.
    Throttled,
    /// The service failed to process the request: HTTP status 5xx.
    Unavailable,
    /// There is no connection, or it was closed before the response was complete.
    Unreachable,
    /// The response was not complete in time.
    Timeout,
    /// The service processed the request, and the result is empty, damaged or cut off.
    IncompleteResponse,
    /// The response is not one of the operation: a required member is missing, or a list has no end.
    UnexpectedResponse,
    /// The model's response has no text.
    EmptyAnswer,
    /// The response or the object is larger than any that is expected.
    ResponseTooLarge,
    /// Any other error, such as an invalid request.
    Other,
}

impl ServiceErrorKind {
    /// Returns whether the same request may succeed later without a change.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::Unavailable
                | Self::Unreachable
                | Self::Timeout
                | Self::IncompleteResponse
                | Self::EmptyAnswer
        )
    }

    /// Returns whether every other request to any service would fail in the same way.
    pub fn concerns_every_request(self) -> bool {
        matches!(self, Self::Credentials | Self::Unreachable | Self::Timeout)
    }
}

/// A required setting that nothing sets, and how to set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSetting {
    /// Its name: `role_arn`; in messages of the program its option, `--role-arn`.
    pub name: String,
    /// The environment variable: `NOVA_FT_ROLE_ARN`.
    pub variable: String,
    /// The line of the settings file: `` `role_arn = …` ``, with the table it stands in.
    pub line: String,
}

/// "setting `a`", "options `--a`, `--b`".
fn named(settings: &[MissingSetting]) -> String {
    let noun = if settings.iter().all(|setting| setting.name.starts_with("--")) { "option" } else { "setting" };
    let plural = if settings.len() == 1 { "" } else { "s" };
    let quoted: Vec<_> = settings.iter().map(|setting| format!("`{}`", setting.name)).collect();
    format!("{noun}{plural} {}", quoted.join(", "))
}

fn ways_to_set(settings: &[MissingSetting], advice: &str) -> String {
    let all = |part: fn(&MissingSetting) -> &str| settings.iter().map(part).collect::<Vec<_>>().join(", ");
    let lines = all(|setting| &setting.line);
    let ways = format!("set {}, or write {lines} in nova-ft.toml.", all(|setting| &setting.variable));
    if advice.is_empty() { ways } else { format!("{ways} {advice}") }
}

const OUT_OF_FILES: &str =
    "too many files are open: raise the limit, `ulimit -n 4096`, and run the same command again.";

fn io_hint(path: &Path, source: &io::Error) -> Option<String> {
    if let Some(refused) = Refused::of(source) {
        return Some(refused.hint().to_owned());
    }
    if files::is_out_of_files(source) {
        return Some(OUT_OF_FILES.to_owned());
    }
    let hint = match source.kind() {
        io::ErrorKind::NotFound => {
            "check the spelling; paths in nova-ft.toml are relative to that file, others to the current folder."
        }
        io::ErrorKind::PermissionDenied => return Some(access_hint(path)),
        io::ErrorKind::ReadOnlyFilesystem => "this place is read-only: make it writable, or name another one.",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run the same command again: it resumes."
        }
        io::ErrorKind::FileTooLarge => {
            "no file may grow larger here (`ulimit -f`, or the file system's own limit): raise it, and run the same command \
             again."
        }
        io::ErrorKind::NotADirectory => "name a folder here.",
        io::ErrorKind::IsADirectory => "name a file here.",
        io::ErrorKind::AlreadyExists => "a file is where a folder must be: name a folder here.",
        _ if path.as_os_str().is_empty() => "name a file.",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Adds the path to an I/O error.
pub trait IoContext<T> {
    /// `action` is a verb that fits "cannot … PATH".
    fn at(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T> {
        self.map_err(|source| Error::Io { action, path: path.into(), source })
    }
}

/// Where something is: a file, and inside it a line and a member.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Option<PathBuf>,
    /// Line in the file, counted from 1.
    pub line: Option<u64>,
    /// What inside the line: a JSON pointer (`/messages/0/role`) or a column's name.
    pub member: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { file: Some(path.into()), ..Self::default() }
    }

    /// A line of a file, counted from 1.
    pub fn line(path: impl Into<PathBuf>, line: u64) -> Self {
        Self { file: Some(path.into()), line: Some(line), member: None }
    }

    /// The same place, narrowed to a JSON pointer or a column.
    #[must_use]
    pub fn member(mut self, member: impl Into<String>) -> Self {
        self.member = Some(member.into());
        self
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        Self::file(path)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_deref().map(Path::display);
        match (file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}")?,
            (Some(file), None) => write!(f, "{file}")?,
            (None, Some(line)) => write!(f, "line {line}")?,
            (None, None) => {}
        }
        match &self.member {
            Some(member) if self.file.is_some() || self.line.is_some() => write!(f, " {member}"),
            Some(member) => f.write_str(member),
            None => Ok(()),
        }
    }
}

/// A path without `a/..` in it, to be read; the file is opened by the path as it is.
pub fn shown(path: &Path) -> String {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match (part, clean.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                clean.pop();
            }
            (Component::CurDir, _) => {}
            _ => clean.push(part),
        }
    }
    let is_here = clean.as_os_str().is_empty() && !path.as_os_str().is_empty();
    if is_here { ".".to_owned() } else { clean.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_shown_short_and_never_as_nothing() {
        let cases =
            [(".", "."), ("./", "."), ("a/..", "."), ("a/../b", "b"), ("../a", "../a"), ("/", "/"), ("./a", "a")];
        for (path, expected) in cases {
            assert_eq!(shown(Path::new(path)), expected);
        }
    }

    #[test]
    fn a_place_reads_like_a_compiler_message() {
        assert_eq!(Place::file("a.csv").to_string(), "a.csv");
        assert_eq!(Place::line("a.csv", 3).to_string(), "a.csv:3");
        assert_eq!(Place::line("a.jsonl", 3).member("/messages/0").to_string(), "a.jsonl:3 /messages/0");
    }

    #[test]
    fn an_io_error_keeps_its_path_and_says_what_to_do() {
        let error = std::fs::read("no/such/file").at("read", "no/such/file").unwrap_err();
        assert_eq!(error.to_string(), "cannot read no/such/file");
        assert!(error.hint().unwrap().contains("check the spelling"));
    }

    #[cfg(unix)]
    #[test]
    fn too_many_open_files_are_said_with_the_command_that_raises_the_limit() {
        let error = Err::<(), _>(io::Error::from(rustix::io::Errno::MFILE)).at("read", "1.jpg").unwrap_err();
        assert!(error.hint().unwrap().contains("ulimit -n"), "{error}");
    }

    #[test]
    fn a_place_that_takes_no_more_says_what_to_do() {
        for (kind, part) in [
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::QuotaExceeded, "free some space"),
            (io::ErrorKind::FileTooLarge, "ulimit -f"),
            (io::ErrorKind::ReadOnlyFilesystem, "read-only"),
        ] {
            let error = Err::<(), _>(io::Error::from(kind)).at("write", "a.csv").unwrap_err();
            assert!(error.hint().unwrap().contains(part), "{kind}");
        }
    }
}

//! The events of `--json` that belong to no single command; `docs/schema/events.schema.json` describes them all.

use serde::Serialize;

use nova_ft::error::{Error, Place};
use nova_ft::settings::Origin;

/// Which backend is in use.
#[derive(Debug, Serialize)]
pub(super) struct BackendEvent<'a> {
    event: &'static str,
    backend: &'a str,
    description: &'a str,
}

impl<'a> BackendEvent<'a> {
    pub(super) fn new(backend: &'a str, description: &'a str) -> Self {
        Self { event: "backend", backend, description }
    }
}

/// Something on disk was made or removed.
#[derive(Debug, Serialize)]
pub(super) struct PathEvent<'a> {
    event: &'static str,
    what: &'a str,
    path: String,
}

impl<'a> PathEvent<'a> {
    /// `what` says what it is: `photos`, `labels`, `part`, `consensus`, `manifest`, `receipt`, `report`, `chart`.
    pub(super) fn written(what: &'a str, path: &std::path::Path) -> Self {
        Self { event: "written", what, path: path.display().to_string() }
    }

    /// `what` says what it was: `state`.
    pub(super) fn removed(what: &'a str, path: &std::path::Path) -> Self {
        Self { event: "removed", what, path: path.display().to_string() }
    }
}

/// The text of `--help` or `--version`.
#[derive(Debug, Serialize)]
pub(super) struct HelpEvent<'a> {
    pub(super) event: &'static str,
    pub(super) text: &'a str,
}

/// The command was stopped from outside.
#[derive(Debug, Serialize)]
pub(super) struct InterruptedEvent<'a> {
    pub(super) event: &'static str,
    pub(super) hint: &'a str,
}

/// What an error was caused by, the nearest first.
pub(super) fn causes(error: &dyn std::error::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    causes
}

/// The command could not run.
#[derive(Debug, Default, Serialize)]
pub(super) struct ErrorEvent {
    event: &'static str,
    pub(super) message: String,
    pub(super) causes: Vec<String>,
    pub(super) hint: Option<String>,
    /// The file that it is about, or that the setting stands in.
    file: Option<String>,
    line: Option<u64>,
    /// What inside the line: a JSON pointer or a column.
    pointer: Option<String>,
    /// What set a value that cannot be used: an option, a variable, a line of the settings.
    origin: Option<String>,
    /// The key of that setting.
    key: Option<String>,
}

impl ErrorEvent {
    pub(super) fn new(message: String) -> Self {
        Self { event: "error", message, ..Self::default() }
    }
}

impl From<&Error> for ErrorEvent {
    fn from(error: &Error) -> Self {
        let event = Self { causes: causes(error), hint: error.hint(), ..Self::new(error.to_string()) };
        let text = |path: &std::path::Path| Some(path.display().to_string());
        match error {
            Error::Io { path, .. } => Self { file: text(path), ..event },
            Error::NotReady { dataset, .. } => Self { file: text(dataset), ..event },
            Error::Input { place: Place { file, line, member }, .. } => {
                let file = file.as_deref().and_then(text);
                Self { file, line: *line, pointer: member.clone(), ..event }
            }
            Error::Setting { origin: name, .. } => {
                let origin = Origin::parse(name);
                let key = origin.as_ref().and_then(Origin::key);
                let (file, line) = match origin {
                    Some(Origin::File { file, line, .. }) => (text(&file), Some(line)),
                    _ => (None, None),
                };
                Self { file, line, origin: Some(name.clone()), key, ..event }
            }
            _ => event,
        }
    }
}

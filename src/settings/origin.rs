use std::fmt;
use std::path::PathBuf;

use super::{ENV_PREFIX, keys};

/// Where a value was set, as errors name it: `--seed`, `NOVA_FT_PREPARE_SEED`, `nova-ft.toml:12 (prepare.seed)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line, without its dashes.
    Option(String),
    /// An environment variable.
    Variable(String),
    /// A line of the settings file.
    File {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The key with its section, `prepare.seed`.
        key: Option<String>,
    },
}

impl Origin {
    /// Reads what [`Display`](fmt::Display) writes: the text that an [`Error::Setting`](crate::Error::Setting) holds.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(option) = text.strip_prefix("--") {
            let end = option.find([' ', '=']).unwrap_or(option.len());
            return Some(Self::Option(option[..end].to_owned()));
        }
        if text.starts_with(ENV_PREFIX) {
            return Some(Self::Variable(text.to_owned()));
        }
        let (place, key) = match text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
            Some((place, key)) => (place, Some(key.to_owned())),
            None => (text, None),
        };
        let (file, line) = place.rsplit_once(':')?;
        Some(Self::File { file: file.into(), line: line.parse().ok()?, key })
    }

    /// The key that was set, `seed` or `prepare.seed`; `None` for what is no key of the settings.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Option(option) => keys::is_any_key(&option.replace('-', "_")).then(|| option.replace('-', "_")),
            Self::Variable(name) => keys::key_of_variable(name),
            Self::File { key, .. } => key.clone(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(option) => write!(f, "--{option}"),
            Self::Variable(name) => f.write_str(name),
            Self::File { file, line, key: Some(key) } => write!(f, "{}:{line} ({key})", file.display()),
            Self::File { file, line, key: None } => write!(f, "{}:{line}", file.display()),
        }
    }
}

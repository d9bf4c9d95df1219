//! What the user chose: flags before environment variables before `nova-ft.toml` before defaults.
//!
//! A key is an option's name with underscores: `--s3-bucket` is `s3_bucket` in the file and `NOVA_FT_S3_BUCKET` in the
//! environment. At the top of the file it holds for every command that has the option; in a table named after a command
//! (`[upload]`, `NOVA_FT_UPLOAD_INPUT_DIR`) it holds for that command and goes before the common one. Paths in the file
//! are relative to the file, others to the current folder. [`OPTIONS_OF_ONE_CALL`] are given on the command line only.

mod keys;
mod missing;
mod origin;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use foundation::Secret;
pub use keys::{KEYS, Key, OPTIONS_OF_ONE_CALL};
pub use missing::MissingSettings;
pub use origin::Origin;
use toml::de::{DeTable, DeValue};

use crate::clock::Clock;
use crate::error::{Error, IoContext, MissingSetting, Result};
use crate::files::{self, MAX_SETTINGS_BYTES};

/// The name of the settings file, looked for in the current folder and those above it.
pub const FILE_NAME: &str = "nova-ft.toml";
const ENV_PREFIX: &str = "NOVA_FT_";

/// The values of the settings file and the environment, with where each comes from.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    file: Option<PathBuf>,
    /// `seed`, `prepare.seed`, `prompt.user` → value.
    entries: BTreeMap<String, Entry>,
    /// Only variables that begin with `NOVA_FT_`.
    env: BTreeMap<String, String>,
    aws_profile: Option<String>,
    array_job: Option<(String, String)>,
}

#[derive(Debug, Clone)]
struct Entry {
    values: Vec<String>,
    line: usize,
}

impl Settings {
    /// Reads the settings of this process: `explicit`, else `NOVA_FT_CONFIG`, else [`FILE_NAME`] in the current folder or
    /// the nearest one above it, else none; and the environment.
    pub fn load(explicit: Option<&Path>) -> Result<Self> {
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(ENV_PREFIX))
            .collect::<BTreeMap<_, _>>();
        let named = explicit.map(Path::to_path_buf).or_else(|| env.get("NOVA_FT_CONFIG").map(PathBuf::from));
        let file = match named {
            Some(path) => Some(path),
            None => nearest_file()?,
        };
        let aws_profile = std::env::var("AWS_PROFILE").ok();
        let array = |name: &str| std::env::var(format!("AWS_BATCH_JOB_ARRAY_{name}")).ok();
        let array_job = array("INDEX").zip(array("SIZE"));
        Ok(Self { aws_profile, array_job, ..Self::read(file.as_deref(), env)? })
    }

    /// Reads one settings file, or none, with the given environment variables.
    pub fn read(file: Option<&Path>, env: BTreeMap<String, String>) -> Result<Self> {
        for name in env.keys() {
            keys::check_env(name)?;
        }
        let entries = match file {
            Some(path) => parse(path, &files::read_to_string(path, MAX_SETTINGS_BYTES).at("read", path)?)?,
            None => BTreeMap::new(),
        };
        Ok(Self { file: file.map(Path::to_path_buf), entries, env, aws_profile: None, array_job: None })
    }

    /// The settings as one command sees them.
    pub fn command(&self, command: &'static str) -> CommandSettings<'_> {
        CommandSettings { settings: self, command }
    }

    /// The settings file in use.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The moment of `NOVA_FT_CLOCK` (RFC 3339), by which tests fix the time.
    pub fn fixed_clock(&self) -> Option<Clock> {
        self.env.get("NOVA_FT_CLOCK").and_then(|text| Clock::fixed_at(text))
    }

    /// The profile of `AWS_PROFILE`, to be shown; the SDK finds it by itself.
    pub fn aws_profile(&self) -> Option<String> {
        self.aws_profile.clone()
    }

    /// Which child of an array job of AWS Batch this process is, from 0, and how many there are, as Batch says it.
    pub fn array_job(&self) -> Option<(&str, &str)> {
        self.array_job.as_ref().map(|(index, size)| (index.as_str(), size.as_str()))
    }

    /// The folder that paths in the file are relative to: the file's, or the current one.
    pub fn folder(&self) -> PathBuf {
        match self.file.as_deref().and_then(Path::parent) {
            Some(folder) => folder.to_path_buf(),
            None => PathBuf::new(),
        }
    }

    fn env_value(&self, command: &str, key: &str) -> Option<(String, &str)> {
        let common = (!keys::is_apart(command, key)).then(|| keys::own_variable("", key));
        [Some(keys::own_variable(command, key)), common].into_iter().flatten().find_map(|name| {
            let value = self.env.get(&name)?;
            Some((name, value.as_str()))
        })
    }

    fn file_value(&self, command: &str, key: &str) -> Option<(String, &Entry)> {
        let common = (!keys::is_apart(command, key)).then(|| key.to_owned());
        [Some(format!("{command}.{key}")), common].into_iter().flatten().find_map(|name| {
            let entry = self.entries.get(&name)?;
            Some((name, entry))
        })
    }
}

/// One command's view of the [`Settings`].
#[derive(Debug, Clone, Copy)]
pub struct CommandSettings<'a> {
    settings: &'a Settings,
    command: &'static str,
}

/// A value that was set, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    values: Vec<String>,
    origin: Origin,
}

impl Found {
    fn in_file(&self) -> bool {
        matches!(self.origin, Origin::File { .. })
    }

    /// The text of a value that is no list.
    fn single(&self) -> Result<&str> {
        match self.values.as_slice() {
            [text] => Ok(text),
            _ => Err(self.refuse("a single value is needed, not a list")),
        }
    }

    /// The error of a value that cannot be used.
    fn refuse(&self, what: impl Into<String>) -> Error {
        let what = what.into();
        Error::Setting { origin: self.origin.to_string(), what, hint: "correct the value there.".to_owned() }
    }
}

impl CommandSettings<'_> {
    fn find(&self, key: &str) -> Option<Found> {
        debug_assert!(keys::is_known(self.command, key), "{}.{key} is not in KEYS", self.command);
        if let Some((name, value)) = self.settings.env_value(self.command, key) {
            return Some(Found { values: vec![value.to_owned()], origin: Origin::Variable(name) });
        }
        let (name, entry) = self.settings.file_value(self.command, key)?;
        let file = self.settings.file.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
        let origin = Origin::File { file, line: entry.line as u64, key: Some(name) };
        Some(Found { values: entry.values.clone(), origin })
    }

    /// Where the environment or the file sets a key for this command, and the text there; the items of a list with commas.
    pub fn origin(&self, key: &str) -> Option<(String, Origin)> {
        let found = self.find(key)?;
        Some((found.values.join(", "), found.origin))
    }

    /// The flag if it was given, else what the environment or the file says, parsed.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the variable or the line whose value does not parse.
    pub fn value<T>(&self, flag: Option<T>, key: &str) -> Result<Option<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        if flag.is_some() {
            return Ok(flag);
        }
        let Some(found) = self.find(key) else { return Ok(None) };
        let text = found.single()?;
        text.parse().map(Some).map_err(|error: T::Err| found.refuse(format!("`{text}`: {error}")))
    }

    /// Like [`Self::value`], for something that the command cannot do without.
    pub fn required<T>(&self, flag: Option<T>, key: &str) -> Result<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.value(flag, key)?.ok_or_else(|| self.missing(key))
    }

    /// A path: relative to the settings file when it stands there, else to the current folder.
    pub fn path(&self, flag: Option<PathBuf>, key: &str) -> Result<Option<PathBuf>> {
        if flag.is_some() {
            return Ok(flag);
        }
        let Some(found) = self.find(key) else { return Ok(None) };
        let text = found.single()?;
        if text.is_empty() {
            return Err(found.refuse("the path is empty"));
        }
        Ok(Some(if found.in_file() { self.settings.folder().join(text) } else { PathBuf::from(text) }))
    }

    /// Like [`Self::path`], for a path that the command cannot do without.
    pub fn required_path(&self, flag: Option<PathBuf>, key: &str) -> Result<PathBuf> {
        self.path(flag, key)?.ok_or_else(|| self.missing(key))
    }

    /// A list: the flags if any was given, else the file's array, or a variable's text split at commas.
    pub fn list(&self, flags: Vec<String>, key: &str) -> Vec<String> {
        if !flags.is_empty() {
            return flags;
        }
        let Some(found) = self.find(key) else { return Vec::new() };
        if found.in_file() {
            return found.values;
        }
        let parts = found.values.iter().flat_map(|text| text.split(','));
        parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    /// The error of a required setting that nothing sets.
    fn missing(&self, key: &str) -> Error {
        let apart = keys::is_apart(self.command, key);
        let section = if apart { self.command } else { "" };
        let setting = MissingSetting {
            name: key.to_owned(),
            variable: keys::own_variable(section, key),
            line: line_of(section, key),
        };
        Error::Missing { settings: vec![setting], advice: String::new() }
    }
}

/// The line that sets a key: `seed = …`, or `output_dir = …` below its table.
fn line_of(section: &str, key: &str) -> String {
    if section.is_empty() { format!("`{key} = …`") } else { format!("`{key} = …` below [{section}]") }
}

fn nearest_file() -> Result<Option<PathBuf>> {
    let current = std::env::current_dir().at("find", ".")?;
    // Whatever has the name is opened: a FIFO, a folder or a link to nothing is an error and not "no settings".
    let is_there = |folder: &&Path| folder.join(FILE_NAME).symlink_metadata().is_ok();
    let Some(folder) = current.ancestors().find(is_there) else { return Ok(None) };
    // The short form where it is the same, so that messages and the manifest name no machine's folders.
    Ok(Some(if folder == current { PathBuf::from(FILE_NAME) } else { folder.join(FILE_NAME) }))
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, Entry>> {
    let line_of = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let document = DeTable::parse(text).map_err(|error| Error::Setting {
        origin: match error.span() {
            Some(span) => format!("{}:{}", path.display(), line_of(span.start)),
            None => path.display().to_string(),
        },
        what: error.message().to_owned(),
        hint: "a value is written `key = \"text\"`, a section `[name]`; text needs double quotes.".to_owned(),
    })?;
    let mut entries = BTreeMap::new();
    let mut pending = vec![(String::new(), document.get_ref())];
    while let Some((prefix, table)) = pending.pop() {
        for (name, value) in table {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            let line = line_of(name.span().start);
            if let DeValue::Table(inner) = value.get_ref() {
                keys::check_table(path, line, &key)?;
                pending.push((key, inner));
                continue;
            }
            keys::check_key(path, line, &key)?;
            let Some(values) = scalars(value.get_ref()) else {
                let origin = Origin::File { file: path.to_path_buf(), line: line as u64, key: Some(key) };
                let found = Found { values: Vec::new(), origin };
                return Err(found.refuse("a text, a number, true or false, or a list of them is needed"));
            };
            entries.insert(key, Entry { values, line });
        }
    }
    Ok(entries)
}

fn scalars(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::String(text) => Some(vec![text.to_string()]),
        DeValue::Integer(number) => Some(vec![number.to_string()]),
        DeValue::Float(number) => Some(vec![number.to_string()]),
        DeValue::Boolean(flag) => Some(vec![flag.to_string()]),
        DeValue::Array(items) => {
            let mut all = Vec::new();
            for item in items {
                all.extend(scalars(item.get_ref())?);
            }
            Some(all)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::Globals;
use super::interrupt::Interrupt;
use super::log::Log;
use super::ui::{Ui, with_causes};
use nova_ft::aws::backend::{Backend, BackendKind, BackendOptions};
use nova_ft::clock::Clock;
use nova_ft::dataset::PrepareOptions;
use nova_ft::error::{Error, IoContext as _, MissingSetting, Result};
use nova_ft::evaluate::{CachedSights, NoSights, Sights};
use nova_ft::findings::Levels;
use nova_ft::invoice::PhotoReader;
use nova_ft::local::ReaderSource;
use nova_ft::reader::{Models, PageCache, TextReader, Threads};
use nova_ft::settings::{KEYS, MissingSettings, OPTIONS_OF_ONE_CALL, Origin, Settings};

/// The options that stand on the command line and are keys of the settings too, as they were written.
#[derive(Debug, Clone, Default)]
pub(super) struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// Those of the command and the ones inside it.
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let mut flags = match matches.subcommand() {
            Some((_, inner)) => Self::of(inner),
            None => Self::default(),
        };
        for id in matches.ids().filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)) {
            let Some(key) = KEYS.iter().find(|key| key.name == id.as_str()) else { continue };
            let texts = matches.get_raw(key.name).into_iter().flatten().map(|text| text.to_string_lossy().into_owned());
            flags.0.insert(key.name, texts.collect::<Vec<_>>().join(", "));
        }
        flags
    }
}

/// What every command has: the settings, the streams, the way to a backend.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) ui: &'a Ui,
    pub(super) settings: Settings,
    pub(super) interrupt: &'a Interrupt,
    command: &'static str,
    globals: Globals,
    flags: Flags,
}

impl<'a> Session<'a> {
    pub(super) fn open(
        command: &'static str,
        globals: Globals,
        flags: Flags,
        ui: &'a Ui,
        interrupt: &'a Interrupt,
    ) -> Result<Self> {
        let settings = Settings::load(globals.config.as_deref())?;
        Ok(Self { ui, settings, interrupt, command, globals, flags })
    }

    /// Opens the command's log. A log that cannot be written is a warning: the work goes on.
    pub(super) fn start_log(&self) -> Result<()> {
        let common = self.settings.command("");
        let folder = common.path(self.globals.log_dir.clone(), "log_dir")?;
        let folder = folder.unwrap_or_else(|| self.settings.folder().join("output/logs"));
        match Log::open(&folder, self.command, self.clock()) {
            Ok(log) => self.ui.start_log(log),
            Err(error) => self.ui.warning(&format!("no log is kept: {}", with_causes(&error))),
        }
        self.say_settings();
        Ok(())
    }

    /// Says in detail what sets each key of the command. No key is a secret: credentials are never settings of ours.
    pub(super) fn say_settings(&self) {
        match self.settings.file() {
            Some(file) => self.ui.detail(&format!("settings: {}", file.display())),
            None => self.ui.detail("settings: no file"),
        }
        for key in KEYS {
            let Some((text, origin)) = self.origin(key.name) else { continue };
            self.ui.detail(&format!("  {} = {}, from {origin}", key.name, shortened(&text)));
        }
    }

    /// What sets a key for this command, and the text there.
    fn origin(&self, key: &str) -> Option<(String, Origin)> {
        if let Some(text) = self.flags.0.get(key) {
            return Some((text.clone(), Origin::Option(key.replace('_', "-"))));
        }
        let commands = KEYS.iter().find(|known| known.name == key)?.commands;
        // Of the sections that are no command, `prompt` is read by those that prepare.
        let prepares = matches!(self.command, "prepare" | "run");
        let section = commands
            .iter()
            .find(|command| **command == self.command || command.is_empty() || (**command == "prompt" && prepares))?;
        self.settings.command(section).origin(key)
    }

    /// Names a field by its option, and a value that cannot be used by the line or the variable that set it.
    pub(super) fn name_origin(&self, error: Error) -> Error {
        match error {
            Error::Missing { settings, advice } => missing_options(settings, advice),
            Error::Setting { origin, what, hint } => {
                let origin = option_of(&origin).unwrap_or(origin);
                // The settings name their own keys: nothing is to be replaced there.
                let Some(named @ Origin::Option(_)) = Origin::parse(&origin) else {
                    return Error::Setting { origin, what, hint };
                };
                let found = named.key().and_then(|key| self.origin(&key)).map(|(_, found)| found.to_string());
                let origin = found.filter(|found| !origin.starts_with(found.as_str())).unwrap_or(origin);
                Error::Setting { origin, what, hint: with_options(&hint) }
            }
            Error::Input { place, what, hint } => Error::Input { place, what, hint: with_options(&hint) },
            Error::Service { kind, operation, target, code, message, hint } => {
                Error::Service { kind, operation, target, code, message, hint: with_options(&hint) }
            }
            other => other,
        }
    }

    /// What time it is for this process.
    pub(super) fn clock(&self) -> Clock {
        self.settings.fixed_clock().unwrap_or_default()
    }

    /// Which backend is asked for.
    pub(super) fn backend_kind(&self) -> Result<BackendKind> {
        let kind = self.settings.command("").value(self.globals.backend, "backend")?;
        Ok(kind.unwrap_or(BackendKind::Local))
    }

    /// Folder of the stand-in's state.
    pub(super) fn state_dir(&self) -> Result<PathBuf> {
        let folder = self.settings.command("").path(self.globals.state_dir.clone(), "state_dir")?;
        Ok(folder.unwrap_or_else(|| self.settings.folder().join(".nova-ft")))
    }

    /// Opens the reader of invoices, with the models that are set or installed.
    pub(super) fn open_invoice_reader(&self, threads: Threads) -> Result<PhotoReader> {
        let models = Models::find(self.models_dir()?.as_deref(), &self.models_roots())?;
        let text = TextReader::open(&models, threads)?;
        let cache = PageCache::new(&self.state_dir()?.join("pages"), &text.version());
        Ok(PhotoReader::new(text, Some(cache)))
    }

    /// Says so where the stand-in's jobs would wait for the reader's models.
    pub(super) fn warn_of_missing_models(&self, backend: &Backend) -> Result<()> {
        if backend.kind() == BackendKind::Local
            && let Err(error) = Models::find(self.models_dir()?.as_deref(), &self.models_roots())
        {
            let hint = error.hint().map(|hint| format!(": {}", with_options(&hint))).unwrap_or_default();
            self.ui.warning(&format!("the job will wait for the stand-in's eyes: {error}{hint}"));
        }
        Ok(())
    }

    /// Refuses what the stand-in could not answer without the reader's models: it would be asked again and again.
    pub(super) fn need_models(&self, backend: &Backend) -> Result<()> {
        if backend.kind() == BackendKind::Local { self.check_models() } else { Ok(()) }
    }

    /// Refuses what needs the OCR models where they are not installed.
    pub(super) fn check_models(&self) -> Result<()> {
        Models::find(self.models_dir()?.as_deref(), &self.models_roots()).map(drop)
    }

    /// The folder of the reader's models, where it is set.
    fn models_dir(&self) -> Result<Option<PathBuf>> {
        self.settings.command("").path(self.globals.models_dir.clone(), "models_dir")
    }

    /// Where the reader's models are looked for else.
    fn models_roots(&self) -> [PathBuf; 2] {
        [self.settings.folder(), PathBuf::new()]
    }

    /// Opens the backend and says which one it is.
    pub(super) fn open_backend(&self, region: Option<String>) -> Result<Backend> {
        let backend = Backend::open(&self.backend_options(region)?)?;
        self.ui.backend(backend.kind(), &backend.describe());
        Ok(backend)
    }

    /// Opens the backend once nothing is missing; on AWS a Region may be missing too.
    ///
    /// # Errors
    /// [`Error::Missing`] with everything that is missing.
    pub(super) fn open_backend_unless(&self, mut missing: MissingSettings, region: Option<String>) -> Result<Backend> {
        let opened = match self.backend_kind()? {
            BackendKind::Aws => missing.take(self.open_backend(region.clone()))?,
            // It would be started for nothing.
            BackendKind::Local => None,
        };
        missing.check()?;
        opened.map_or_else(|| self.open_backend(region), Ok)
    }

    /// Opens the backend for a result that nothing may stand before.
    pub(super) fn open_backend_unsaid(&self, region: Option<String>) -> Result<Backend> {
        Backend::open(&self.backend_options(region)?)
    }

    /// Opens the backend on a port, for others to use.
    pub(super) fn open_backend_at(&self, port: Option<u16>) -> Result<Backend> {
        Backend::open(&BackendOptions { port, ..self.backend_options(None)? })
    }

    fn backend_options(&self, region: Option<String>) -> Result<BackendOptions> {
        let profile = self.settings.aws_profile();
        region.as_deref().map_or(Ok(()), check_region)?;
        let default = BackendOptions::default();
        let timeout = self.settings.command("").value(self.globals.timeout, "timeout")?;
        Ok(BackendOptions {
            kind: self.backend_kind()?,
            state_dir: self.state_dir()?,
            region,
            profile,
            reader: ReaderSource::Models { folder: self.models_dir()?, roots: self.models_roots().to_vec() },
            timeout: timeout.map_or(default.timeout, |seconds: NonZeroU32| Duration::from_secs(seconds.get().into())),
            ..default
        })
    }

    /// The folder of what the commands remember and report.
    pub(super) fn output_dir(&self) -> PathBuf {
        self.settings.folder().join("output")
    }

    /// The pages that the reader has kept.
    ///
    /// # Errors
    /// Where its models are not installed: they tell which pages are of this version.
    pub(super) fn known_pages(&self) -> Result<PageCache> {
        let models = Models::find(self.models_dir()?.as_deref(), &self.models_roots())?;
        let version = TextReader::open(&models, Threads::One)?.version();
        Ok(PageCache::new(&self.state_dir()?.join("pages"), &version))
    }

    /// What those pages say of photos; nothing where the reader's models are not installed.
    pub(super) fn sights(&self) -> Box<dyn Sights> {
        match self.page_cache() {
            Some(pages) => Box::new(CachedSights(pages)),
            None => Box::new(NoSights),
        }
    }

    /// The pages that the reader has kept, where there are any and its models, which say their version, are installed.
    pub(super) fn page_cache(&self) -> Option<PageCache> {
        if !self.state_dir().is_ok_and(|folder| folder.join("pages").is_dir()) {
            return None;
        }
        let why = |error: &Error| format!("what the reader has read is not known: {}", with_causes(error));
        self.known_pages().inspect_err(|error| self.ui.detail(&why(error))).ok()
    }

    /// The data set's folder: what is given, else where `prepare` writes.
    pub(super) fn dataset_dir(&self, flag: Option<PathBuf>) -> Result<PathBuf> {
        if let Some(folder) = self.settings.command("upload").path(flag, "input_dir")? {
            return Ok(folder);
        }
        let folder = self.settings.command("prepare").path(None, "output_dir")?;
        Ok(folder.unwrap_or_else(|| self.settings.folder().join(PrepareOptions::default().output_dir)))
    }

    /// Asks before photos leave this machine, unless `--yes` was given; with the local backend they do not.
    ///
    /// # Errors
    /// Where the answer is no, or nobody is there to answer.
    pub(super) fn ask_before_photos_leave(&self, backend: &Backend, what: &str, yes: Yes) -> Result<()> {
        self.ask_to_send(backend, format!("{what} will leave this machine; storage in S3 costs money. Go on?"), yes)
    }

    /// The same where a model is shown the photos; `cost` says what that costs.
    ///
    /// # Errors
    /// Where the answer is no, or nobody is there to answer.
    pub(super) fn ask_before_photos_are_shown(
        &self,
        backend: &Backend,
        what: &str,
        cost: &str,
        yes: Yes,
    ) -> Result<()> {
        self.ask_to_send(backend, format!("{what} will leave this machine; {cost}. Go on?"), yes)
    }

    fn ask_to_send(&self, backend: &Backend, text: String, yes: Yes) -> Result<()> {
        if backend.kind() == BackendKind::Local {
            return Ok(());
        }
        let question = Question {
            text,
            unasked: "photos would leave this machine, and nobody is there to be asked",
            outcome: "nothing was sent",
            hint: "give --yes to send the photos without being asked.",
        };
        self.ask(&question, yes)
    }

    /// Asks before something that costs money, unless `--yes` was given.
    ///
    /// # Errors
    /// Where the answer is no, or nobody is there to answer.
    pub(super) fn confirm(&self, question: &str, outcome: &str, yes: Yes) -> Result<()> {
        let question = Question {
            text: question.to_owned(),
            unasked: "this costs money, and nobody is there to be asked",
            outcome,
            hint: "give --yes to go on without being asked.",
        };
        self.ask(&question, yes)
    }

    /// Asks before something is removed, unless `--yes` was given; with either backend.
    ///
    /// # Errors
    /// Where the answer is no, or nobody is there to answer.
    pub(super) fn confirm_removal(&self, question: &str, yes: Yes) -> Result<()> {
        let question = Question {
            text: question.to_owned(),
            unasked: "what is removed is gone, and nobody is there to be asked",
            outcome: "nothing was removed",
            hint: "give --yes to remove it without being asked.",
        };
        self.ask(&question, yes).map_err(|error| match error {
            Error::Setting { what, hint, .. } => Error::Setting { origin: "--yes".to_owned(), what, hint },
            error => error,
        })
    }

    fn ask(&self, question: &Question<'_>, yes: Yes) -> Result<()> {
        if yes.yes {
            return Ok(());
        }
        let refused = |why: &str| Error::Setting {
            origin: "--backend aws".to_owned(),
            what: format!("{why}: {}", question.outcome),
            hint: question.hint.to_owned(),
        };
        if !std::io::stdin().is_terminal() {
            return Err(refused(question.unasked));
        }
        self.ui.warning(&format!("{} [y/N]", question.text));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).at("read", "the answer")?;
        if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(refused("the answer was no")) }
    }

    /// What `--allow` and `--deny` say, each checked to name a rule.
    pub(super) fn levels(&self, levels: LevelArgs) -> Result<Levels> {
        let own = self.settings.command(self.command);
        let levels = Levels { allow: own.list(levels.allow, "allow"), deny: own.list(levels.deny, "deny") };
        for (option, codes) in [("allow", &levels.allow), ("deny", &levels.deny)] {
            check_rules(option, codes)?;
        }
        Ok(levels)
    }
}

/// Refuses a code with which no rule's code begins.
pub(super) fn check_rules(option: &str, codes: &[String]) -> Result<()> {
    let registry = nova_ft::registry::registry();
    match codes.iter().find(|code| !registry.knows_prefix(code)) {
        Some(unknown) => Err(Error::Setting {
            origin: format!("--{option}"),
            what: format!("no rule's code begins with `{unknown}`"),
            hint: "`nova-ft rule --all` lists the rules.".to_owned(),
        }),
        None => Ok(()),
    }
}

/// Returns the option of a field, alone or with a value: `--s3-bucket` for `s3_bucket`, `--labeler converse` for
/// `labeler = converse`.
fn option_of(field: &str) -> Option<String> {
    let (name, value) = field.split_once(" = ").map_or((field, None), |(name, value)| (name, Some(value)));
    if !KEYS.iter().any(|key| key.name == name) && !OPTIONS_OF_ONE_CALL.contains(&name) {
        return None;
    }
    let option = format!("--{}", name.replace('_', "-"));
    Some(value.map_or(option.clone(), |value| format!("{option} {value}")))
}

/// Returns a hint of the library, which names fields in backticks, with their options.
pub(super) fn with_options(hint: &str) -> String {
    let mut text = hint.to_owned();
    for quoted in hint.split('`').skip(1).step_by(2) {
        if let Some(option) = option_of(quoted) {
            text = text.replace(&format!("`{quoted}`"), &option);
        }
    }
    text
}

/// Missing settings by the options that set them.
fn missing_options(settings: Vec<MissingSetting>, advice: String) -> Error {
    let by_option = |setting: MissingSetting| {
        let name = format!("--{}", setting.name.replace('_', "-"));
        MissingSetting { name, ..setting }
    };
    Error::Missing { settings: settings.into_iter().map(by_option).collect(), advice }
}

/// Something that only the user can decide.
struct Question<'a> {
    text: String,
    /// Why nothing happens where nobody can be asked.
    unasked: &'static str,
    /// What has become of the work where the answer is no.
    outcome: &'a str,
    hint: &'static str,
}

/// The beginning of a long text, for a line.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Whether the user has agreed beforehand.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct Yes {
    /// Do not ask before sending photos to AWS, or before what costs money there
    #[arg(long)]
    pub(super) yes: bool,
}

/// Which findings are not reported, and which are errors.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct LevelArgs {
    /// Do not report this rule, or all whose codes begin so (repeatable, or with commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) allow: Vec<String>,
    /// Report this rule, or all whose codes begin so, as an error (repeatable, or with commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) deny: Vec<String>,
}

/// A Region's name has letters, digits and hyphens; the SDK says of others that an endpoint cannot be found.
fn check_region(region: &str) -> Result<()> {
    if !region.is_empty()
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return Ok(());
    }
    Err(Error::Setting {
        origin: "--region".to_owned(),
        what: format!("`{region}` is not the name of a Region"),
        hint: "us-east-1 is one, and where Nova is tuned.".to_owned(),
    })
}

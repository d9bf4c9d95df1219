use std::io::IsTerminal as _;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::Globals;
use super::log::Log;
use super::ui::Ui;
use tempfile::TempDir;

use crate::backend::{Backend, BackendKind, BackendOptions};
use crate::clock::Clock;
use crate::dataset::PrepareOptions;
use crate::error::{Error, IoContext as _, Result};
use crate::finding::Levels;
use crate::settings::Settings;

/// What every command has: the settings, the streams, the way to a backend.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) ui: &'a Ui,
    pub(super) settings: Settings,
    globals: Globals,
}

impl<'a> Session<'a> {
    pub(super) fn open(globals: Globals, ui: &'a Ui) -> Result<Self> {
        let settings = Settings::load(globals.config.as_deref())?;
        Ok(Self { ui, settings, globals })
    }

    /// Opens the command's log. A log that cannot be written is a warning: the work goes on.
    pub(super) fn start_log(&self, command: &str) -> Result<()> {
        let common = self.settings.command("");
        let folder = common.path(self.globals.log_dir.clone(), "log_dir")?;
        let folder = folder.unwrap_or_else(|| self.settings.folder().join("output/logs"));
        match Log::open(&folder, command, self.clock()) {
            Ok(log) => self.ui.start_log(log),
            Err(error) => self.ui.warning(&format!("no log is kept: {error}")),
        }
        Ok(())
    }

    fn clock(&self) -> Clock {
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

    /// Opens the backend and says which one it is.
    pub(super) fn open_backend(&self, region: Option<String>) -> Result<Backend> {
        let backend = Backend::open(&self.backend_options(region)?)?;
        self.ui.backend(&backend);
        Ok(backend)
    }

    /// Opens the backend on a port, for others to use.
    pub(super) fn open_backend_at(&self, port: Option<u16>) -> Result<Backend> {
        Backend::open(&BackendOptions { port, ..self.backend_options(None)? })
    }

    /// Opens the backend to look and not to touch: a stand-in that was never started, or has no such bucket, is played by
    /// an empty one that leaves nothing behind.
    pub(super) fn look_at_backend(&self, region: Option<String>, bucket: &str) -> Result<(Backend, Option<TempDir>)> {
        let options = self.backend_options(region)?;
        let started = options.kind == BackendKind::Aws || options.state_dir.exists();
        if started {
            let backend = Backend::open(&options)?;
            if backend.kind() == BackendKind::Aws || backend.object_store().has_bucket(bucket)? {
                self.ui.backend(&backend);
                return Ok((backend, None));
            }
        }
        let empty = tempfile::tempdir().at("create", std::env::temp_dir())?;
        let backend = Backend::open(&BackendOptions { state_dir: empty.path().to_path_buf(), ..options })?;
        backend.ensure_bucket(bucket)?;
        self.ui.backend(&backend);
        Ok((backend, Some(empty)))
    }

    fn backend_options(&self, region: Option<String>) -> Result<BackendOptions> {
        let profile = self.settings.aws_profile();
        let default = BackendOptions::default();
        let timeout = self.settings.command("").value(self.globals.timeout, "timeout")?;
        Ok(BackendOptions {
            kind: self.backend_kind()?,
            state_dir: self.state_dir()?,
            region,
            profile,
            timeout: timeout.map_or(default.timeout, |seconds: NonZeroU32| Duration::from_secs(seconds.get().into())),
            ..default
        })
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
        if backend.kind() == BackendKind::Local || yes.yes {
            return Ok(());
        }
        let refused = |why: &str| Error::Setting {
            origin: "--backend aws".to_owned(),
            what: format!("{why}: nothing was sent"),
            hint: "give --yes to send the photos without being asked.".to_owned(),
        };
        if !std::io::stdin().is_terminal() {
            return Err(refused("photos would leave this machine, and nobody is there to be asked"));
        }
        self.ui.warning(&format!("{what} will leave this machine; storage in S3 costs money. Go on? [y/N]"));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).at("read", "the answer")?;
        if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(refused("the answer was no")) }
    }

    /// What `--allow` and `--deny` say, each checked to name a rule.
    pub(super) fn levels(&self, command: &'static str, levels: LevelArgs) -> Result<Levels> {
        let own = self.settings.command(command);
        let levels = Levels { allow: own.list(levels.allow, "allow"), deny: own.list(levels.deny, "deny") };
        let registry = crate::registry::registry();
        for (option, codes) in [("allow", &levels.allow), ("deny", &levels.deny)] {
            if let Some(unknown) = codes.iter().find(|code| !registry.knows_prefix(code)) {
                return Err(Error::Setting {
                    origin: format!("--{option}"),
                    what: format!("no rule's code begins with `{unknown}`"),
                    hint: "`nova-ft rule --all` lists the rules.".to_owned(),
                });
            }
        }
        Ok(levels)
    }
}

/// Whether the user has agreed beforehand.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct Yes {
    /// Do not ask before sending photos to AWS
    #[arg(long)]
    pub(super) yes: bool,
}

/// Which findings are not reported, and which are errors.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct LevelArgs {
    /// Do not report this rule, or all whose codes begin so (repeatable)
    #[arg(long, value_name = "CODE")]
    pub(super) allow: Vec<String>,
    /// Report this rule, or all whose codes begin so, as an error (repeatable)
    #[arg(long, value_name = "CODE")]
    pub(super) deny: Vec<String>,
}

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use foundation::append::{Access, open_to_append};
use nova_ft::clock::Clock;
use nova_ft::error::{IoContext, Result};

/// The log of a command: `log_dir/COMMAND.log`, a line for each thing said, with time and process id.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    path: PathBuf,
    clock: Clock,
}

impl Log {
    /// Opens the log to append to it.
    pub(super) fn open(folder: &Path, command: &str, clock: Clock) -> Result<Self> {
        let path = folder.join(format!("{command}.log"));
        // Messages quote labels and names: the log is for its owner.
        let file = open_to_append(&path, Access::Owner)?;
        Ok(Self { file, path, clock })
    }

    /// Adds a text; each of its lines becomes one of the log, written at once so that processes do not mix.
    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        let stamp = self.clock.stamp();
        let pid = std::process::id();
        for line in text.lines() {
            self.file.write_all(format!("{stamp} [{pid}] {line}\n").as_bytes()).at("write", &self.path)?;
        }
        Ok(())
    }
}

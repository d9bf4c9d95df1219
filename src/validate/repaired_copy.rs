//! A repaired copy of a file, and beside it what differs.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::fix::refused;
use crate::atomic::{AtomicFile, Commit};
use crate::error::{IoContext, Result};
use crate::validate::diff::UnifiedDiff;

/// A copy that is being written; neither it nor its diff is there before [`RepairedCopy::commit`].
#[derive(Debug)]
pub(crate) struct RepairedCopy {
    out: AtomicFile,
    path: PathBuf,
    diff: UnifiedDiff<AtomicFile>,
    diff_path: PathBuf,
    changed: usize,
}

impl RepairedCopy {
    /// A copy of `file` at `out`, its diff at `out` with `.diff` after its name.
    pub(crate) fn create(file: &Path, out: &Path) -> Result<Self> {
        let mut diff_path = out.as_os_str().to_owned();
        diff_path.push(".diff");
        let diff_path = PathBuf::from(diff_path);
        let diff = UnifiedDiff::new(AtomicFile::create(&diff_path)?, file, out);
        Ok(Self { out: AtomicFile::create(out)?, path: out.to_path_buf(), diff, diff_path, changed: 0 })
    }

    /// Adds a piece of the file: its bytes, and what they are after repair.
    pub(crate) fn push(&mut self, before: &[u8], after: &[u8]) -> Result<()> {
        self.changed += usize::from(before != after);
        self.out.write_all(after).at("write", &self.path)?;
        self.diff.push(before, after).at("write", &self.diff_path)
    }

    /// Puts the copy in its place, and the diff where there is any; says how many pieces changed.
    ///
    /// # Errors
    /// Where one of them cannot be written, or something else is in its place.
    pub(crate) fn commit(self) -> Result<usize> {
        let diff = self.diff.finish().at("write", &self.diff_path)?;
        if self.changed > 0 {
            place(diff, &self.diff_path)?;
        }
        place(self.out, &self.path)?;
        Ok(self.changed)
    }
}

fn place(file: AtomicFile, path: &Path) -> Result<()> {
    match file.commit_new()? {
        Commit::Done => Ok(()),
        Commit::Taken => {
            let what = format!("{} is there already and holds something else", path.display());
            Err(refused(what, "remove it, or name another place: what is there is never overwritten."))
        }
    }
}

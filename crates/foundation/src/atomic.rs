//! Files that are there whole or not at all: written under a temporary name in the same folder, then renamed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, NamedTempFile};

use crate::error::{Error, IoContext, Result};
use crate::files;
use crate::source_access::{self, folder_of};

/// Begins the name of every temporary file, so that [`sweep`] finds what a killed process left.
const PREFIX: &str = ".nova-ft-partial-";

/// Folders into which this process has written: what killed ones had left there is gone.
static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file that gets its name when it is whole.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl AtomicFile {
    /// Opens a temporary file beside `path`, whose folder is made if it is missing.
    pub fn create(path: &Path) -> Result<Self> {
        Self::create_for(path, Readers::Everybody)
    }

    fn create_for(path: &Path, readers: Readers) -> Result<Self> {
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            // A rename would put a file in the place of the device or pipe, for everybody.
            let what = "this is a device or a pipe, in whose place no file is put";
            return Err(Error::input(path, what, "name a file here."));
        }
        // A link's file is written, not the link: a label table may lie elsewhere.
        // A private file takes the place of a link: a link that others made must not choose where it is written.
        let path = &if readers == Readers::Everybody && path.is_symlink() {
            path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
        } else {
            path.to_path_buf()
        };
        let folder = folder_of(path);
        std::fs::create_dir_all(folder).at("create", folder)?;
        sweep_once(folder);
        loop {
            // Private from the moment of creation, like every temporary file.
            let file = Builder::new().prefix(PREFIX).tempfile_in(folder).at("write", path)?;
            // The lock tells `sweep` that somebody is writing; it ends with the process, however that ends.
            file.as_file().lock().at("lock", file.path())?;
            // A sweep between the two lines above has taken the file for a dead one's.
            if file.path().exists() {
                if readers == Readers::Everybody {
                    source_access::open_up(file.as_file(), path, folder).at("write", path)?;
                }
                return Ok(Self { path: path.clone(), file: BufWriter::new(file) });
            }
        }
    }

    /// Gives the file its name, in place of what was there.
    pub fn commit(self) -> Result<()> {
        let (path, file) = self.finish()?;
        file.persist(&path).map_err(|error| error.error).at("write", path)?;
        Ok(())
    }

    /// Gives the file its name unless another has it.
    pub fn commit_new(self) -> Result<Commit> {
        let (path, file) = self.finish()?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(Commit::Done),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                let same = same_bytes(error.file.path(), &path).at("read", path)?;
                Ok(if same { Commit::Done } else { Commit::Taken })
            }
            Err(error) => Err(error.error).at("write", path),
        }
    }

    fn finish(self) -> Result<(PathBuf, NamedTempFile)> {
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error).at("write", &self.path)?;
        file.as_file().sync_data().at("write", &self.path)?;
        Ok((self.path, file))
    }
}

/// What came of [`AtomicFile::commit_new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// The file is there, now or before, with these bytes.
    Done,
    /// Another file has the name; it was not touched.
    Taken,
}

/// Whether two files hold the same, in the memory of two buffers.
fn same_bytes(left: &Path, right: &Path) -> std::io::Result<bool> {
    let (mut left, mut right) = (BufReader::new(files::open(left)?), BufReader::new(files::open(right)?));
    loop {
        let (a, b) = (left.fill_buf()?, right.fill_buf()?);
        let count = a.len().min(b.len());
        if a[..count] != b[..count] || a.is_empty() != b.is_empty() {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
        left.consume(count);
        right.consume(count);
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Whom a file is for, where the system knows users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Those whom the umask and the sources of the file allow; see [`source_access`].
    Everybody,
    /// Its owner alone.
    Owner,
}

/// Removes a file, if there is one.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}

/// Creates a folder, and those above it that are missing, for its owner alone. One that exists stays as it is.
pub fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a whole file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_for(path, bytes, Readers::Everybody)
}

/// Writes a whole file that nobody but this user may read.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    write_for(path, bytes, Readers::Owner)
}

/// Whether a file can be made beside this one, to take its place.
pub fn check_writable(path: &Path) -> Result<()> {
    AtomicFile::create(path).map(drop)
}

fn write_for(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    let mut file = AtomicFile::create_for(path, readers)?;
    file.write_all(bytes).at("write", path)?;
    file.commit()
}

/// Removes what killed processes left half-written in a folder. What a living process is writing stays.
pub fn sweep(folder: &Path) -> Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.at("list", folder)?,
    };
    for entry in entries {
        let path = entry.at("list", folder)?.path();
        let partial = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        let Some(file) = partial.then(|| files::open(&path).ok()).flatten() else { continue };
        if file.try_lock().is_ok() {
            // Removed under the lock, so that a writer who waits for it sees that the file is gone. Another process may
            // sweep the same folder: what is gone already is gone.
            let _ = std::fs::remove_file(&path);
        }
    }
    Ok(())
}

/// Sweeps a folder the first time that this process writes into it. What cannot be removed is in nobody's way.
fn sweep_once(folder: &Path) {
    if SWEPT.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf()) {
        let _ = sweep(folder);
    }
}

impl AtomicFile {
    /// Gives the file its name in place of one that is there, if `check` passes, which is asked when the bytes are on the disk.
    /// Returns the replaced file, open: where the system can exchange two names in one step, the very one that had the name at
    /// that moment. None where the check failed or there is no file any more.
    pub fn exchange(self, check: impl FnOnce() -> Result<bool>) -> Result<Option<File>> {
        let (path, file) = self.finish()?;
        if !check()? {
            return Ok(None);
        }
        let former = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            former => former.at("read", &path)?,
        };
        if exchange_names(file.path(), &path) {
            // The temporary name is that of the replaced file now; it is removed with `file`.
            return Ok(Some(File::open(file.path()).unwrap_or(former)));
        }
        file.persist(&path).map_err(|error| error.error).at("write", path)?;
        Ok(Some(former))
    }
}

/// Exchanges two names in one step; `false` where the system or the file system cannot.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange_names(left: &Path, right: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, left, CWD, right, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange_names(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.txt");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        check_writable(&path).unwrap();
        assert_eq!(names(path.parent().unwrap()), Vec::<String>::new());
        assert!(check_writable(Path::new("/dev/null/a.txt")).is_err());
        write(&path, b"whole").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_never_replaced() {
        let error = write(Path::new("/dev/null"), b"x").unwrap_err();
        assert!(error.to_string().contains("a device or a pipe") && error.hint().is_some(), "{error}");
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_mode_stays_as_it_was() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        std::fs::write(&real, "a").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, b"b").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&real).unwrap(), b"b");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another_and_may_be_written_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let commit = |bytes: &[u8]| {
            let mut file = AtomicFile::create(&path).unwrap();
            file.write_all(bytes).unwrap();
            file.commit_new().unwrap()
        };
        assert_eq!(commit(b"first"), Commit::Done);
        assert_eq!(commit(b"first"), Commit::Done);
        for other in ["", "firs", "first!", "worst"] {
            assert_eq!(commit(other.as_bytes()), Commit::Taken, "{other}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn what_a_killed_process_left_goes_when_the_next_one_writes_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(format!("{PREFIX}dead")), b"x").unwrap();
        write(&folder.path().join("a.txt"), b"whole").unwrap();
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn the_sweep_takes_what_nobody_writes_and_leaves_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(format!("{PREFIX}dead")), b"x").unwrap();
        std::fs::write(folder.path().join("mine.txt"), b"x").unwrap();
        let alive = AtomicFile::create(&folder.path().join("a.txt")).unwrap();
        sweep(folder.path()).unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        alive.commit().unwrap();
        assert!(folder.path().join("a.txt").exists() && folder.path().join("mine.txt").exists());
    }
}

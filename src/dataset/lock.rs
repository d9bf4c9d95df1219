//! One process at a time writes into a data set's folder, and none while another reads it.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::MANIFEST_FILE;
use crate::error::{IoContext, Result};
use crate::progress::Progress;

/// Holds a data set's folder: while it lives, no other process writes into it. It ends with the process, however that ends.
///
/// It is the lock of the operating system on the folder itself: it leaves no file behind and works in a folder that cannot be
/// written.
#[derive(Debug)]
pub struct FolderLock {
    /// The folder itself, opened; locking it leaves no file behind.
    folder: File,
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing is not enough: a child that this process is just starting has the folder open too, until it is another
        // program.
        let _ = self.folder.unlock();
    }
}

impl FolderLock {
    /// Waits until nobody else holds the folder, which is made if it is missing. Says so when it has to wait.
    pub fn acquire(folder: &Path, progress: &dyn Progress) -> Result<Self> {
        std::fs::create_dir_all(folder).at("create", folder)?;
        let file = File::open(folder).at("read", folder)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say_waiting(folder, progress);
                file.lock().at("lock", folder)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock", folder),
        }
        Ok(Self { folder: file })
    }

    /// Waits until nobody writes into the folder, and keeps others from writing while it lives; they may read. Says so when it
    /// has to wait.
    ///
    /// None where the folder cannot be locked: it is missing, may not be listed, or lies on a file system without locks. What
    /// reads it does so without a lock then.
    pub fn shared(folder: &Path, progress: &dyn Progress) -> Option<Self> {
        let file = File::open(folder).ok()?;
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say_waiting(folder, progress);
                file.lock_shared().ok()?;
            }
            Err(TryLockError::Error(_)) => return None,
        }
        Some(Self { folder: file })
    }

    /// [`FolderLock::shared`] for the data sets that these files lie in, so that files that belong together are read together.
    /// Folders without a manifest are not locked.
    pub fn shared_around<'f>(files: impl IntoIterator<Item = &'f Path>, progress: &dyn Progress) -> Vec<Self> {
        let folder_of = |file: &Path| match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let folders: BTreeSet<_> = files.into_iter().filter_map(|file| folder_of(file).canonicalize().ok()).collect();
        let data_sets = folders.iter().filter(|folder| folder.join(MANIFEST_FILE).exists());
        data_sets.filter_map(|folder| Self::shared(folder, progress)).collect()
    }
}

fn say_waiting(folder: &Path, progress: &dyn Progress) {
    progress.line(&format!("waiting for another nova-ft to be done with {}", folder.display()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn a_folder_is_held_by_one_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::acquire(folder.path(), &Silent).unwrap();
        assert!(matches!(File::open(folder.path()).unwrap().try_lock(), Err(TryLockError::WouldBlock)));
        drop(lock);
        FolderLock::acquire(folder.path(), &Silent).unwrap();
    }

    #[test]
    fn several_read_a_data_set_at_once_and_nobody_writes_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("train.jsonl");
        let around =
            || FolderLock::shared_around([file.as_path(), &folder.path().join("sub/../validation.jsonl")], &Silent);
        assert!(around().is_empty(), "a folder without a manifest is no data set");
        std::fs::write(folder.path().join(MANIFEST_FILE), "{}").unwrap();
        let (first, second) = (around(), around());
        assert_eq!((first.len(), second.len()), (1, 1));
        let try_lock = || File::open(folder.path()).unwrap().try_lock();
        assert!(matches!(try_lock(), Err(TryLockError::WouldBlock)));
        drop(first);
        assert!(matches!(try_lock(), Err(TryLockError::WouldBlock)));
        drop(second);
        try_lock().unwrap();
        assert!(FolderLock::shared(&folder.path().join("missing"), &Silent).is_none());
    }
}

//! One process at a time in a data set's folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::progress::Progress;

/// Holds a data set's folder: while it lives, no other process writes into it. It ends with the process, however that ends.
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
                progress.line(&format!("waiting for another nova-ft to be done with {}", folder.display()));
                file.lock().at("lock", folder)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock", folder),
        }
        Ok(Self { folder: file })
    }
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
}

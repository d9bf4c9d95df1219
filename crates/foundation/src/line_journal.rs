//! A file of lines, one JSON value each, that is only ever added to: what a run has done so far, so that a killed one goes
//! on and asks nothing twice.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::append::{Access, open_to_append};
use crate::error::{Error, IoContext, Result};
use crate::files;

/// A journal to add to; while it lives, no other process writes into it.
#[derive(Debug)]
pub struct LineJournal {
    path: PathBuf,
    file: Mutex<File>,
}

impl LineJournal {
    /// Opens a journal, which is made with its folder if it is missing. `hint` says what to do where another process writes
    /// into it.
    ///
    /// # Errors
    /// Where it cannot be written, or another process is writing into it.
    pub fn open(path: &Path, hint: &str) -> Result<Self> {
        let mut file = open_to_append(path, Access::Sources)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::input(path, "another nova-ft is writing into this journal", hint));
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock", path),
        }
        if ends_inside_a_line(&mut file).at("read", path)? {
            // The last line was cut off when its process was killed: the next one must not go on in it.
            file.write_all(b"\n").at("write", path)?;
        }
        Ok(Self { path: path.to_path_buf(), file: Mutex::new(file) })
    }

    /// Its lines so far; see [`read_lines`].
    pub fn lines<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        read_lines(&self.path)
    }

    /// Adds a line. One write a line: a process that is killed leaves whole lines, and at most one that is cut off.
    pub fn add(&self, line: &impl Serialize) -> Result<()> {
        let mut json = serde_json::to_vec(line).map_err(std::io::Error::from).at("write", &self.path)?;
        json.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let length = file.metadata().at("read", &self.path)?.len();
        file.write_all(&json)
            .inspect_err(|_| {
                // A full disk takes a part of the line. Without this the next line, of another thread, would go on in it.
                let _ = file.set_len(length);
            })
            .at("write", &self.path)
    }

    /// Adds a line that outlives a power cut too: it is on the disk when this returns.
    pub fn add_durably(&self, line: &impl Serialize) -> Result<()> {
        self.add(line)?;
        self.file.lock().unwrap_or_else(PoisonError::into_inner).sync_data().at("write", &self.path)
    }
}

impl Drop for LineJournal {
    fn drop(&mut self) {
        // Closing is not enough: a child that this process is just starting may have the file open too.
        let _ = self.file.lock().unwrap_or_else(PoisonError::into_inner).unlock();
    }
}

/// The lines of a journal, none where there is no file. Lines of another form, cut ones and those that a person broke are
/// passed over.
pub fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let mut lines = Vec::new();
    files::for_each_line(path, |line| lines.extend(serde_json::from_slice::<T>(line).ok())).at("read", path)?;
    Ok(lines)
}

fn ends_inside_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_order_and_a_cut_one_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/journal.jsonl");
        LineJournal::open(&path, "").unwrap().add(&"甲\n").unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"\"cut o");
        std::fs::write(&path, bytes).unwrap();
        LineJournal::open(&path, "").unwrap().add(&"乙").unwrap();
        assert_eq!(read_lines::<String>(&path).unwrap(), ["甲\n", "乙"]);
        assert!(read_lines::<String>(&folder.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn one_process_writes_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let journal = LineJournal::open(&path, "").unwrap();
        let error = LineJournal::open(&path, "wait for it to end.").unwrap_err();
        assert!(error.to_string().contains("another nova-ft"), "{error}");
        assert_eq!(error.hint().as_deref(), Some("wait for it to end."));
        drop(journal);
        LineJournal::open(&path, "").unwrap();
    }
}

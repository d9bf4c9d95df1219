//! Forgets the state of the stand-in, and nothing that somebody else has put into its folder.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::state::{StateDir, in_use};
use foundation::error::{IoContext as _, Result};

/// What [`reset`] forgot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reset {
    /// The files and folders that were deleted.
    pub removed: Vec<PathBuf>,
    /// Files and links in those folders that nova-ft did not make: they and the folders around them stay.
    pub kept: Vec<PathBuf>,
}

/// Forgets a stand-in: its buckets, objects, jobs, models, address and keys. What nova-ft did not make stays, and so does the empty
/// lock file. A folder that does not exist is already forgotten.
///
/// # Errors
/// [`Error::Input`](foundation::Error::Input) while a process serves the folder; [`Error::Io`](foundation::Error::Io) when something cannot
/// be deleted.
pub fn reset(state_dir: &Path) -> Result<Reset> {
    let state = StateDir::at(state_dir);
    let mut reset = Reset::default();
    if !state_dir.exists() {
        return Ok(reset);
    }
    let Some(_lock) = state.try_lock()? else { return Err(in_use(&state)) };
    state.sweep()?;
    for path in [state.s3_path(), state.bedrock_path(), state.server_path()] {
        match remove(&path, &mut reset.kept) {
            Ok(true) => reset.removed.push(path),
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).at("delete", path),
        }
    }
    reset.kept.sort();
    Ok(reset)
}

/// Removes a file or folder of ours, and says whether it is gone; what is not ours stays and is added to `kept`.
fn remove(path: &Path, kept: &mut Vec<PathBuf>) -> io::Result<bool> {
    let kind = path.symlink_metadata()?.file_type();
    if kind.is_dir() {
        let mut is_empty = true;
        for entry in std::fs::read_dir(path)? {
            is_empty &= remove(&entry?.path(), kept)?;
        }
        if is_empty {
            std::fs::remove_dir(path)?;
        }
        return Ok(is_empty);
    }
    if !kind.is_file() || !path.file_name().is_some_and(is_own_name) {
        kept.push(path.to_path_buf());
        return Ok(false);
    }
    std::fs::remove_file(path).map(|()| true)
}

/// Whether a name is one that the stand-in gives: ids and digests in hexadecimal, the files that make a folder a bucket, an
/// upload or a server's, what `s3s-fs` keeps beside a blob, and what is not finished.
fn is_own_name(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_hexadecimal = |stem: &str| stem.len() >= 5 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
    let is_record = is_hexadecimal(stem) && matches!(ending, "" | "json" | "jsonl");
    let is_named = matches!(&*name, "bucket.json" | "upload.json" | "server.json");
    is_record
        || is_named
        || [".bucket-", ".upload-", ".tmp", ".nova-ft-partial-"].iter().any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_user_and_what_links_lead_to_stay() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("000000000000.json"), "mine").unwrap();
        let state = StateDir::create(dir.path()).unwrap();
        drop(state.try_lock().unwrap());
        let write = |path: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
            path
        };
        let ours = ["s3/buckets/b/bucket.json", "s3/buckets/b/0123456789abcdef.json", "bedrock/jobs/0123456789ab.json"]
            .map(write);
        let mut theirs = ["s3/buckets/b/notes.txt", "bedrock/weights/best.bin"].map(write).to_vec();
        #[cfg(unix)]
        {
            std::fs::create_dir_all(dir.path().join("s3/uploads")).unwrap();
            let link = dir.path().join("s3/uploads/0123456789ab");
            std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
            theirs.push(link);
        }
        theirs.sort();
        assert_eq!(reset(dir.path()).unwrap(), Reset { removed: vec![], kept: theirs.clone() });
        assert!(ours.iter().all(|path| !path.exists()) && theirs.iter().all(|path| path.exists()));
        assert!(elsewhere.path().join("000000000000.json").exists());
    }
}

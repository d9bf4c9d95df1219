//! Files that are appended to: logs and journals.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use crate::error::{Error, IoContext, Result};
use crate::source_access::{self, folder_of};

/// Who may read a new file that is appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone. The permissions of an existing file stay.
    Owner,
    /// Those who may read the files that this process has read; see [`source_access`].
    Sources,
}

/// Opens a file to append to it, and to read it; it is created with its folder if it is missing, and private from the moment of creation.
///
/// # Errors
/// Where it is not a regular file. A symbolic link is refused: in a folder that several users can write to, it would let one
/// of them choose which file another appends to.
pub fn open_to_append(path: &Path, access: Access) -> Result<File> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).at("create", folder)?;
    let mut options = File::options();
    options.read(true).append(true);
    protect(&mut options);
    let (file, is_new) = match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let is_regular = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
            if !is_regular {
                return Err(not_regular(path));
            }
            (options.open(path).at("write", path)?, false)
        }
        created => (created.at("write", path)?, true),
    };
    // Another process may have replaced it since.
    if !file.metadata().at("read", path)?.is_file() {
        return Err(not_regular(path));
    }
    match access {
        Access::Sources if is_new => source_access::open_up(&file, Path::new(""), folder).at("write", path)?,
        Access::Sources => source_access::restrict(&file, folder).at("write", path)?,
        Access::Owner => {}
    }
    Ok(file)
}

/// Private when created, never through a link, and without waiting for the other end of a pipe.
fn protect(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

fn not_regular(path: &Path) -> Error {
    let what = "this is a symbolic link, a device or a pipe; logs and journals are appended to regular files only";
    Error::input(path, what, "remove it, or name a file in another folder.")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_symbolic_link_is_refused_and_its_target_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (target, missing) = (folder.path().join("target"), folder.path().join("missing"));
        std::fs::write(&target, "a").unwrap();
        for (name, to) in [("existing.log", &target), ("dangling.log", &missing)] {
            let link = folder.path().join(name);
            symlink(to, &link).unwrap();
            let error = open_to_append(&link, Access::Owner).unwrap_err();
            assert!(error.to_string().contains("symbolic link") && error.hint().is_some(), "{error}");
        }
        assert_eq!(std::fs::read(&target).unwrap(), b"a");
        assert!(!missing.exists());
    }

    #[test]
    fn a_linked_folder_is_allowed_and_a_device_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("real")).unwrap();
        symlink(folder.path().join("real"), folder.path().join("logs")).unwrap();
        let mut file = open_to_append(&folder.path().join("logs/a.log"), Access::Owner).unwrap();
        file.write_all(b"a").unwrap();
        let mode = std::fs::metadata(folder.path().join("real/a.log")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(open_to_append(Path::new("/dev/null"), Access::Owner).is_err());
    }
}

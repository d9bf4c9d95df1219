//! Who may read what this process writes: nobody who may not read the files that it has read.
//!
//! Each label table, record file and photo that is read is noted here, with the folders on its path. A file that is written
//! afterwards gets at most the permissions that all of them share. Where the system knows no permissions of this kind,
//! nothing is limited.

use std::fs::File;
use std::path::Path;

/// Notes a file whose contents may reach other files. A path that does not exist is ignored.
pub fn note(path: &Path) {
    #[cfg(unix)]
    unix::note(path);
    #[cfg(not(unix))]
    let _ = path;
}

/// Gives a new, private file in `folder` the permissions that it may have: those of the file that it replaces, else the
/// usual ones (the umask), and no more than those of the noted sources.
///
/// # Errors
/// Where the permissions cannot be read or set.
pub fn open_up(file: &File, replaced: &Path, folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    unix::open_up(file, replaced, folder)?;
    #[cfg(not(unix))]
    let _ = (file, replaced, folder);
    Ok(())
}

/// Takes away from an existing file the permissions that the noted sources do not have.
///
/// # Errors
/// Where the permissions cannot be read or set.
pub fn restrict(file: &File, folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    unix::restrict(file, folder)?;
    #[cfg(not(unix))]
    let _ = (file, folder);
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs::{File, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, OnceLock, PoisonError};

    static SOURCES: Mutex<Sources> = Mutex::new(Sources::new());
    static USUAL_MODE: OnceLock<u32> = OnceLock::new();

    /// Read and write, for everybody.
    const ALL: u32 = 0o666;
    const GROUP: u32 = 0o060;
    const OTHERS: u32 = 0o006;

    /// The permissions that several files share.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Limit {
        pub(super) mode: u32,
        /// The group that the group's bits are for, where everybody else has fewer.
        pub(super) group: Option<u32>,
    }

    impl Limit {
        pub(super) const NONE: Self = Self { mode: ALL, group: None };

        pub(super) fn new(mode: u32, group: u32) -> Self {
            // The owner of a derived file may always read and write it.
            let mode = (mode & ALL) | 0o600;
            Self { mode, group: (mode & GROUP & !for_group(mode) != 0).then_some(group) }
        }

        /// A folder: who may not search it reads nothing in it.
        fn of_folder(folder: &Metadata) -> Self {
            let bits = |search: u32, bits: u32| if folder.mode() & search == 0 { 0 } else { bits };
            Self::new(bits(0o010, GROUP) | bits(0o001, OTHERS), folder.gid())
        }

        pub(super) fn and(self, other: Self) -> Self {
            let mode = self.mode & other.mode;
            match (self.group, other.group) {
                (Some(one), Some(another)) if one != another => Self { mode: without_group(mode), group: None },
                (one, another) => Self { mode, group: one.or(another) },
            }
        }
    }

    /// The bits of everybody else, as those of the group.
    fn for_group(mode: u32) -> u32 {
        (mode & OTHERS) << 3
    }

    /// A mode in which the group may do what everybody else may.
    fn without_group(mode: u32) -> u32 {
        mode & !(GROUP & !for_group(mode))
    }

    #[derive(Debug)]
    struct Sources {
        limit: Limit,
        /// Folders of sources whose files not everybody may read.
        folders: BTreeMap<PathBuf, Limit>,
        /// Folders that were looked at.
        seen: BTreeSet<PathBuf>,
    }

    impl Sources {
        const fn new() -> Self {
            Self { limit: Limit::NONE, folders: BTreeMap::new(), seen: BTreeSet::new() }
        }

        fn note_folder(&mut self, folder: &Path) {
            if !self.seen.insert(folder.to_path_buf()) {
                return;
            }
            let Ok(real) = folder.canonicalize() else { return };
            for folder in real.ancestors() {
                if let Ok(metadata) = std::fs::metadata(folder) {
                    let limit = Limit::of_folder(&metadata);
                    if limit != Limit::NONE {
                        self.folders.insert(folder.to_path_buf(), limit);
                    }
                }
            }
        }

        /// The limit for a file in `folder`. A closed folder that the file is in too protects it as well as its source.
        fn limit_in(&self, folder: &Path) -> Limit {
            let real = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
            let others = self.folders.iter().filter(|(closed, _)| !real.starts_with(closed));
            others.fold(self.limit, |limit, (_, other)| limit.and(*other))
        }
    }

    pub(super) fn note(path: &Path) {
        let Ok(metadata) = std::fs::metadata(path) else { return };
        let real = if path.is_symlink() { path.canonicalize().ok() } else { None };
        let path = real.as_deref().unwrap_or(path);
        let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
        sources.limit = sources.limit.and(Limit::new(metadata.mode(), metadata.gid()));
        sources.note_folder(super::folder_of(path));
    }

    fn limit_in(folder: &Path) -> Limit {
        SOURCES.lock().unwrap_or_else(PoisonError::into_inner).limit_in(folder)
    }

    pub(super) fn open_up(file: &File, replaced: &Path, folder: &Path) -> io::Result<()> {
        let mut limit = limit_in(folder);
        let mode = match std::fs::metadata(replaced) {
            Ok(former) => {
                limit = limit.and(Limit { mode: ALL, ..Limit::new(former.mode(), former.gid()) });
                former.mode() & 0o777
            }
            Err(_) => usual_mode(folder),
        };
        apply(file, mode, limit)
    }

    pub(super) fn restrict(file: &File, folder: &Path) -> io::Result<()> {
        apply(file, file.metadata()?.mode() & 0o777, limit_in(folder))
    }

    fn apply(file: &File, mode: u32, limit: Limit) -> io::Result<()> {
        let mut mode = mode & (limit.mode | 0o111);
        if let Some(group) = limit.group.filter(|_| mode & GROUP & !for_group(mode) != 0) {
            // The bits are for this group and no other.
            let is_of_group = |file: &File| file.metadata().is_ok_and(|metadata| metadata.gid() == group);
            if !is_of_group(file) && std::os::unix::fs::fchown(file, None, Some(group)).is_err() {
                mode = without_group(mode);
            }
        }
        // Only the owner may set them, and a file of another user may have them already.
        let present = file.metadata()?.mode() & 0o777;
        if present == mode { Ok(()) } else { file.set_permissions(Permissions::from_mode(mode)) }
    }

    /// The mode of a new file, as the umask has it.
    fn usual_mode(folder: &Path) -> u32 {
        *USUAL_MODE.get_or_init(|| {
            // An empty file shows it: to ask for the umask is to change it, for all threads.
            let probe = tempfile::Builder::new().permissions(Permissions::from_mode(ALL)).tempfile_in(folder);
            probe.and_then(|probe| probe.as_file().metadata()).map_or(0o600, |metadata| metadata.mode() & 0o777)
        })
    }
}

/// The folder that a path is in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::unix::Limit;

    #[test]
    fn the_strictest_of_several_sources_counts() {
        let public = Limit::new(0o644, 10);
        assert_eq!(Limit::NONE.and(public), Limit { mode: 0o644, group: None });
        assert_eq!(public.and(Limit::new(0o640, 20)), Limit { mode: 0o640, group: Some(20) });
        assert_eq!(public.and(Limit::new(0o600, 20)).and(Limit::new(0o666, 1)), Limit { mode: 0o600, group: None });
    }

    #[test]
    fn the_bits_of_two_groups_are_shared_by_neither() {
        let both = Limit::new(0o660, 10).and(Limit::new(0o640, 20));
        assert_eq!(both, Limit { mode: 0o600, group: None });
        assert_eq!(Limit::new(0o664, 10).and(Limit::new(0o664, 20)).mode, 0o644);
    }

    #[test]
    fn the_owner_may_always_write_what_was_derived() {
        assert_eq!(Limit::new(0o400, 10).mode, 0o600);
    }
}

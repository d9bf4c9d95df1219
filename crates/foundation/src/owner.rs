//! What to do where the system denies access: often a run as root has left files that its user may not write.

use std::path::Path;

/// The hint for a path to which access was denied.
pub fn access_hint(path: &Path) -> String {
    #[cfg(unix)]
    if let Some(hint) = unix::hint_of(path, rustix::process::geteuid().as_raw(), unix::owner_of) {
        return hint;
    }
    #[cfg(not(unix))]
    let _ = path;
    "give yourself access to it, or name another place.".to_owned()
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::{Path, PathBuf};

    /// The owner of what is at a path, if there is anything that may be looked at.
    pub(super) fn owner_of(path: &Path) -> Option<u32> {
        std::fs::symlink_metadata(path).ok().map(|metadata| metadata.uid())
    }

    /// The hint for a path as the user with this id sees it; `None` where another owner is not the cause.
    pub(super) fn hint_of(path: &Path, user: u32, owner: impl Fn(&Path) -> Option<u32>) -> Option<String> {
        let full = std::path::absolute(path).ok()?;
        let (found, uid) = full.ancestors().find_map(|path| Some((path, owner(path)?)))?;
        if uid == user {
            return None;
        }
        // Up to the folder that is the user's: everything below it that belongs to the other one is given back at once.
        let (mut outermost, mut is_below_own) = (found, false);
        for parent in found.ancestors().skip(1) {
            match owner(parent) {
                Some(other) if other == uid => outermost = parent,
                Some(other) => {
                    is_below_own = other == user;
                    break;
                }
                None => break,
            }
        }
        let who = name_of(uid);
        let (found, outermost) = (shown(found), shown(outermost));
        Some(if is_below_own {
            let target = outermost.display().to_string().replace('\'', r"'\''");
            let is_plain = target.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
            let target = if is_plain { target } else { format!("'{target}'") };
            format!(
                "{} belongs to {who}: run `sudo chown -R \"$USER\" {target}`, then the same command again.",
                found.display()
            )
        } else {
            format!("{} belongs to {who}: give yourself access to it, or name another place.", found.display())
        })
    }

    /// A path relative to the current folder, where it is below it.
    fn shown(path: &Path) -> PathBuf {
        let here = std::env::current_dir().ok();
        let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
        below.filter(|below| !below.as_os_str().is_empty()).unwrap_or_else(|| path.to_path_buf())
    }

    /// The user's name and number, or the number alone where no name is known.
    fn name_of(uid: u32) -> String {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, id) = (fields.next()?, fields.nth(1)?);
            (id.parse() == Ok(uid)).then(|| name.to_owned())
        });
        match name {
            Some(name) => format!("{name} (uid {uid})"),
            None => format!("uid {uid}"),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// A project of user 12345 in which root has made the folders `output` and `it's`.
        fn owner(path: &Path) -> Option<u32> {
            match path.to_str()? {
                "/home/u" | "/home/u/project" | "/home/u/project/labels.csv" => Some(12_345),
                "/"
                | "/home"
                | "/usr"
                | "/home/u/project/output"
                | "/home/u/project/output/logs"
                | "/home/u/project/it's" => Some(0),
                _ => None,
            }
        }

        #[test]
        fn what_root_has_made_is_named_with_its_owner_and_the_command_that_gives_it_back() {
            for (path, outermost) in [
                ("/home/u/project/output/logs/a.log", "/home/u/project/output"),
                ("/home/u/project/output", "/home/u/project/output"),
                ("/home/u/project/it's/a.csv", r"'/home/u/project/it'\''s'"),
            ] {
                let hint = hint_of(Path::new(path), 12_345, owner).unwrap();
                let command = format!("belongs to root (uid 0): run `sudo chown -R \"$USER\" {outermost}`, then");
                assert!(hint.contains(&command), "{hint}");
            }
        }

        #[test]
        fn a_folder_of_the_system_is_never_given_to_a_user_and_an_own_file_has_the_usual_hint() {
            let hint = hint_of(Path::new("/usr/x/a.csv"), 12_345, owner).unwrap();
            assert_eq!(hint, "/usr belongs to root (uid 0): give yourself access to it, or name another place.");
            assert_eq!(hint_of(Path::new("/home/u/project/labels.csv"), 12_345, owner), None);
        }

        #[test]
        fn an_unknown_user_is_named_by_number() {
            assert_eq!(name_of(4_294_967_000), "uid 4294967000");
        }
    }
}

//! Whether two paths are those of one file.

use std::path::{Path, PathBuf};

/// Whether two paths lead to one file, links followed. A file that is not there yet is told by its folder and its name.
pub fn is_same_file(left: &Path, right: &Path) -> bool {
    place_of(left).is_some_and(|left| place_of(right) == Some(left))
}

fn place_of(path: &Path) -> Option<PathBuf> {
    if let Ok(file) = path.canonicalize() {
        return Some(file);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name()?;
    Some(folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_through_links_and_dots_and_before_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("a"), "x").unwrap();
        std::fs::write(path("b"), "x").unwrap();
        assert!(is_same_file(&path("a"), &path("sub/../a")));
        assert!(!is_same_file(&path("a"), &path("b")), "the same bytes are not the same file");
        assert!(is_same_file(&path("new"), &path("sub/../new")));
        assert!(!is_same_file(&path("new"), &path("sub/new")));
        assert!(!is_same_file(&path(".."), &path("a")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", path("link")).unwrap();
            assert!(is_same_file(&path("link"), &path("a")));
        }
    }
}

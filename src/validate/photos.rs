//! Where the photo of a record lies on this machine.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::dataset::{DIGESTS_FILE, MANIFEST_FILE, Manifest, SplitBy};
use crate::error::{IoContext as _, Result};
use crate::images::{Digest, KnownPhotos};

/// Finds photos by the key in a record's URI: first in a manifest, then below a folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct PhotoIndex {
    by_key: HashMap<String, KnownPhoto>,
    folder: Option<PathBuf>,
}

/// A photo of the manifest.
#[derive(Debug, Clone)]
struct KnownPhoto {
    path: PathBuf,
    sha256: Digest,
    group: PhotoGroup,
}

/// A group of photos that must not be parted: those of one sheet, or of one seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhotoGroup {
    /// A hash of its name.
    pub(crate) id: u64,
    pub(crate) split_by: SplitBy,
}

impl PhotoGroup {
    fn new(name: &str, split_by: SplitBy) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self { id: hasher.finish(), split_by }
    }
}

/// Where a photo should be, and what it was when the data set was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) path: PathBuf,
    pub(crate) expected_sha256: Option<Digest>,
    pub(crate) group: Option<PhotoGroup>,
}

impl PhotoIndex {
    /// The photos of the manifest beside `jsonl`, if there is one, and of `input_dir`.
    pub(crate) fn beside(jsonl: &Path, input_dir: Option<&Path>) -> Result<Self> {
        if let Some(folder) = input_dir
            && !std::fs::metadata(folder).at("read", folder)?.is_dir()
        {
            return Err(std::io::Error::from(ErrorKind::NotADirectory)).at("read", folder);
        }
        let parent = folder_of(jsonl);
        let mut index = Self { by_key: HashMap::new(), folder: input_dir.map(Path::to_path_buf) };
        if parent.join(MANIFEST_FILE).exists() {
            index.add(&Manifest::read(parent)?, parent);
        }
        Ok(index)
    }

    /// The photos of a manifest that lies in `folder`.
    pub(crate) fn of_manifest(manifest: &Manifest, folder: &Path) -> Self {
        let mut index = Self::default();
        index.add(manifest, folder);
        index
    }

    fn add(&mut self, manifest: &Manifest, folder: &Path) {
        for photo in &manifest.photos {
            let group = PhotoGroup::new(&photo.group, manifest.split_by);
            let known = KnownPhoto { path: folder.join(photo.sent_path()), sha256: photo.sent_sha256(), group };
            self.by_key.insert(photo.key.clone(), known);
        }
    }

    /// Whether any photo can be looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_key.is_empty() && self.folder.is_none()
    }

    /// Where the photo of a key should be; `None` when nothing says where to look.
    ///
    /// In the given folder where it is there, else where the manifest says, else where it would be in the folder.
    pub(crate) fn locate(&self, key: &str) -> Option<Located> {
        if self.is_empty() {
            return None;
        }
        let known = self.by_key.get(key);
        let (expected_sha256, group) = known.map(|known| (known.sha256, known.group)).unzip();
        let there = self.folder.as_deref().and_then(|folder| below(folder, key));
        if let Some(path) = there {
            return Some(Located { path, expected_sha256, group });
        }
        if let Some(known) = known {
            return Some(Located { path: known.path.clone(), expected_sha256, group });
        }
        let name = key.rsplit('/').next().filter(|name| is_safe(name))?;
        Some(Located { path: self.folder.as_ref()?.join(name), expected_sha256, group })
    }
}

/// What is known of the photos of the data set that `jsonl` belongs to; nothing where it belongs to none.
pub(super) fn known_beside(jsonl: &Path) -> KnownPhotos {
    let folder = folder_of(jsonl);
    if folder.join(MANIFEST_FILE).exists() {
        KnownPhotos::read(&folder.join(DIGESTS_FILE))
    } else {
        KnownPhotos::default()
    }
}

/// Keeps for the next time what was read of the photos of a data set.
pub(super) fn remember_beside(jsonl: &Path, known: &KnownPhotos) {
    let folder = folder_of(jsonl);
    if folder.join(MANIFEST_FILE).exists() {
        // What only saves time next time must not fail a check, in a folder that cannot be written for instance.
        let _ = known.add_to(&folder.join(DIGESTS_FILE));
    }
}

/// The folder in which a file lies.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The longest end of the key that exists below a folder: `p/images/sub/1.jpg` is `sub/1.jpg` there, else `1.jpg`.
fn below(folder: &Path, key: &str) -> Option<PathBuf> {
    let ends = std::iter::successors(Some(key), |end| end.split_once('/').map(|(_, rest)| rest));
    ends.filter(|end| is_safe(end)).map(|end| folder.join(end)).find(|path| path.is_file())
}

/// Whether a name stays below the folder that it is looked for in.
fn is_safe(end: &str) -> bool {
    !end.is_empty() && !end.split('/').any(|part| part.is_empty() || part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_a_folder_the_longest_end_of_the_key_that_exists_counts() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/1.jpg"), b"x").unwrap();
        let index = PhotoIndex { by_key: HashMap::new(), folder: Some(folder.path().to_path_buf()) };
        let path = |key| index.locate(key).map(|located| located.path);
        assert_eq!(path("p/images/sub/1.jpg"), Some(folder.path().join("sub/1.jpg")));
        assert_eq!(path("p/images/2.jpg"), Some(folder.path().join("2.jpg")));
        assert_eq!(path("../../etc/passwd"), Some(folder.path().join("passwd")));
        assert_eq!(PhotoIndex::default().locate("p/1.jpg"), None);
    }

    #[test]
    fn a_given_folder_goes_before_the_manifest_and_the_manifest_before_a_guess() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1.jpg"), b"x").unwrap();
        let sha256 = crate::images::hash_bytes(b"x");
        let group = PhotoGroup::new("sheet 1", SplitBy::Sheet);
        let known =
            |name: &str| (format!("p/{name}"), KnownPhoto { path: Path::new("elsewhere").join(name), sha256, group });
        let by_key = HashMap::from([known("1.jpg"), known("2.jpg")]);
        let index = PhotoIndex { by_key, folder: Some(folder.path().to_path_buf()) };
        let located = |key| index.locate(key).map(|located| (located.path, located.expected_sha256));
        assert_eq!(located("p/1.jpg"), Some((folder.path().join("1.jpg"), Some(sha256))));
        assert_eq!(located("p/2.jpg"), Some(("elsewhere/2.jpg".into(), Some(sha256))));
        assert_eq!(located("p/3.jpg"), Some((folder.path().join("3.jpg"), None)));
    }
}

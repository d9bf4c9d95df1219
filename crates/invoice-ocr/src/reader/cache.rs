//! Pages that were read before, on disk.
//!
//! A page depends on nothing but the photo's pixels, the reader's version and how much was read, so these are its name. The
//! folder may be deleted at any time.

use std::path::{Path, PathBuf};

use super::lines::Page;
use crate::images::Digest;
use foundation::atomic;
use foundation::files::{self, MAX_DOCUMENT_BYTES};

/// Pages in a folder, a file each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCache {
    folder: PathBuf,
}

impl PageCache {
    /// The pages of one version of the reader below a folder, which is made when the first page is kept.
    pub fn new(folder: &Path, version: &str) -> Self {
        Self { folder: folder.join(version) }
    }

    /// The page of a photo as it was read before; `None` where it was not, or where what is there cannot be used.
    pub fn get(&self, pixels_sha256: &Digest, extent: &str) -> Option<Page> {
        let bytes = files::read(&self.path(pixels_sha256, extent), MAX_DOCUMENT_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps a page. A folder that takes none costs time at the next reading and nothing else, so it is no error.
    pub fn put(&self, pixels_sha256: &Digest, extent: &str, page: &Page) {
        if let Ok(bytes) = serde_json::to_vec(page)
            && atomic::create_private_folder(&self.folder).is_ok()
        {
            let _ = atomic::write_private(&self.path(pixels_sha256, extent), &bytes);
        }
    }

    fn path(&self, pixels_sha256: &Digest, extent: &str) -> PathBuf {
        self.folder.join(format!("{pixels_sha256}-{extent}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;
    use crate::reader::{Quad, TextLine};

    #[test]
    fn a_page_is_kept_under_its_pixels_its_version_and_its_extent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = PageCache::new(&folder.path().join("pages"), "v1");
        let line =
            TextLine { text: "甲".into(), confidence: 0.5, weakest: 0.25, quad: Quad::rectangle(0.1, 1.0, 2.0, 3.3) };
        let page = Page { width_px: 3, height_px: 4, lines: vec![line], ..Page::default() };
        let (one, other) = (hash_bytes(b"1"), hash_bytes(b"2"));
        cache.put(&one, "page", &page);
        assert_eq!(cache.get(&one, "page"), Some(page));
        assert_eq!(cache.get(&one, "seller"), None);
        assert_eq!(cache.get(&other, "page"), None);
        assert_eq!(PageCache::new(&folder.path().join("pages"), "v2").get(&one, "page"), None);
    }

    #[test]
    fn a_damaged_page_is_no_page_and_a_folder_that_takes_none_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let cache = PageCache::new(folder.path(), "v1");
        cache.put(&hash_bytes(b"1"), "page", &Page::default());
        std::fs::write(cache.path(&hash_bytes(b"1"), "page"), "{\"width_px\":").unwrap();
        assert_eq!(cache.get(&hash_bytes(b"1"), "page"), None);
        std::fs::write(folder.path().join("file"), "").unwrap();
        PageCache::new(&folder.path().join("file"), "v1").put(&hash_bytes(b"1"), "page", &Page::default());
    }
}

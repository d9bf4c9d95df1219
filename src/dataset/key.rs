//! Names of objects in S3 that Bedrock accepts.

use std::collections::BTreeSet;

use crate::findings::limits::MAX_S3_URI_BYTES;
use crate::images::Digest;

/// Below the prefix, and below a data set's folder: where photos lie.
pub(super) const PHOTO_FOLDER: &str = "images";
/// Longest name of a bucket.
const LONGEST_BUCKET: usize = 63;

/// Whether a key has only characters that the documentation allows in data sets (letters, digits, `_ - / .`) and no
/// part that is empty, `.` or `..`. AWS's sample validator lets Chinese pass (its `\w` is Unicode); the service does not.
pub fn is_safe_key(key: &str) -> bool {
    // Of the part so far: its length, and whether it is points alone.
    let (mut length, mut is_points) = (0, true);
    for byte in key.bytes().chain([b'/']) {
        match byte {
            b'/' if length == 0 || (is_points && length <= 2) => return false,
            b'/' => (length, is_points) = (0, true),
            b'.' => length += 1,
            b'_' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => (length, is_points) = (length + 1, false),
            _ => return false,
        }
    }
    true
}

/// Gives each photo a key of its own below one prefix.
///
/// A name that is safe stays; any other, and one that differs from an earlier one by case only, keeps its safe characters and
/// gets the beginning of a digest of name and content. Given in the order of the names, the keys depend on nothing else.
#[derive(Debug)]
pub struct ObjectKeys {
    prefix: String,
    taken: BTreeSet<String>,
}

impl ObjectKeys {
    /// Keys below `prefix`, which has no slash at either end and may be empty.
    pub fn below(prefix: &str) -> Self {
        Self { prefix: prefix.trim_matches('/').to_owned(), taken: BTreeSet::new() }
    }

    /// The key of a file right below the prefix.
    pub fn file(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    /// The beginning of all photos' keys, with a slash at its end.
    pub fn photo_folder(&self) -> String {
        self.file(&format!("{PHOTO_FOLDER}/"))
    }

    /// The key of a photo: `name` is its path below the photo folder, `extension` what its bytes are.
    pub fn photo(&mut self, name: &str, extension: &str, sha256: &Digest) -> String {
        let (stem, old) = match name.rsplit_once('.') {
            Some((stem, old)) if !stem.is_empty() && !old.contains('/') => (stem, old),
            _ => (name, ""),
        };
        // `.jpeg`, `.JPG` and `.jpg` say the same; the format member is what counts.
        let same = old.eq_ignore_ascii_case(extension) || (extension == "jpg" && old.eq_ignore_ascii_case("jpeg"));
        let plain = if same { format!("{stem}.{old}") } else { format!("{stem}.{extension}") };
        let candidates = std::iter::once(plain).chain((0_u32..).map(|n| safe_name(name, stem, extension, sha256, n)));
        let mut keys = candidates.map(|candidate| self.file(&format!("{PHOTO_FOLDER}/{candidate}")));
        let fits = |key: &String| {
            let short = key.len() + "s3://".len() + LONGEST_BUCKET < MAX_S3_URI_BYTES;
            short && is_safe_key(key) && !self.taken.contains(&key.to_lowercase())
        };
        // The candidates never end, and only so many keys are taken.
        let key = keys.find(fits).unwrap_or_default();
        // Compared without case: a photo folder copied from one that ignores case stays unambiguous.
        self.taken.insert(key.to_lowercase());
        key
    }

    /// The photo's path below [`PHOTO_FOLDER`] in a key of these.
    pub fn name_of<'a>(&self, key: &'a str) -> &'a str {
        key.strip_prefix(&self.file(&format!("{PHOTO_FOLDER}/"))).unwrap_or(key)
    }
}

/// The safe characters of `stem`, at most 40, and 12 hex digits of the name, the content and the attempt.
fn safe_name(name: &str, stem: &str, extension: &str, sha256: &Digest, attempt: u32) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let kept = stem.split(|c| !safe(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let kept: String = kept.chars().take(40).collect();
    let digest = crate::images::hash_bytes(format!("{name}\n{sha256}\n{attempt}").as_bytes()).to_string();
    let short = &digest[..12];
    if kept.is_empty() { format!("photo-{short}.{extension}") } else { format!("{kept}-{short}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;
    use proptest::prelude::*;

    #[test]
    fn a_safe_name_is_kept() {
        let mut keys = ObjectKeys::below("invoices/v1/");
        assert_eq!(keys.photo("vat_0001.jpg", "jpg", &hash_bytes(b"a")), "invoices/v1/images/vat_0001.jpg");
        assert_eq!(keys.photo("sub/vat_0001.JPEG", "jpg", &hash_bytes(b"b")), "invoices/v1/images/sub/vat_0001.JPEG");
        assert_eq!(keys.file("train.jsonl"), "invoices/v1/train.jsonl");
    }

    #[test]
    fn a_chinese_name_becomes_a_safe_one_that_depends_on_name_and_content() {
        let key = |name: &str, content: &[u8]| ObjectKeys::below("p").photo(name, "jpg", &hash_bytes(content));
        let first = key("发票 01.jpg", b"a");
        assert!(first.starts_with("p/images/01-") && is_safe_key(&first), "{first}");
        assert_eq!(first, key("发票 01.jpg", b"a"));
        assert_ne!(first, key("发票 01.jpg", b"b"));
        assert_ne!(first, key("收据 01.jpg", b"a"));
    }

    #[test]
    fn a_photo_whose_bytes_are_of_another_kind_gets_the_right_extension() {
        assert_eq!(ObjectKeys::below("").photo("scan.bmp", "jpg", &hash_bytes(b"a")), "images/scan.jpg");
    }

    #[test]
    fn names_that_a_folder_without_case_would_mix_up_get_keys_that_differ() {
        let mut keys = ObjectKeys::below("p");
        let digest = hash_bytes(b"same content");
        let all: BTreeSet<_> = ["X.JPG", "x.jpg", "发 票.jpeg", "发 票.jpg"]
            .map(|name| keys.photo(name, "jpg", &digest).to_lowercase())
            .into();
        assert_eq!(all.len(), 4, "{all:?}");
    }

    #[test]
    fn a_key_cannot_climb() {
        assert!(is_safe_key("a/b.jpg") && !is_safe_key("a/../b") && !is_safe_key("./a") && !is_safe_key("a//b"));
    }

    #[test]
    fn the_name_in_a_key_is_found_behind_any_prefix() {
        for prefix in ["", "p", "images", "a/images/b"] {
            let mut keys = ObjectKeys::below(prefix);
            let key = keys.photo("sub/images/x.jpg", "jpg", &hash_bytes(b"a"));
            assert_eq!(keys.name_of(&key), "sub/images/x.jpg", "{key}");
        }
    }

    proptest! {
        #[test]
        fn every_name_gets_a_safe_key_of_its_own(names in proptest::collection::btree_set("[^/\0]{1,9}(/[^/\0]{1,9})?(\\.jpe?g|\\.JPG)?", 1..20)) {
            let mut keys = ObjectKeys::below("p");
            let mut seen = BTreeSet::new();
            for name in &names {
                let key = keys.photo(name, "jpg", &hash_bytes(b"same content"));
                prop_assert!(is_safe_key(&key), "{name:?} -> {key}");
                prop_assert!(seen.insert(key.to_lowercase()), "{key} twice");
            }
        }
    }

    #[test]
    fn a_key_is_safe_by_its_characters_and_parts() {
        for key in ["a", "a/b.jpg", "...", "a/.../b", ".a", "a/.b", "a..b/c_-9Z", "a./b", "..a"] {
            assert!(is_safe_key(key), "{key}");
        }
        for key in
            ["", "/", "a/", "/a", "a//b", ".", "..", "a/.", "a/..", "../a", "a/./b", "a b", "发票", "a\u{0}", "a+b"]
        {
            assert!(!is_safe_key(key), "{key}");
        }
    }
}

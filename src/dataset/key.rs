//! Names of objects in S3 that Bedrock accepts.

use std::collections::BTreeSet;

use crate::finding::limits::MAX_S3_URI_BYTES;
use crate::images::Digest;

/// Whether a key has only characters that the documentation allows in data sets (letters, digits, `_ - / .`) and no
/// empty part. AWS's sample validator lets Chinese pass (its `\w` is Unicode); the service does not.
pub fn is_safe_key(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/.".contains(&b))
        && key.split('/').all(|part| !part.is_empty())
}

/// Gives each photo a key of its own below one prefix.
///
/// A name that is safe stays; any other keeps its safe characters and gets the beginning of the photo's sha256, so that
/// the key depends on name and content alone and a re-run finds the same one.
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

    /// The key of a photo: `name` is its path below the photo folder, `extension` what its bytes are.
    pub fn photo(&mut self, name: &str, extension: &str, sha256: &Digest) -> String {
        let (stem, old) = match name.rsplit_once('.') {
            Some((stem, old)) if !stem.is_empty() && !old.contains('/') => (stem, old),
            _ => (name, ""),
        };
        // `.jpeg`, `.JPG` and `.jpg` say the same; the format member is what counts.
        let same = old.eq_ignore_ascii_case(extension) || (extension == "jpg" && old.eq_ignore_ascii_case("jpeg"));
        let plain = if same { format!("{stem}.{old}") } else { format!("{stem}.{extension}") };
        let plain = self.file(&format!("images/{plain}"));
        let fits = |key: &str| is_safe_key(key) && key.len() + "s3://".len() + 64 <= MAX_S3_URI_BYTES;
        let key = if fits(&plain) && !self.taken.contains(&plain.to_lowercase()) {
            plain
        } else {
            self.file(&format!("images/{}", safe_name(stem, extension, sha256)))
        };
        // Compared without case: a photo folder copied from one that ignores case stays unambiguous.
        self.taken.insert(key.to_lowercase());
        key
    }
}

/// The safe characters of `stem`, at most 40, and 12 hex digits of the content and of the full name.
fn safe_name(stem: &str, extension: &str, sha256: &Digest) -> String {
    let kept: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' })
        .collect::<String>()
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let kept: String = kept.chars().take(40).collect();
    let digest = crate::images::hash_bytes(format!("{stem}\n{sha256}").as_bytes()).to_string();
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

    proptest! {
        #[test]
        fn every_name_gets_a_safe_key_of_its_own(names in proptest::collection::btree_set("[^/\0]{1,20}(/[^/\0]{1,9})?", 1..20)) {
            let mut keys = ObjectKeys::below("p");
            let mut seen = BTreeSet::new();
            for name in &names {
                let key = keys.photo(name, "jpg", &hash_bytes(b"same content"));
                prop_assert!(is_safe_key(&key), "{name:?} -> {key}");
                prop_assert!(seen.insert(key.clone()), "{key} twice");
            }
        }
    }
}

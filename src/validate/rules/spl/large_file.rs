use std::path::Path;

use crate::error::Place;
use crate::finding::Finding;
use crate::finding::limits::LARGE_FILE_BYTES;

crate::rule! {
    /// ## What it does
    /// Reports a file of records over 1 GiB.
    ///
    /// ## Why is this bad?
    /// Bedrock has a limit ("Input size exceeded in file …") that is not published for Nova; 1 GiB is that of batch inference.
    /// 20,000 records with photos in S3 are 20 MB, so such a file holds something else.
    ///
    /// ## Example
    /// Records with images in Base64.
    ///
    /// ## Use instead
    /// Images in S3, their URIs in the records.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) LARGE_FILE = "SPL009", "large-file", Warning, Dataset, fix None;
}

/// A file of so many bytes.
pub(crate) fn check(file: &Path, size_bytes: u64) -> Option<Finding> {
    let message = format!("{} MiB; Bedrock has a limit that is not published", size_bytes / (1 << 20));
    (size_bytes > LARGE_FILE_BYTES).then(|| Finding::new(&LARGE_FILE, Place::file(file), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_a_gibibyte_is_named_large() {
        assert!(check(Path::new("t.jsonl"), LARGE_FILE_BYTES).is_none());
        let finding = check(Path::new("t.jsonl"), LARGE_FILE_BYTES + 1).unwrap();
        assert_eq!(
            (finding.rule.code, finding.message.as_str()),
            ("SPL009", "1024 MiB; Bedrock has a limit that is not published")
        );
    }
}

use std::path::PathBuf;

use crate::wording::visible;

/// What a report is about; stands above its findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The files that were checked.
    pub files: Vec<PathBuf>,
    /// What they are for: `Nova Lite`.
    pub model: String,
    /// What was looked at, as a sentence without a period: `checked 9 records and 9 photos`.
    pub checked: String,
}

impl Subject {
    /// All of it on one line.
    pub(super) fn line(&self) -> String {
        let files: Vec<_> = self.files.iter().map(|file| visible(&file.display().to_string())).collect();
        format!("{} for {}: {}", files.join(" and "), self.model, visible(&self.checked))
    }
}

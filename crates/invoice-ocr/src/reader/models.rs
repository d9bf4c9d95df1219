//! The networks' files: where they are looked for, and that they are the ones that were measured.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::images::{Digest, hash_file};
use foundation::error::{Error, Result};

/// What to do where a model is missing.
pub(super) const HINT: &str = "run `make models`: it fetches them into .venv (pip, package rapidocr 3.10.0); or set `models_dir` to their folder.";

/// The files that the reader was measured with, and no others.
const KNOWN: &str = include_str!("../../models.toml");

#[derive(Debug, Deserialize)]
struct Known {
    detection: KnownFile,
    recognition: KnownFile,
}

#[derive(Debug, Deserialize)]
struct KnownFile {
    file: String,
    sha256: Digest,
}

fn known() -> Result<Known> {
    toml::from_str(KNOWN).map_err(|error| Error::input(Path::new("models.toml"), error.to_string(), ""))
}

/// The two networks of the reader, found and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    detection: PathBuf,
    recognition: PathBuf,
    version: String,
}

impl Models {
    /// Looks for the networks in `folder`, or, where none is set, in the packages of the Python environment `.venv` in
    /// one of `roots`; checks their sha256.
    ///
    /// # Errors
    /// Where a file is missing or is not the one that was measured, with the command that fetches it.
    pub fn find(folder: Option<&Path>, roots: &[PathBuf]) -> Result<Self> {
        let folder = match folder {
            Some(folder) => folder.to_path_buf(),
            None => {
                roots.iter().find_map(|root| in_environment(&root.join(".venv"))).ok_or_else(|| Error::Setting {
                    origin: "models_dir".to_owned(),
                    what: "the reader's models are not installed".to_owned(),
                    hint: HINT.to_owned(),
                })?
            }
        };
        let known = known()?;
        let (detection, recognition) = (checked(&folder, &known.detection)?, checked(&folder, &known.recognition)?);
        let start = |file: &KnownFile| file.sha256.to_string().chars().take(8).collect::<String>();
        let version = format!("pp-ocrv6-small-{}-{}", start(&known.detection), start(&known.recognition));
        Ok(Self { detection, recognition, version })
    }

    /// The network that finds text.
    pub fn detection(&self) -> &Path {
        &self.detection
    }

    /// The network that recognizes it.
    pub fn recognition(&self) -> &Path {
        &self.recognition
    }

    /// Names both files by their digests: readings of other files are other readings.
    pub fn version(&self) -> &str {
        &self.version
    }
}

fn checked(folder: &Path, known: &KnownFile) -> Result<PathBuf> {
    let path = folder.join(&known.file);
    if !path.is_file() {
        return Err(Error::input(path, "the reader's model is not there", HINT));
    }
    let found = hash_file(&path)?;
    if found == known.sha256 {
        return Ok(path);
    }
    let what = format!("the file is damaged or of another version: its sha256 is {found}, not {}", known.sha256);
    Err(Error::input(path, what, HINT))
}

/// The folder of the models in a Python environment: `lib/python3.*/site-packages/rapidocr/models`.
fn in_environment(environment: &Path) -> Option<PathBuf> {
    let libraries = fs::read_dir(environment.join("lib")).ok()?;
    let mut folders: Vec<_> = libraries
        .filter_map(|entry| Some(entry.ok()?.path().join("site-packages/rapidocr/models")))
        .filter(|folder| folder.is_dir())
        .collect();
    folders.sort();
    folders.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_names_the_command_that_fetches_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = Models::find(None, &[folder.path().to_path_buf()]).unwrap_err();
        assert_eq!(error.to_string(), "models_dir: the reader's models are not installed");
        assert!(error.hint().unwrap().contains("make models"));
        let error = Models::find(Some(folder.path()), &[]).unwrap_err();
        assert!(error.to_string().ends_with("PP-OCRv6_det_small.onnx: the reader's model is not there"), "{error}");
    }

    #[test]
    fn another_file_under_a_models_name_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let models = root.path().join(".venv/lib/python3.11/site-packages/rapidocr/models");
        fs::create_dir_all(&models).unwrap();
        fs::write(models.join(known().unwrap().detection.file), b"half a download").unwrap();
        let error = Models::find(None, &[root.path().to_path_buf()]).unwrap_err();
        assert!(error.to_string().contains("the file is damaged or of another version: its sha256 is "), "{error}");
    }
}

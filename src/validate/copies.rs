//! Where the repaired copies of two files go, so that neither takes the other's place.

use std::path::{Component, Path, PathBuf};

use super::fix::refused;
use crate::error::{Error, IoContext, Result};
use crate::same_file::is_same_file;

/// The places of the repaired copies of a training and a validation file in `folder`: under their own names where these
/// differ (`train.jsonl`, `validation.jsonl`), else with the folders in which they differ too (`train/data.jsonl`,
/// `validation/data.jsonl`).
///
/// # Errors
/// Where both are one file, or a path names no file.
pub fn copies_in(folder: &Path, train: &Path, validation: &Path) -> Result<(PathBuf, PathBuf)> {
    if is_same_file(train, validation) {
        let what = format!("{} is both the training and the validation file", train.display());
        return Err(refused(what, "give `validation` another file, or leave it out."));
    }
    let (of_train, of_validation) = (file_name(train)?, file_name(validation)?);
    // Some file systems hold `Train.jsonl` and `train.jsonl` for one.
    if of_train.to_string_lossy().to_lowercase() != of_validation.to_string_lossy().to_lowercase() {
        return Ok((folder.join(of_train), folder.join(of_validation)));
    }
    let (train_folder, validation_folder) = (folder_of(train)?, folder_of(validation)?);
    let shared = train_folder.components().zip(validation_folder.components()).take_while(|(a, b)| a == b).count();
    let place = |path: &Path, name| {
        let own = path.components().skip(shared).filter(|part| matches!(part, Component::Normal(_)));
        folder.join(own.collect::<PathBuf>()).join(name)
    };
    Ok((place(&train_folder, of_train), place(&validation_folder, of_validation)))
}

fn file_name(file: &Path) -> Result<&std::ffi::OsStr> {
    file.file_name().ok_or_else(|| Error::input(file, "this is no file", "name a JSONL file."))
}

/// The folder of a file from the root on, links followed.
fn folder_of(file: &Path) -> Result<PathBuf> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().at("read", file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of the copies below the folder, as the files stand in a folder of their own.
    fn places(train: &str, validation: &str) -> (String, String) {
        let root = tempfile::tempdir().unwrap();
        let [train, validation] = [train, validation].map(|name| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, name).unwrap();
            path
        });
        let (train, validation) = copies_in(Path::new("out"), &train, &validation).unwrap();
        (train.display().to_string(), validation.display().to_string())
    }

    #[test]
    fn files_of_different_names_keep_them_and_those_of_one_name_keep_the_folders_that_differ() {
        let two = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(places("a/train.jsonl", "b/c/validation.jsonl"), two("out/train.jsonl", "out/validation.jsonl"));
        assert_eq!(places("train/data.jsonl", "val/data.jsonl"), two("out/train/data.jsonl", "out/val/data.jsonl"));
        assert_eq!(places("data.jsonl", "val/data.jsonl"), two("out/data.jsonl", "out/val/data.jsonl"));
        assert_eq!(places("a/b/data.jsonl", "a/c/../d/data.jsonl"), two("out/b/data.jsonl", "out/d/data.jsonl"));
        assert_eq!(places("a/Data.jsonl", "b/data.jsonl"), two("out/a/Data.jsonl", "out/b/data.jsonl"));
    }

    #[test]
    fn one_file_for_both_sides_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("data.jsonl");
        std::fs::write(&file, "{}").unwrap();
        let error = copies_in(Path::new("out"), &file, &root.path().join("./data.jsonl")).unwrap_err();
        assert!(error.to_string().contains("is both the training and the validation file"), "{error}");
    }
}

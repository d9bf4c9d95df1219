use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key::PHOTO_FOLDER;
use super::{ObjectKeys, Prompt, Side, SplitBy, is_safe_key};
use crate::error::{Error, IoContext, Place, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::images::{Digest, Format};
use crate::source_access;

/// The manifest's name in a data set's folder.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Raised when a reader of the old form would misunderstand the new one.
const VERSION: u32 = 1;

/// Everything that a data set was made of, so that it can be made again and checked.
///
/// Paths are relative to the manifest's folder where they can be. Nothing here depends on the time or the machine: the
/// same inputs give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of this file.
    pub version: u32,
    /// Version of the program that wrote it.
    pub nova_ft: String,
    /// The label table.
    pub labels: ManifestFile,
    /// Prompt of every record.
    pub prompt: Prompt,
    /// Seed of the split.
    pub seed: u64,
    /// Fraction of the groups that should be held out, 0 to 1.
    pub validation_fraction: f64,
    /// What makes a group.
    pub split_by: SplitBy,
    /// Bucket that the records name.
    pub s3_bucket: String,
    /// Prefix of all keys, without slashes at its ends.
    pub s3_prefix: String,
    /// Account that owns the bucket.
    pub account_id: String,
    /// The JSONL files: training, and validation where it has records.
    pub records: Vec<ManifestFile>,
    /// The photos, by name.
    pub photos: Vec<ManifestPhoto>,
    /// The groups of the split, those first that this folder had first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<ManifestGroup>,
    /// The photos that changed sides when the data set was made of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<ManifestMove>,
}

/// A group of the split: what must not be parted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestGroup {
    /// Its name: a sheet, or a seller.
    pub name: String,
    /// Its side.
    pub side: Side,
    /// How many photos it has.
    pub photos: usize,
}

/// A photo that changed sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestMove {
    /// Its name.
    pub image: String,
    /// Where it stood.
    pub from: Side,
    /// Where it stands.
    pub to: Side,
    /// The group that it is in now.
    pub group: String,
}

/// A file that went in or came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Where it is.
    pub path: PathBuf,
    /// Of the bytes.
    pub sha256: Digest,
    /// Length.
    pub size_bytes: u64,
    /// How many records or rows it holds.
    pub count: usize,
}

/// A photo of the data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestPhoto {
    /// Its name in the label table's terms: path below the photo folder.
    pub image: String,
    /// The photo as the user has it.
    pub source: PathBuf,
    /// Of the source's bytes.
    pub sha256: Digest,
    /// Length of the source.
    pub size_bytes: u64,
    /// What the source's bytes are.
    pub format: Format,
    /// Its label.
    pub seller: String,
    /// The sheet of paper that it shows, where the label table says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// What it must not be parted from.
    pub group: String,
    /// The side of the split.
    pub side: Side,
    /// Key in the bucket.
    pub key: String,
    /// Whether the key's name differs from the photo's.
    pub renamed: bool,
    /// The converted copy, where the source cannot be sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<Converted>,
}

/// The copy of a photo in a form that Nova takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// Where it is, below the data set's folder.
    pub path: PathBuf,
    /// Why it was needed.
    pub reason: String,
    /// Of the copy's bytes.
    pub sha256: Digest,
    /// Length of the copy.
    pub size_bytes: u64,
}

impl ManifestPhoto {
    /// The file to send, below or relative to the data set's folder.
    pub fn sent_path(&self) -> &Path {
        self.converted.as_ref().map_or(&self.source, |copy| &copy.path)
    }

    /// sha256 of the file to send.
    pub fn sent_sha256(&self) -> Digest {
        self.converted.as_ref().map_or(self.sha256, |copy| copy.sha256)
    }

    /// Length of the file to send.
    pub fn sent_size_bytes(&self) -> u64 {
        self.converted.as_ref().map_or(self.size_bytes, |copy| copy.size_bytes)
    }
}

impl ManifestFile {
    fn is_of(&self, side: Side) -> bool {
        self.path == Path::new(side.file_name())
    }
}

/// Where the converted copy of a photo lies below the data set's folder: as its object below the prefix.
pub(super) fn copy_path(keys: &ObjectKeys, key: &str) -> PathBuf {
    Path::new(PHOTO_FOLDER).join(keys.name_of(key))
}

/// Whether a path below a folder stays below it, whatever the folder: names alone, and no `..`, `.` or root.
fn stays_below(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

impl Manifest {
    /// The form that this program writes.
    pub(super) const VERSION: u32 = VERSION;

    /// Reads the manifest of a data set's folder.
    ///
    /// # Errors
    /// [`Error::Input`] with the line where the file is not a manifest of this form.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST_FILE);
        source_access::note(&path);
        let bytes = match files::read(&path, MAX_DOCUMENT_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {
                return Err(Error::input(
                    folder,
                    format!("no {MANIFEST_FILE} in this folder, so it is not a data set"),
                    "make one with `nova-ft prepare`, and name its `output_dir` here.",
                ));
            }
            other => other.at("read", &path)?,
        };
        let again = "do not edit it; make the data set again with `nova-ft prepare`.";
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| {
            Error::input(Place::line(&path, error.line() as u64), format!("not a manifest: {error}"), again)
        })?;
        if manifest.version != VERSION {
            return Err(Error::input(path, format!("a manifest of form {}, not {VERSION}", manifest.version), again));
        }
        match manifest.stray() {
            Some(what) => Err(Error::input(path, what, again)),
            None => Ok(manifest),
        }
    }

    /// The first name in here that leads out of the data set, which none does that this program has written: a manifest
    /// from elsewhere may name any file of this machine and any object of the bucket. Photos may lie anywhere (`source`);
    /// what is sent must be what the manifest has the digest of. The same for a name that `prepare` would not have given, which
    /// may be that of a file of the user's.
    fn stray(&self) -> Option<String> {
        let named =
            |what: &str, name: &dyn std::fmt::Display| Some(format!("{what} `{name}` leads out of the data set"));
        let is_own = |file: &ManifestFile| [Side::Train, Side::Validation].iter().any(|side| file.is_of(*side));
        if let Some(file) = self.records.iter().find(|file| !is_own(file)) {
            return named("the file of records", &file.path.display());
        }
        let keys = ObjectKeys::below(&self.s3_prefix);
        let folder = keys.photo_folder();
        let mut taken = BTreeSet::new();
        self.photos.iter().find_map(|photo| {
            if !stays_below(Path::new(&photo.image)) {
                return named("the photo's name", &photo.image);
            }
            if let Some(copy) = photo.converted.as_ref().filter(|copy| !stays_below(&copy.path)) {
                return named("the converted photo", &copy.path.display());
            }
            if !photo.key.starts_with(&folder) || !is_safe_key(&photo.key) {
                return named("the key", &photo.key);
            }
            if !taken.insert(photo.key.to_lowercase()) {
                return Some(format!("the key `{}` is given to two photos", photo.key));
            }
            let copy = photo.converted.as_ref().filter(|copy| copy.path != copy_path(&keys, &photo.key))?;
            Some(format!("the converted photo `{}` is not where `nova-ft prepare` writes it", copy.path.display()))
        })
    }

    /// The records' file of one side, where it has records.
    pub fn records_of(&self, side: Side) -> Option<&ManifestFile> {
        self.records.iter().find(|file| file.is_of(side))
    }

    /// The photos of one side.
    pub fn photos_of(&self, side: Side) -> impl Iterator<Item = &ManifestPhoto> {
        self.photos.iter().filter(move |photo| photo.side == side)
    }
}

/// `path` as seen from `folder`, where both lie below a common folder that is not the root; else unchanged. Both absolute.
pub(super) fn relative_to(path: &Path, folder: &Path) -> PathBuf {
    let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let named = path.components().take(common).filter(|part| matches!(part, Component::Normal(_))).count();
    if named == 0 {
        return path.to_path_buf();
    }
    let up = std::iter::repeat_n(Component::ParentDir, folder.components().count() - common);
    up.chain(path.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_the_manifests_folder() {
        let seen = |path: &str, folder: &str| relative_to(Path::new(path), Path::new(folder)).display().to_string();
        assert_eq!(seen("/a/photos/1.jpg", "/a/output/dataset"), "../../photos/1.jpg");
        assert_eq!(seen("/a/b/images/1.jpg", "/a/b"), "images/1.jpg");
        assert_eq!(seen("/photos/1.jpg", "/home/x/dataset"), "/photos/1.jpg");
    }

    #[test]
    fn a_manifest_from_elsewhere_cannot_lead_out_of_its_folder_or_prefix() {
        let folder = tempfile::tempdir().unwrap();
        let digest = "0".repeat(64);
        let good = serde_json::json!({
            "version": VERSION, "nova_ft": "0", "prompt": {"system": "s", "user": "u"}, "seed": 7,
            "validation_fraction": 0.2, "split_by": "sheet", "s3_bucket": "b", "s3_prefix": "p", "account_id": "000000000000",
            "labels": {"path": "../l.csv", "sha256": digest, "size_bytes": 1, "count": 1},
            "records": [{"path": "train.jsonl", "sha256": digest, "size_bytes": 1, "count": 1}],
            "photos": [{"image": "sub/1.jpg", "source": "../../photos/sub/1.jpg", "sha256": digest, "size_bytes": 1,
                "format": "jpeg", "seller": "x", "group": "g", "side": "train", "key": "p/images/sub/1.jpg", "renamed": false,
                "converted": {"path": "images/sub/1.jpg", "reason": "r", "sha256": digest, "size_bytes": 1}}],
        });
        let read = |manifest: &serde_json::Value| {
            std::fs::write(folder.path().join(MANIFEST_FILE), manifest.to_string()).unwrap();
            Manifest::read(folder.path())
        };
        assert!(read(&good).is_ok(), "{:?}", read(&good));
        let long = "x/".repeat(2000);
        for (pointer, what) in [
            ("/records/0/path", "../train.jsonl"),
            ("/records/0/path", "/dev/zero"),
            ("/photos/0/image", "../../home/passport.jpg"),
            ("/photos/0/image", "/etc/passwd"),
            ("/photos/0/image", ""),
            ("/photos/0/converted/path", "../../.aws/credentials"),
            ("/photos/0/converted/path", "/etc/passwd"),
            ("/photos/0/key", "other/team.bin"),
            ("/photos/0/key", "p/images/../../other"),
            ("/photos/0/key", "p/images//1.jpg"),
            ("/photos/0/key", "/p/images/1.jpg"),
            ("/photos/0/key", "p/images/a\0b"),
            ("/photos/0/key", long.as_str()),
        ] {
            let mut manifest = good.clone();
            *manifest.pointer_mut(pointer).unwrap() = what.into();
            let error = read(&manifest).unwrap_err();
            assert!(error.to_string().contains("leads out of the data set"), "{pointer} {what}: {error}");
        }
        for path in ["train.jsonl", "diary.txt", "images/other.jpg", "images/SUB/1.jpg", "link/images/sub/1.jpg"] {
            let mut manifest = good.clone();
            manifest["photos"][0]["converted"]["path"] = path.into();
            let error = read(&manifest).unwrap_err();
            assert!(error.to_string().contains("not where `nova-ft prepare` writes it"), "{path}: {error}");
        }
        for key in ["p/images/sub/1.jpg", "p/images/Sub/1.JPG"] {
            let mut manifest = good.clone();
            let mut second = good["photos"][0].clone();
            second["key"] = key.into();
            second["converted"]["path"] = key.strip_prefix("p/").into();
            manifest["photos"].as_array_mut().unwrap().push(second);
            let error = read(&manifest).unwrap_err();
            assert!(error.to_string().contains("given to two photos"), "{key}: {error}");
        }
    }

    #[test]
    fn a_folder_without_a_manifest_and_a_broken_manifest_say_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let error = Manifest::read(folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("so it is not a data set"), "{error}");
        std::fs::write(folder.path().join(MANIFEST_FILE), "{\n\"version\": \"x\"}").unwrap();
        let error = Manifest::read(folder.path()).unwrap_err();
        assert!(error.to_string().contains("manifest.json:2: not a manifest"), "{error}");
    }
}

//! Where the parts of a labeling lie: a prefix in S3, or a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::part::verify_checksum;
use super::shard::{BEGINNING, ENDING, JOURNAL_ENDING, Shard};
use crate::aws::s3::{NewObject, ObjectStore, Objects as _, S3Uri, is_bucket_name};
use crate::error::{Error, IoContext, Result};
use crate::files::{self, MAX_PART_BYTES};
use crate::images::hash_bytes;
use crate::labels::replace::{read_if_there, replace_once};

/// Where parts lie: `s3://bucket/prefix/`, or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartsPlace {
    /// A prefix of a bucket: empty, or ending with a slash.
    Bucket {
        /// The bucket's name.
        bucket: String,
        /// What the keys of all parts begin with.
        prefix: String,
    },
    /// A folder.
    Folder(PathBuf),
}

impl FromStr for PartsPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("s3://") else {
            return match text {
                "" => Err("expected s3://BUCKET/PREFIX/ or a folder".to_owned()),
                folder => Ok(Self::Folder(PathBuf::from(folder))),
            };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket_name(bucket) {
            return Err(format!(
                "`{bucket}` is not a bucket's name: 3 to 63 small letters, digits, points and hyphens"
            ));
        }
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self::Bucket { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for PartsPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

/// A place of parts that can be written and read.
#[derive(Debug, Clone)]
pub struct PartStore {
    place: PartsPlace,
    store: Option<ObjectStore>,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Written,
    /// It was there with these bytes.
    Unchanged,
}

/// The part that is there, which its own checksum shows to be as it was written.
///
/// # Errors
/// Where another file is in its place.
fn own_part(path: &Path) -> Result<Option<Vec<u8>>> {
    let there = read_if_there(path)?;
    there.as_deref().map(verify_checksum).transpose().map_err(|why| {
        let hint = "move or rename it to keep it, or delete it, and run the shard again.";
        Error::input(path, format!("this file is in the way and is no part that nova-ft wrote: {why}"), hint)
    })?;
    Ok(there)
}

/// Writes a part in the place of an earlier one or of none.
fn write_part(path: &Path, bytes: &[u8]) -> Result<Put> {
    let there = own_part(path)?;
    if there.as_deref() == Some(bytes) {
        return Ok(Put::Unchanged);
    }
    replace_once(path, there.as_deref(), bytes).map(|()| Put::Written)
}

impl PartStore {
    /// Parts in a folder.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self { place: PartsPlace::Folder(folder.into()), store: None }
    }

    /// Parts in a bucket.
    pub fn bucket(store: ObjectStore, bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { place: PartsPlace::Bucket { bucket: bucket.into(), prefix: prefix.into() }, store: Some(store) }
    }

    /// Where they lie.
    pub fn place(&self) -> &PartsPlace {
        &self.place
    }

    /// Where a part lies.
    pub(super) fn place_of(&self, name: &str) -> String {
        match &self.place {
            PartsPlace::Folder(folder) => folder.join(name).display().to_string(),
            bucket @ PartsPlace::Bucket { .. } => format!("{bucket}{name}"),
        }
    }

    /// Refuses another file in the place of a part, before hours of reading.
    ///
    /// # Errors
    /// Where one is there.
    pub(super) fn check_place(&self, name: &str, local: &Path) -> Result<()> {
        let folder = if let PartsPlace::Folder(folder) = &self.place { folder } else { local };
        own_part(&folder.join(name)).map(drop)
    }

    /// Puts a part, in place of an earlier one; one that is there with the same bytes is left as it is. What goes into a bucket
    /// is kept in the local folder too.
    pub(super) fn put(&self, name: &str, bytes: &[u8], local: &Path) -> Result<Put> {
        let (PartsPlace::Bucket { bucket, prefix }, Some(store)) = (&self.place, &self.store) else {
            let PartsPlace::Folder(folder) = &self.place else { return Err(self.unopened()) };
            return write_part(&folder.join(name), bytes);
        };
        let file = local.join(name);
        write_part(&file, bytes)?;
        let object = NewObject {
            uri: S3Uri::new(bucket, format!("{prefix}{name}")),
            sha256: hash_bytes(bytes),
            size_bytes: bytes.len() as u64,
            content_type: "application/jsonl".to_owned(),
            metadata: BTreeMap::new(),
        };
        store.runtime.block_on(async {
            let there = store.head(&object.uri).await?;
            if there.is_some_and(|there| there.sha256 == Some(object.sha256) && there.size_bytes == object.size_bytes) {
                return Ok(Put::Unchanged);
            }
            store.put(&file, &object).await?;
            Ok(Put::Written)
        })?
    }

    /// Returns the names there that begin and end like a part's, sorted, also of parts that an earlier version wrote.
    pub(super) fn list(&self) -> Result<Vec<String>> {
        let mut names = match (&self.place, &self.store) {
            (PartsPlace::Folder(folder), _) => {
                let entries = std::fs::read_dir(folder).at("list", folder)?;
                let names =
                    entries.map(|entry| Ok(entry.at("list", folder)?.file_name().to_string_lossy().into_owned()));
                names.collect::<Result<Vec<_>>>()?
            }
            (PartsPlace::Bucket { bucket, prefix }, Some(store)) => {
                let keys = store.list(bucket, prefix)?;
                keys.iter().filter_map(|key| key.strip_prefix(prefix.as_str())).map(str::to_owned).collect()
            }
            _ => return Err(self.unopened()),
        };
        // Other names, and names in folders below, belong to others.
        let is_like = |name: &str| name.ends_with(ENDING) && !name.ends_with(JOURNAL_ENDING);
        let is_like = |name: &str| is_like(name) || Shard::of_earlier_part_name(name).is_some();
        names.retain(|name| name.starts_with(BEGINNING) && !name.contains('/') && is_like(name));
        names.sort();
        Ok(names)
    }

    /// The bytes of a part.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>> {
        match (&self.place, &self.store) {
            (PartsPlace::Folder(folder), _) => {
                let path = folder.join(name);
                files::read(&path, MAX_PART_BYTES).at("read", &path)
            }
            (PartsPlace::Bucket { bucket, prefix }, Some(store)) => {
                store.read(&S3Uri::new(bucket, format!("{prefix}{name}")))
            }
            _ => Err(self.unopened()),
        }
    }

    /// A bucket without a store, which no constructor makes.
    fn unopened(&self) -> Error {
        Error::input(Path::new(&self.place.to_string()), "this bucket was not opened", "")
    }
}

//! Small JSON files that one command leaves for the next ones: receipts, the manifest.

use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::atomic;
use crate::error::{Error, IoContext, Place, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};

/// The bytes of such a file: indented, with a line break at the end.
pub fn bytes_of(value: &impl Serialize, path: &Path) -> Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(value).map_err(std::io::Error::from).at("write", path)?;
    json.push(b'\n');
    Ok(json)
}

/// Writes one, and the folder that it is in.
pub fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).at("create", folder)?;
    }
    atomic::write(path, &bytes_of(value, path)?)
}

/// Reads one, if it is there. `what` and `hint` are said where it is something else.
pub fn read<T: DeserializeOwned>(path: &Path, what: &str, hint: &str) -> Result<Option<T>> {
    let bytes = match files::read(path, MAX_DOCUMENT_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes.at("read", path)?,
    };
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| Error::input(Place::line(path, error.line().max(1) as u64), what, hint))?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_something_else_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/n.json");
        assert_eq!(read::<Vec<u8>>(&path, "", "").unwrap(), None);
        write(&path, &[1, 2]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[\n  1,\n  2\n]\n");
        assert_eq!(read::<Vec<u8>>(&path, "", "").unwrap(), Some(vec![1, 2]));
        std::fs::write(&path, "[\n\"x\"]").unwrap();
        let error = read::<Vec<u8>>(&path, "these are no numbers", "write some.").unwrap_err();
        assert!(error.to_string().contains("these are no numbers"), "{error}");
        assert!(error.to_string().contains("n.json:2"), "{error}");
    }
}

//! Writes a sample to a folder: the photos, then the table of true sellers. Never overwrites, never deletes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Sample;
use foundation::error::IoContext as _;
use foundation::files::{self, MAX_IMAGE_FILE_BYTES};
use foundation::{Error, Place, Result};

/// The folder of the photos, inside the folder of the sample.
pub const PHOTOS_FOLDER: &str = "images";
/// The table of true sellers: columns `image`, `seller`, `sheet`.
pub const LABELS_FILE: &str = "invoice_sellers.csv";

/// What [`write`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The folder of the photos.
    pub photos_folder: PathBuf,
    /// The table of true sellers.
    pub labels_file: PathBuf,
    /// Photos in the sample.
    pub photos: usize,
    /// Photos that were there already, byte for byte.
    pub unchanged: usize,
}

impl Sample {
    /// The table of true sellers as CSV (UTF-8 without BOM, LF).
    ///
    /// # Errors
    /// [`Error::System`] if the CSV writer fails; in memory it does not.
    pub fn labels_csv(&self) -> Result<String> {
        let failed = |source: io::Error| Error::System { action: "write a CSV table".to_owned(), source };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["image", "seller", "sheet"]).map_err(|error| failed(error.into()))?;
        for photo in &self.photos {
            let record = [&photo.file_name, &photo.seller, &photo.sheet];
            writer.write_record(record).map_err(|error| failed(error.into()))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(io::Error::other(error.to_string())))?;
        String::from_utf8(bytes).map_err(|error| failed(io::Error::other(error)))
    }
}

/// Writes `images/*.jpg` and `invoice_sellers.csv` into `folder`, which may hold other things. Each file appears whole
/// or not at all, the table last; after an interruption the same call goes on where it stopped.
///
/// # Errors
/// [`Error::Input`] when `images/` or the table is there already and is not this sample's: nothing is overwritten.
/// [`Error::Io`] when a file or folder cannot be read or written.
pub fn write(sample: &Sample, folder: &Path) -> Result<Written> {
    let photos_folder = folder.join(PHOTOS_FOLDER);
    let labels_file = folder.join(LABELS_FILE);
    let labels = sample.labels_csv()?;

    // Look at everything before the first byte is written.
    refuse_strangers(sample, &photos_folder)?;
    let table_there = same_or_absent(&labels_file, labels.as_bytes())?;
    let mut missing = Vec::new();
    for photo in &sample.photos {
        let path = photos_folder.join(&photo.file_name);
        if !same_or_absent(&path, &photo.jpeg)? {
            missing.push((path, photo));
        }
    }

    fs::create_dir_all(&photos_folder).at("create", &photos_folder)?;
    for (path, photo) in &missing {
        put(&photos_folder, path, &photo.jpeg)?;
    }
    if !table_there {
        put(folder, &labels_file, labels.as_bytes())?;
    }
    let unchanged = sample.photos.len() - missing.len();
    Ok(Written { photos_folder, labels_file, photos: sample.photos.len(), unchanged })
}

fn refused(path: &Path, what: &str) -> Error {
    Error::input(Place::file(path), what, "name an empty folder, or move this one away: nothing is overwritten.")
}

fn refuse_strangers(sample: &Sample, photos_folder: &Path) -> Result<()> {
    let known: BTreeSet<&str> = sample.photos.iter().map(|photo| photo.file_name.as_str()).collect();
    let entries = match fs::read_dir(photos_folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.at("list", photos_folder)?,
    };
    for entry in entries {
        let name = entry.at("list", photos_folder)?.file_name();
        let name = name.to_string_lossy();
        // Hidden files are the file manager's, or left by a run that was killed.
        if !name.starts_with('.') && !known.contains(name.as_ref()) {
            return Err(refused(&photos_folder.join(name.as_ref()), "is not of this sample"));
        }
    }
    Ok(())
}

/// Whether the file is there with these bytes.
fn same_or_absent(path: &Path, bytes: &[u8]) -> Result<bool> {
    match files::read(path, MAX_IMAGE_FILE_BYTES) {
        Ok(found) if found == bytes => Ok(true),
        Ok(_) => Err(refused(path, "is there already, with other content")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).at("read", path),
    }
}

/// Writes a file whole or not at all. A file that has come into being meanwhile is not replaced.
fn put(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sample-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temporary files are private by default; a sample is for everyone whom the umask admits.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).at("write", path)?;
    file.write_all(bytes).at("write", path)?;
    file.as_file().sync_all().at("write", path)?;
    file.persist_noclobber(path).map_err(|error| error.error).at("write", path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::SamplePhoto;
    use super::*;

    fn sample() -> Sample {
        let photo = |number: u32| SamplePhoto {
            file_name: format!("invoice_000{number}.jpg"),
            sheet: "sheet_01".to_owned(),
            seller: "样张（北京）有限公司".to_owned(),
            jpeg: vec![0xFF, 0xD8, number as u8],
            width_px: 1,
            height_px: 1,
        };
        Sample { sheets: Vec::new(), photos: vec![photo(1), photo(2)] }
    }

    #[test]
    fn a_sample_is_written_beside_other_things_and_a_second_time_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("README.md"), "mine").unwrap();
        assert_eq!(write(&sample(), folder.path()).unwrap().unchanged, 0);
        let written = write(&sample(), folder.path()).unwrap();
        assert_eq!((written.photos, written.unchanged), (2, 2));
        insta::assert_snapshot!(fs::read_to_string(written.labels_file).unwrap(), @"
        image,seller,sheet
        invoice_0001.jpg,样张（北京）有限公司,sheet_01
        invoice_0002.jpg,样张（北京）有限公司,sheet_01
        ");
        let names = fs::read_dir(written.photos_folder).unwrap().count();
        assert_eq!(names, 2, "no temporary file is left");
    }

    #[test]
    fn an_interrupted_sample_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        let written = write(&sample(), folder.path()).unwrap();
        fs::remove_file(&written.labels_file).unwrap();
        fs::remove_file(written.photos_folder.join("invoice_0002.jpg")).unwrap();
        fs::write(written.photos_folder.join(".sample-x1"), "half").unwrap();
        assert_eq!(write(&sample(), folder.path()).unwrap().unchanged, 1);
    }

    #[test]
    fn nothing_of_somebody_else_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let photos = folder.path().join(PHOTOS_FOLDER);
        fs::create_dir(&photos).unwrap();
        for name in ["holiday.jpg", "invoice_0001.jpg"] {
            fs::write(photos.join(name), "mine").unwrap();
            let error = write(&sample(), folder.path()).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
            assert!(error.hint().unwrap().contains("nothing is overwritten"));
            assert_eq!(fs::read(photos.join(name)).unwrap(), b"mine");
            fs::remove_file(photos.join(name)).unwrap();
        }
        fs::write(folder.path().join(LABELS_FILE), "image,seller\n").unwrap();
        assert!(write(&sample(), folder.path()).is_err());
        assert_eq!(fs::read_dir(&photos).unwrap().count(), 0, "it looks before it writes");
    }
}

//! The photos of a folder as they are sent, each once.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::aws::tokens::ImageSize;
use crate::error::{Error, IoContext as _, Result};
use crate::files::{self, MAX_IMAGE_FILE_BYTES};
use crate::findings::limits;
use crate::images::{self, Digest, JpegOptions, Photo, Scan, SizeLimits};
use crate::labels::labeler::header_of;
use crate::progress::Progress;

/// What is sent as it is.
const LIMITS: SizeLimits = SizeLimits { max_size_bytes: limits::SURE_IMAGE_BYTES, max_side_px: limits::MAX_IMAGE_PX };

/// A photo that is asked about.
#[derive(Debug, Clone)]
pub(super) struct AlbumPhoto {
    /// A file that shows it.
    path: PathBuf,
    /// Length of the file.
    size_bytes: u64,
    /// Whether it is encoded again before it is sent.
    is_converted: bool,
    /// The service's word for the format that is sent.
    pub(super) format: &'static str,
    pub(super) size: ImageSize,
}

/// What is sent of a photo.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) file: PathBuf,
    pub(super) sha256: Digest,
    pub(super) size_bytes: u64,
}

impl AlbumPhoto {
    /// The file itself, or a converted copy in `folder`. `digest` is that of the file.
    pub(super) fn sent(&self, digest: Digest, folder: &Path) -> Result<Sent> {
        if !self.is_converted {
            return Ok(Sent { file: self.path.clone(), sha256: digest, size_bytes: self.size_bytes });
        }
        // Of one and the same read: a file that is written meanwhile must not stand under the digest that it had.
        let bytes = files::read(&self.path, MAX_IMAGE_FILE_BYTES).at("read", &self.path)?;
        if images::hash_bytes(&bytes) != digest {
            let hint = "the same command looks at it again, and asks about what it is now.";
            return Err(Error::input(self.path.as_path(), "the photo changed after it was looked at", hint));
        }
        let bytes = images::decode_upright_bytes(&bytes)
            .and_then(|picture| images::encode_jpeg(&picture, &JpegOptions::within(LIMITS)))
            .map_err(|fault| fault.into_error(&self.path))?;
        let file = folder.join(digest.to_string());
        crate::atomic::write(&file, &bytes)?;
        Ok(Sent { file, sha256: images::hash_bytes(&bytes), size_bytes: bytes.len() as u64 })
    }
}

/// All photos of a folder.
#[derive(Debug)]
pub(super) struct Album {
    /// The files in their order: their names, and the photo that each shows or why it cannot be asked about.
    pub(super) files: Vec<(Photo, Result<Digest, String>)>,
    /// The photos, by the digest of their files.
    pub(super) photos: BTreeMap<Digest, AlbumPhoto>,
}

impl Album {
    /// Looks at each file.
    pub(super) fn of(scan: &Scan, progress: &dyn Progress) -> Result<Self> {
        progress.begin("hashing photos", scan.photos.len() as u64);
        let looked: Vec<_> = scan
            .photos
            .par_iter()
            .map(|photo| {
                let looked = look(photo);
                progress.advance(1);
                looked
            })
            .collect::<Result<_>>()?;
        progress.end();
        let mut album = Self { files: Vec::new(), photos: BTreeMap::new() };
        for (photo, looked) in scan.photos.iter().zip(looked) {
            let shown = looked.map(|(digest, looked)| {
                album.photos.entry(digest).or_insert(looked);
                digest
            });
            album.files.push((photo.clone(), shown));
        }
        Ok(album)
    }

    /// The photos of which at least one file has no row yet.
    pub(super) fn lacking(&self, has_row: &HashSet<String>) -> HashSet<Digest> {
        let without = self.files.iter().filter(|(photo, _)| !has_row.contains(&photo.name));
        without.filter_map(|(_, shown)| shown.as_ref().ok()).copied().collect()
    }
}

fn look(photo: &Photo) -> Result<Result<(Digest, AlbumPhoto), String>> {
    let header = match header_of(photo) {
        Ok(header) => header,
        Err(why) => return Ok(Err(why)),
    };
    let as_it_is =
        header.format.nova_name().filter(|_| images::needs_conversion(header, photo.size_bytes, &LIMITS).is_none());
    let digest = match images::hash_file(&photo.path) {
        Ok(digest) => digest,
        Err(error) => return Ok(Err(error.of_one_file()?)),
    };
    let looked = AlbumPhoto {
        path: photo.path.clone(),
        size_bytes: photo.size_bytes,
        is_converted: as_it_is.is_none(),
        format: as_it_is.unwrap_or("jpeg"),
        size: ImageSize { width_px: header.width_px, height_px: header.height_px },
    };
    Ok(Ok((digest, looked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{ScanOptions, header_of_bytes, samples};
    use crate::progress::Silent;

    #[test]
    fn a_photo_that_is_converted_is_the_one_that_was_looked_at_or_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bmp");
        std::fs::write(&path, samples::bmp(&samples::picture(32, 20))).unwrap();
        let album = Album::of(&images::scan(folder.path(), &ScanOptions::default()).unwrap(), &Silent).unwrap();
        let (digest, photo) = album.photos.first_key_value().unwrap();
        let copies = tempfile::tempdir().unwrap();
        let sent = photo.sent(*digest, copies.path()).unwrap();
        assert_eq!(header_of_bytes(&std::fs::read(sent.file).unwrap()).unwrap().width_px, 32);

        std::fs::write(&path, samples::bmp(&samples::picture(33, 20))).unwrap();
        let error = photo.sent(*digest, copies.path()).unwrap_err();
        assert!(error.to_string().contains("a.bmp") && error.to_string().contains("changed"), "{error}");
        assert!(error.hint().unwrap().contains("the same command"));
    }
}

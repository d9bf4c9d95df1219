//! A photo's bytes as a browser shows them.

use std::path::Path;

use crate::error::{IoContext, Result};
use crate::files;
use crate::images::{Format, JpegOptions, Photo, PictureLoader, SizeLimits, encode_jpeg};

/// What a browser unfolds of a photo without getting slow, and what it is sent of a larger one.
const MOST_PIXELS: u64 = 50_000_000;
const MOST_BYTES: u64 = 32 * 1024 * 1024;
const LONGEST_SIDE_PX: u32 = 4096;

/// A picture for a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Gives photos to browsers: as they are where a browser shows them, else as a JPEG.
#[derive(Debug)]
pub(super) struct Pictures {
    loader: PictureLoader,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { loader: PictureLoader::new(LONGEST_SIDE_PX) }
    }
}

impl Pictures {
    /// The picture of a photo.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no picture.
    pub(super) fn picture(&self, photo: &Photo) -> Result<Picture> {
        let is_small = photo.header.as_ref().is_ok_and(|header| header.pixels() <= MOST_PIXELS);
        if is_small && std::fs::metadata(&photo.path).at("read", &photo.path)?.len() <= MOST_BYTES {
            let bytes = files::read(&photo.path, MOST_BYTES).at("read", &photo.path)?;
            // The file may be another one since the folder was scanned: only what it is now counts.
            if let Some(kind) = kind(Format::of_bytes(&bytes)) {
                return Ok(Picture { kind, bytes });
            }
        }
        self.converted(&photo.path)
    }

    fn converted(&self, path: &Path) -> Result<Picture> {
        let picture = self.loader.load(path)?.picture;
        let limits = SizeLimits { max_size_bytes: MOST_BYTES, max_side_px: LONGEST_SIDE_PX };
        let bytes = encode_jpeg(&picture, &JpegOptions::within(limits)).map_err(|fault| fault.into_error(path))?;
        Ok(Picture { kind: "image/jpeg", bytes })
    }
}

/// The media type of what every browser shows.
fn kind(format: Format) -> Option<&'static str> {
    match format {
        Format::Jpeg | Format::Mpo => Some("image/jpeg"),
        Format::Png => Some("image/png"),
        Format::Gif => Some("image/gif"),
        Format::WebP => Some("image/webp"),
        Format::Bmp | Format::Tiff | Format::Heic | Format::Pdf | Format::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{ScanOptions, samples, scan};

    #[test]
    fn what_a_browser_shows_stays_as_it_is_and_the_rest_becomes_jpeg() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in samples::all() {
            std::fs::write(folder.path().join(format!("{}.png", name.replace('/', "_"))), bytes).unwrap();
        }
        let pictures = Pictures::default();
        let mut converted = 0;
        for photo in scan(folder.path(), &ScanOptions::default()).unwrap().photos {
            let Ok(picture) = pictures.picture(&photo) else {
                assert!(photo.header.is_err() || crate::images::decode_upright(&photo.path).is_err(), "{}", photo.name);
                continue;
            };
            assert_eq!(kind(Format::of_bytes(&picture.bytes)), Some(picture.kind), "{}", photo.name);
            let is_same = picture.bytes == std::fs::read(&photo.path).unwrap();
            converted += usize::from(!is_same);
            assert_eq!(is_same, kind(photo.format().unwrap()).is_some(), "{}", photo.name);
        }
        assert!(converted >= 2);
    }

    #[test]
    fn a_page_that_has_taken_the_place_of_a_photo_is_not_served() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.jpg");
        std::fs::write(&path, samples::jpeg(&samples::picture(40, 30))).unwrap();
        let photo = scan(folder.path(), &ScanOptions::default()).unwrap().photos.remove(0);
        std::fs::write(&path, "<script>alert(1)</script>").unwrap();
        assert!(Pictures::default().picture(&photo).is_err());
    }
}

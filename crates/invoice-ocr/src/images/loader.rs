use std::fs;
use std::io::Read as _;
use std::path::Path;

use image::{RgbImage, imageops};

use super::decode::{MAX_PIXELS, decode_with};
use super::digest::{Digest, hash_rgb};
use super::fault::Fault;
use super::gate::Gate;
use super::header::header_of_bytes;
use foundation::error::{Error, IoContext as _, Result};
use foundation::files;
use foundation::source_access;

/// Pixels that are unfolded at the same time: at most about 1.5 GB, however many threads there are.
const MOST_PIXELS_AT_ONCE: u64 = MAX_PIXELS / 2;
/// The longest file that is decoded. No photo of Nova's 10 MB comes near.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Decodes photos for looking at them, a few large ones at a time.
#[derive(Debug)]
pub struct PictureLoader {
    gate: Gate,
    longest_side_px: u32,
}

/// A photo, decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedPicture {
    /// Upright by EXIF, and no longer than the loader's longest side.
    pub picture: RgbImage,
    /// Of the pixels before the picture was made smaller, as [`hash_pixels`](super::hash_pixels) has it.
    pub pixels_sha256: Digest,
    /// Width of the photo, upright by EXIF, px.
    pub width_px: u32,
    /// Its height, px.
    pub height_px: u32,
}

impl PictureLoader {
    /// A loader that makes pictures smaller until their longer side has so many pixels.
    pub fn new(longest_side_px: u32) -> Self {
        Self { gate: Gate::of(MOST_PIXELS_AT_ONCE), longest_side_px }
    }

    /// Reads and decodes a photo; waits while others take the memory.
    ///
    /// # Errors
    /// Where the file cannot be read, is longer than 256 MiB, or is no picture that can be decoded.
    pub fn load(&self, path: &Path) -> Result<LoadedPicture> {
        let size_bytes = fs::metadata(path).at("read", path)?.len();
        source_access::note(path);
        if size_bytes > MOST_BYTES {
            let what = format!("{} MB are too much for a photo", size_bytes / 1_000_000);
            return Err(Error::input(path, what, "save the photo as a JPEG."));
        }
        let mut bytes = Vec::new();
        files::open(path).and_then(|file| file.take(size_bytes).read_to_end(&mut bytes)).at("read", path)?;
        self.load_bytes(&bytes).map_err(|fault| fault.into_error(path))
    }

    /// The same for a photo in memory.
    ///
    /// # Errors
    /// Where the bytes are no picture that can be decoded.
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<LoadedPicture, Fault> {
        let header = header_of_bytes(bytes)?;
        let _room = self.gate.enter(header.pixels());
        let picture = decode_with(bytes, &header)?;
        let pixels_sha256 = hash_rgb(&picture);
        let (width_px, height_px) = picture.dimensions();
        Ok(LoadedPicture { picture: self.shrunk(picture), pixels_sha256, width_px, height_px })
    }

    fn shrunk(&self, picture: RgbImage) -> RgbImage {
        let (width, height) = picture.dimensions();
        let longer = width.max(height);
        if longer <= self.longest_side_px {
            return picture;
        }
        let side = |px: u32| (u64::from(px) * u64::from(self.longest_side_px) / u64::from(longer)).max(1) as u32;
        imageops::thumbnail(&picture, side(width), side(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{decode_upright_bytes, samples};

    #[test]
    fn a_large_photo_becomes_smaller_and_keeps_its_digest_and_size() {
        let jpeg = samples::jpeg(&samples::picture(200, 100));
        let loaded = PictureLoader::new(50).load_bytes(&jpeg).unwrap();
        assert_eq!((loaded.picture.dimensions(), loaded.width_px, loaded.height_px), ((50, 25), 200, 100));
        let whole = PictureLoader::new(200).load_bytes(&jpeg).unwrap();
        assert_eq!(whole.pixels_sha256, loaded.pixels_sha256);
        assert_eq!(whole.picture, decode_upright_bytes(&jpeg).unwrap());
    }

    #[test]
    fn what_is_no_picture_is_named_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        fs::write(&path, "not a picture").unwrap();
        let error = PictureLoader::new(100).load(&path).unwrap_err();
        assert!(error.to_string().contains("a.jpg: "), "{error}");
    }
}

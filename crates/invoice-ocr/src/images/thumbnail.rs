use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::{RgbImage, imageops};
use rayon::prelude::*;

use super::convert::{JpegOptions, SizeLimits, encode_jpeg};
use super::decode::decode_upright;
use super::header::read_header;

/// The longer side, px.
const SIDE_PX: u32 = 200;
const QUALITY_PERCENT: u8 = 75;
const MAX_THUMBNAIL_BYTES: u64 = 64 * 1024;
/// A photo of more pixels is not worth the memory for a small picture.
const MAX_PIXELS: u64 = 64_000_000;

/// Photos as small JPEG pictures inside a page.
#[derive(Debug, Clone, Copy, Default)]
pub struct JpegThumbnails;

impl JpegThumbnails {
    /// Each photo as a `data:` URI; `None` where it is missing or cannot be decoded.
    pub fn data_uris(self, photos: &[&Path]) -> Vec<Option<String>> {
        photos.par_iter().map(|photo| data_uri(photo)).collect()
    }
}

/// The photo as it is looked at, small, as a `data:` URI; `None` where it is missing or cannot be decoded.
fn data_uri(photo: &Path) -> Option<String> {
    let header = read_header(photo).ok()?.ok()?;
    if u64::from(header.width_px) * u64::from(header.height_px) > MAX_PIXELS {
        return None;
    }
    let small = shrunk(decode_upright(photo).ok()?);
    let limits = SizeLimits { max_size_bytes: MAX_THUMBNAIL_BYTES, max_side_px: SIDE_PX };
    let jpeg = encode_jpeg(&small, &JpegOptions { quality: QUALITY_PERCENT, limits }).ok()?;
    Some(format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg)))
}

/// The mean of the pixels that fall on each one; much faster than a filter, and as good at this size.
fn shrunk(photo: RgbImage) -> RgbImage {
    let (width_px, height_px) = photo.dimensions();
    let longer = width_px.max(height_px);
    if longer <= SIDE_PX {
        return photo;
    }
    let side = |px: u32| ((f64::from(px) * f64::from(SIDE_PX) / f64::from(longer)).round() as u32).max(1);
    imageops::thumbnail(&photo, side(width_px), side(height_px))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples;

    fn decoded(uri: &str) -> RgbImage {
        let jpeg = BASE64_STANDARD.decode(uri.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        image::load_from_memory(&jpeg).unwrap().into_rgb8()
    }

    #[test]
    fn a_photo_becomes_small_and_upright_and_a_small_one_keeps_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("large.jpg"), samples::jpeg(&samples::picture(900, 300))).unwrap();
        let lying = samples::with_exif(&samples::jpeg(&samples::picture(900, 300)), 6);
        std::fs::write(path("lying.jpg"), lying).unwrap();
        std::fs::write(path("thin.jpg"), samples::jpeg(&samples::picture(1200, 2))).unwrap();
        std::fs::write(path("small.jpg"), samples::jpeg(&samples::picture(30, 20))).unwrap();
        let names = ["large.jpg", "lying.jpg", "thin.jpg", "small.jpg"].map(path);
        let uris = JpegThumbnails.data_uris(&names.iter().map(|path| &**path).collect::<Vec<_>>());
        let sizes: Vec<_> = uris.iter().map(|uri| decoded(uri.as_deref().unwrap()).dimensions()).collect();
        assert_eq!(sizes, [(200, 67), (67, 200), (200, 1), (30, 20)]);
    }

    #[test]
    fn what_cannot_be_decoded_has_none_and_every_format_that_can_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photo");
        for (name, bytes) in samples::all() {
            std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            let _ = data_uri(&path);
            std::fs::write(&path, &bytes).unwrap();
            let is_decodable = decode_upright(&path).is_ok();
            assert_eq!(data_uri(&path).is_some(), is_decodable, "{name}");
        }
        std::fs::write(&path, b"%PDF-1.4").unwrap();
        assert_eq!(data_uri(&path), None);
        assert_eq!(data_uri(&folder.path().join("missing.jpg")), None);
        assert_eq!(data_uri(folder.path()), None);
    }
}

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};

use super::{Content, Show};

/// Wide enough to read the names on an invoice, small enough to be committed with a notebook.
const WIDTH_PX: u32 = 720;
const QUALITY_PERCENT: u8 = 75;

/// A photo made small.
#[derive(Debug, Clone, PartialEq)]
pub struct Thumbnail {
    /// Width and height of the photo that it was made from, px.
    pub original_px: (u32, u32),
    /// The small picture.
    pub image: RgbImage,
}

impl Thumbnail {
    /// The photo at most `width_px` wide. A photo that is smaller already stays as it is.
    pub fn new(photo: &RgbImage, width_px: u32) -> Self {
        let original_px = photo.dimensions();
        let (width, height) = original_px;
        let image = if width <= width_px || width_px == 0 {
            photo.clone()
        } else {
            let height_px = (f64::from(height) * f64::from(width_px) / f64::from(width)).round().max(1.0) as u32;
            resize(photo, width_px, height_px, FilterType::Triangle)
        };
        Self { original_px, image }
    }

    /// The bytes of a JPEG file; empty for a picture without pixels.
    pub fn to_jpeg(&self) -> Vec<u8> {
        let mut jpeg = Vec::new();
        match JpegEncoder::new_with_quality(&mut jpeg, QUALITY_PERCENT).encode_image(&self.image) {
            Ok(()) => jpeg,
            Err(_) => Vec::new(),
        }
    }
}

impl Show for Thumbnail {
    fn content(&self) -> Content {
        let (width, height) = self.original_px;
        Content::text(format!("a photo of {width} × {height} px")).with_jpeg(self.to_jpeg())
    }
}

impl Show for RgbImage {
    fn content(&self) -> Content {
        Thumbnail::new(self, WIDTH_PX).content()
    }
}

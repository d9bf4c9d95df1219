//! All photos of a sample on one picture.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ImageFormat, Rgb, RgbImage};

use super::{Sample, encoding_failed};
use foundation::Result;

/// Puts all photos on one picture, `columns` (at least 1) a row, each in a cell `cell_width_px` wide. Returns a JPEG.
///
/// # Errors
/// [`foundation::Error::System`] when a photo cannot be decoded or the picture is too large for JPEG (65,535 pixels a side).
pub fn contact_sheet(sample: &Sample, columns: u32, cell_width_px: u32) -> Result<Vec<u8>> {
    let columns = columns.max(1);
    let cell_height = cell_width_px * 65 / 100;
    let gap = cell_width_px / 60 + 1;
    let rows = (sample.photos.len() as u32).div_ceil(columns);
    let side = |cells: u32, cell: u32| cells * (cell + gap) + gap;
    let mut picture = RgbImage::from_pixel(side(columns, cell_width_px), side(rows, cell_height), Rgb([236, 236, 236]));
    for (photo, place) in sample.photos.iter().zip(0_u32..) {
        let photo = image::load_from_memory_with_format(&photo.jpeg, ImageFormat::Jpeg).map_err(encoding_failed)?;
        let small = photo.resize(cell_width_px, cell_height, FilterType::CatmullRom).into_rgb8();
        let x = gap + place % columns * (cell_width_px + gap) + (cell_width_px - small.width()) / 2;
        let y = gap + place / columns * (cell_height + gap) + (cell_height - small.height()) / 2;
        imageops::replace(&mut picture, &small, i64::from(x), i64::from(y));
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 72).encode_image(&picture).map_err(encoding_failed)?;
    Ok(jpeg)
}

//! The seller's block, cut out of a photo.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::{RgbImage, imageops};

use super::{AuditedLabel, Block};
use crate::images::{JpegOptions, SizeLimits, decode_upright, encode_jpeg, read_header};
use crate::reader::Quad;

/// The longer side of a picture on the page, px.
const SIDE_PX: u32 = 720;
const QUALITY_PERCENT: u8 = 72;
const MAX_BYTES: u64 = 60 * 1024;
/// A photo of more pixels is not worth the memory.
const MAX_PIXELS: u64 = 64_000_000;
/// How far the block reaches around the name, in heights of its line: to the left the words 名称 and 销售方, below the id, the
/// address and the bank.
const AROUND: [f32; 4] = [9.0, 2.0, 4.0, 7.0];

/// The block of a label's photo as a `data:` URI, upright; all of the photo where nobody knows where the block is, `None`
/// where it cannot be decoded.
pub(super) fn data_uri(label: &AuditedLabel) -> Option<String> {
    block_uri(&label.photo, label.block)
}

/// The same of a photo and a block.
pub(crate) fn block_uri(photo: &Path, block: Option<Block>) -> Option<String> {
    let header = read_header(photo).ok()?.ok()?;
    if header.pixels() > MAX_PIXELS {
        return None;
    }
    let photo = decode_upright(photo).ok()?;
    let block = match block {
        Some(block) => cut(block.turn.apply(photo), block),
        None => photo,
    };
    let limits = SizeLimits { max_size_bytes: MAX_BYTES, max_side_px: SIDE_PX };
    let jpeg = encode_jpeg(&block, &JpegOptions { quality: QUALITY_PERCENT, limits }).ok()?;
    Some(format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg)))
}

/// Left, top, right and bottom of the block around a seller's name.
pub(crate) fn reach(seller: &Quad) -> [f32; 4] {
    let [left, top, right, bottom] = seller.bounds();
    let height = seller.height().max(1.0);
    let [before, above, behind, below] = AROUND.map(|lines| lines * height);
    [left - before, top - above, right + behind, bottom + below]
}

/// The part of the turned photo around the seller's name; all of it where the name is not on it.
fn cut(photo: RgbImage, block: Block) -> RgbImage {
    let scale = photo.width() as f32 / block.page_width_px.max(1) as f32;
    let seller = block.seller.map(|corner| corner.scaled(scale));
    let [left, top, right, bottom] = reach(&seller);
    let (width_px, height_px) = photo.dimensions();
    // A float that is none becomes 0.
    let inside = |at: f32, most: u32| (at.max(0.0) as u32).min(most);
    let (x, y) = (inside(left, width_px), inside(top, height_px));
    let (end_x, end_y) = (inside(right, width_px), inside(bottom, height_px));
    if end_x <= x || end_y <= y {
        return photo;
    }
    imageops::crop_imm(&photo, x, y, end_x - x, end_y - y).to_image()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples;
    use crate::reader::QuarterTurn;

    #[test]
    fn the_block_around_the_name_is_cut_out_and_stays_inside_the_photo() {
        let photo = RgbImage::new(1000, 800);
        let size_on = |page_width_px, seller| {
            cut(photo.clone(), Block { turn: QuarterTurn::None, seller, page_width_px }).dimensions()
        };
        let size = |quad| size_on(1000, quad);
        assert_eq!(size_on(500, Quad::rectangle(150.0, 250.0, 250.0, 260.0)), (460, 200), "read at half the size");
        assert_eq!(size(Quad::rectangle(300.0, 500.0, 500.0, 520.0)), (460, 200));
        assert_eq!(size(Quad::rectangle(10.0, 790.0, 990.0, 799.0)), (1000, 28));
        for outside in [Quad::rectangle(2e9, 2e9, 3e9, 3e9), Quad::rectangle(f32::NAN, 0.0, f32::NAN, 1.0)] {
            let (width_px, height_px) = size(outside);
            assert!(width_px <= 1000 && height_px <= 800);
        }
    }

    #[test]
    fn a_turned_photo_is_turned_first_and_the_picture_stays_small() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("1.jpg");
        let mut upright = samples::picture(900, 600);
        upright.put_pixel(0, 0, image::Rgb([0; 3]));
        std::fs::write(&photo, samples::jpeg(&imageops::rotate90(&upright))).unwrap();
        let seller = Quad::rectangle(200.0, 400.0, 500.0, 430.0);
        let label = AuditedLabel {
            photo,
            ..crate::labels::audit::samples::label(Some(Block { turn: QuarterTurn::Left, seller, page_width_px: 900 }))
        };
        let uri = data_uri(&label).unwrap();
        let jpeg = BASE64_STANDARD.decode(uri.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        let picture = image::load_from_memory(&jpeg).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (620, 260));
        assert!(jpeg.len() as u64 <= MAX_BYTES);
        let gone = AuditedLabel { photo: folder.path().join("gone.jpg"), ..label };
        assert_eq!(data_uri(&gone), None);
    }
}

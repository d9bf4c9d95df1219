use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use memchr::memmem;

use super::entropy;
use super::fault::Fault;
use super::format::Format;
use super::header::{Header, header_of_bytes};
use foundation::error::{IoContext, Result};
use foundation::files::{self, MAX_IMAGE_FILE_BYTES};
use foundation::source_access;

/// Most pixels that are decoded: as many as the largest sensor of a phone has.
pub(super) const MAX_PIXELS: u64 = 200_000_000;
/// Most memory that a decoder takes, bytes.
const MAX_DECODER_BYTES: u64 = 1024 * 1024 * 1024;
/// Memory of a decoder for each pixel, bytes: two pictures of four channels of 16 bits.
const DECODER_BYTES_PER_PIXEL: u64 = 16;
/// Memory of a decoder besides, bytes: tables, and metadata, which may be compressed.
const DECODER_OVERHEAD_BYTES: u64 = 64 * 1024 * 1024;
/// From so many pixels on, a picture needs detail to be decoded: larger than Nova takes, 8,000 × 8,000 px.
const LARGE_PIXELS: u64 = 64_000_000;
/// Most pixels a byte of a large picture. A sharp scan in black and white has at most 400, a photo less than 40.
const MAX_PIXELS_PER_BYTE: u64 = 1_000;
/// How a part of extended XMP metadata begins in a JPEG, or in a TIFF that holds JPEG data.
const XMP_PART: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// Most parts of extended XMP metadata, of 64 KiB each: the decoder compares each part with all before it.
const MAX_XMP_PARTS: usize = 1_000;

/// A photo as it is looked at: turned as EXIF says, transparent parts on white, the first picture of an animation or of
/// an MPO, 8-bit RGB.
pub fn decode_upright(path: &Path) -> Result<RgbImage> {
    source_access::note(path);
    let bytes = files::read(path, MAX_IMAGE_FILE_BYTES).at("read", path)?;
    decode_upright_bytes(&bytes).map_err(|fault| fault.into_error(path))
}

/// The same for a photo in memory.
pub fn decode_upright_bytes(bytes: &[u8]) -> Result<RgbImage, Fault> {
    decode_with(bytes, &header_of_bytes(bytes)?)
}

/// The same for a photo whose header is read already.
pub(super) fn decode_with(bytes: &[u8], header: &Header) -> Result<RgbImage, Fault> {
    if header.pixels() > MAX_PIXELS {
        return Err(Fault::TooManyPixels { width_px: header.width_px, height_px: header.height_px });
    }
    let size_bytes = bytes.len() as u64;
    if header.pixels() > LARGE_PIXELS.max(size_bytes.saturating_mul(MAX_PIXELS_PER_BYTE)) {
        return Err(Fault::Overcompressed { width_px: header.width_px, height_px: header.height_px, size_bytes });
    }
    if memmem::find_iter(bytes, XMP_PART).nth(MAX_XMP_PARTS).is_some() {
        return Err(Fault::malformed(header.format, "its XMP metadata have more than 1,000 parts"));
    }
    if matches!(header.format, Format::Jpeg | Format::Mpo) {
        entropy::check(bytes, header.format)?;
    }
    let mut picture = decode(bytes, header)?;
    picture.apply_orientation(header.turn.into());
    Ok(on_white(picture))
}

fn decode(bytes: &[u8], header: &Header) -> Result<DynamicImage, Fault> {
    let format = match header.format {
        // Its first picture is a plain JPEG; the decoder stops at that one's end.
        Format::Jpeg | Format::Mpo => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::WebP => ImageFormat::WebP,
        Format::Bmp => ImageFormat::Bmp,
        Format::Tiff => ImageFormat::Tiff,
        format @ (Format::Heic | Format::Pdf | Format::Unknown) => return Err(Fault::Unsupported { format }),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    let needed = header.pixels().saturating_mul(DECODER_BYTES_PER_PIXEL).saturating_add(DECODER_OVERHEAD_BYTES);
    limits.max_alloc = Some(needed.min(MAX_DECODER_BYTES));
    // Room was made for what the header says, and a decoder may read another header than we.
    (limits.max_image_width, limits.max_image_height) = (Some(header.width_px), Some(header.height_px));
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| Fault::malformed(header.format, clause(&error)))?;
    let Header { width_px, height_px, .. } = *header;
    if (picture.width(), picture.height()) != (width_px, height_px) {
        return Err(Fault::malformed(header.format, format!("it holds no picture of {width_px}×{height_px} px")));
    }
    Ok(picture)
}

/// What a decoder complains of, as a clause.
fn clause(error: &ImageError) -> String {
    let said = error.to_string();
    if said.contains("CRC error") {
        return "its data do not fit their checksum".to_owned();
    }
    // "Format error decoding Png: …"
    said.split_once(": ").map_or(said.as_str(), |(_, what)| what).trim_end_matches('.').to_owned()
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let with_alpha = picture.into_rgba8();
    let (width_px, height_px) = with_alpha.dimensions();
    let mut flat = RgbImage::new(width_px, height_px);
    for (to, from) in flat.pixels_mut().zip(with_alpha.pixels()) {
        let alpha = u32::from(from.0[3]);
        for (to, from) in to.0.iter_mut().zip(from.0) {
            *to = ((u32::from(from) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;
    use crate::images::hash_rgb;
    use crate::images::samples;

    #[test]
    fn every_turn_of_exif_brings_the_same_picture_upright() {
        let upright = samples::picture(24, 16);
        for number in 1..=8 {
            let turn = samples::turn(number);
            let stored = samples::stored_turned(&upright, turn);
            let bytes = samples::with_exif(&samples::jpeg(&stored), number);
            let seen = decode_upright_bytes(&bytes).unwrap();
            assert_eq!(seen.dimensions(), upright.dimensions(), "{turn:?}");
            let worst = seen.as_raw().iter().zip(upright.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst < Some(40), "{turn:?}: {worst:?}");
            assert_eq!(header_of_bytes(&bytes).unwrap().upright_size_px(), upright.dimensions());
        }
    }

    #[test]
    fn a_large_picture_without_detail_is_refused_before_it_is_decoded() {
        // Only the header is real: nothing is decoded.
        let header = |bytes: &[u8]| Header { width_px: 13_000, height_px: 13_000, ..header_of_bytes(bytes).unwrap() };
        let small = samples::png(&samples::picture(30, 20).into());
        let fault = decode_with(&small, &header(&small)).unwrap_err();
        assert!(matches!(fault, Fault::Overcompressed { .. }), "{fault}");
        assert!(fault.to_string().starts_with("13000×13000 px in "), "{fault}");
        let large = [small, vec![0; 200_000]].concat();
        let fault = decode_with(&large, &header(&large)).unwrap_err();
        assert!(!matches!(fault, Fault::Overcompressed { .. }), "{fault}");
    }

    #[test]
    fn one_picture_saved_without_loss_in_five_formats_has_one_digest() {
        let picture = samples::picture(20, 10);
        for (format, bytes) in samples::lossless(&picture) {
            assert_eq!(hash_rgb(&decode_upright_bytes(&bytes).unwrap()), hash_rgb(&picture), "{format}");
        }
    }

    #[test]
    fn transparent_parts_lie_on_white() {
        let mut picture = RgbaImage::from_pixel(2, 1, Rgba([0, 0, 0, 0]));
        picture.put_pixel(1, 0, Rgba([0, 0, 0, 128]));
        let bytes = samples::png(&DynamicImage::from(picture));
        assert_eq!(decode_upright_bytes(&bytes).unwrap().as_raw(), &[255, 255, 255, 127, 127, 127]);
    }

    #[test]
    fn the_first_picture_of_an_animation_is_taken() {
        let bytes = samples::animated_gif();
        assert_eq!(decode_upright_bytes(&bytes).unwrap().get_pixel(0, 0).0, [255, 0, 0]);
    }

    #[test]
    fn cmyk_becomes_rgb() {
        // Half of each ink, inverted as Adobe does: 128 × 128 ÷ 255.
        assert_eq!(decode_upright_bytes(&samples::cmyk_jpeg()).unwrap().get_pixel(0, 0).0, [64, 64, 64]);
    }

    #[test]
    fn an_mpo_is_read_as_its_first_picture() {
        let picture = samples::jpeg(&samples::picture(16, 16));
        assert_eq!(decode_upright_bytes(&samples::mpo(&picture)), decode_upright_bytes(&picture));
    }

    #[test]
    fn a_cut_off_photo_is_refused_and_not_shown_half_gray() {
        let bytes = samples::jpeg(&samples::picture(64, 64));
        let fault = decode_upright_bytes(&bytes[..bytes.len() / 2]).unwrap_err();
        assert_eq!(fault, Fault::Truncated { format: Format::Jpeg });
    }

    #[test]
    fn a_header_that_promises_a_wall_of_pixels_is_refused_before_memory_is_taken() {
        let mut bytes = samples::jpeg(&samples::picture(8, 8));
        let sof = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        bytes[sof + 5..sof + 9].fill(0xFF);
        let fault = decode_upright_bytes(&bytes).unwrap_err();
        assert_eq!(fault.to_string(), "65535×65535 px are more than are decoded (200 million)");
    }

    #[test]
    fn a_fault_becomes_an_error_with_place_and_hint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan.jpg");
        std::fs::write(&path, b"%PDF-1.4 and so on").unwrap();
        let error = decode_upright(&path).unwrap_err();
        assert!(error.to_string().ends_with("scan.jpg: a PDF document, which cannot be decoded here"), "{error}");
        assert_eq!(error.hint().as_deref(), Some("render its page as a JPEG or PNG image first."));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn damaged_photos_never_panic(sample in 0..samples::COUNT, at in any::<prop::sample::Index>(), byte: u8) {
            let mut bytes = samples::all().swap_remove(sample).1;
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = decode_upright_bytes(&bytes);
        }
    }
}

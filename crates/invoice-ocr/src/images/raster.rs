//! The headers of BMP, TIFF, PNG and WebP.

use std::io::{self, BufRead, Seek};

use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageResult, Limits};
use image_webp::{DecodingError, WebPDecoder};
use tiff::TiffError;
use tiff::decoder::{ChunkType, Decoder as TiffDecoder};
use tiff::tags::Tag;

use super::bytes::{Bytes, Stop};
use super::fault::Fault;
use super::format::Format;
use super::header::{ColorModel, Frames, Header, Turn};

/// Most memory for the metadata of a PNG or WebP, bytes. Large colour profiles (CMYK) have 2 MB.
const MAX_METADATA_BYTES: u64 = 16 * 1024 * 1024;

const PNG_END: &[u8] = b"IEND\xAE\x42\x60\x82";

/// A PNG: the library reads up to the picture's data, then the end is looked for.
pub(super) fn read_png<R: BufRead + Seek>(mut bytes: Bytes<R>) -> Result<Header, Stop> {
    let whole = bytes.ends_with_mark(PNG_END, 0)?;
    bytes.seek(0)?;
    let mut decoder = png_decoder(bytes.into_inner()).map_err(png_stop)?;
    let (width_px, height_px) = decoder.dimensions();
    let header = Header {
        format: Format::Png,
        width_px,
        height_px,
        turn: decoder.orientation().map_or(Turn::Upright, Turn::from),
        color: match decoder.color_type() {
            ColorType::L8 | ColorType::La8 | ColorType::L16 | ColorType::La16 => ColorModel::Gray,
            _ => ColorModel::Rgb,
        },
        frames: if decoder.is_apng().map_err(png_stop)? { Frames::Many } else { Frames::One },
    };
    if whole { Ok(header) } else { Err(Fault::Truncated { format: Format::Png }.into()) }
}

/// A decoder that has read everything before the picture's data. Compressed metadata can inflate a thousandfold: what is larger
/// than [`MAX_METADATA_BYTES`] is left out.
fn png_decoder<R: BufRead + Seek>(reader: R) -> ImageResult<PngDecoder<R>> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_METADATA_BYTES);
    PngDecoder::with_limits(reader, limits)
}

/// A WebP: its own length is compared with the file's, then the library reads the chunks.
pub(super) fn read_webp<R: BufRead + Seek>(mut bytes: Bytes<R>) -> Result<Header, Stop> {
    bytes.seek(4)?;
    let length = u64::from(bytes.le32()?);
    if length + 8 > bytes.size() {
        return Err(Fault::Truncated { format: Format::WebP }.into());
    }
    bytes.seek(0)?;
    let mut decoder = WebPDecoder::new(bytes.into_inner()).map_err(|error| match error {
        DecodingError::IoError(error) => io_stop(Format::WebP, error),
        error => Fault::malformed(Format::WebP, error.to_string()).into(),
    })?;
    // A chunk may claim to be longer than the file, and room is made for it before it is read.
    decoder.set_memory_limit(MAX_METADATA_BYTES as usize);
    let (width_px, height_px) = decoder.dimensions();
    let exif = decoder.exif_metadata().ok().flatten();
    // Some writers put JPEG's prefix before the EXIF data, some don't.
    let turn = exif.and_then(|exif| Orientation::from_exif_chunk(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif)));
    Ok(Header {
        format: Format::WebP,
        width_px,
        height_px,
        turn: turn.map_or(Turn::Upright, Turn::from),
        color: ColorModel::Rgb,
        frames: if decoder.is_animated() { Frames::Many } else { Frames::One },
    })
}

/// A BMP: the two headers, and for plain pixels whether all of them are there.
pub(super) fn read_bmp<R: BufRead + Seek>(bytes: &mut Bytes<R>) -> Result<Header, Stop> {
    bytes.skip(10)?;
    let pixels_at = u64::from(bytes.le32()?);
    let (width, height, depth, packing) = if bytes.le32()? == 12 {
        let (width, height) = (bytes.le16()?, bytes.le16()?);
        bytes.skip(2)?;
        (i64::from(width), i64::from(height), bytes.le16()?, 0)
    } else {
        let (width, height) = (bytes.le32()?.cast_signed(), bytes.le32()?.cast_signed());
        bytes.skip(2)?;
        // A negative height means that the rows go from the top down.
        (i64::from(width), i64::from(height).abs(), bytes.le16()?, bytes.le32()?)
    };
    let (Ok(width_px), Ok(height_px)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(Fault::malformed(Format::Bmp, format!("its picture is {width}×{height} px")).into());
    };
    if width_px == 0 || height_px == 0 {
        return Err(Fault::malformed(Format::Bmp, format!("its picture is {width}×{height} px")).into());
    }
    // 0 and 3 are pixels without compression; rows are filled up to four bytes.
    if matches!(packing, 0 | 3) {
        let row_bytes = (u64::from(width_px) * u64::from(depth)).div_ceil(32) * 4;
        if row_bytes.saturating_mul(u64::from(height_px)).saturating_add(pixels_at) > bytes.size() {
            return Err(Fault::Truncated { format: Format::Bmp }.into());
        }
    }
    Ok(Header {
        format: Format::Bmp,
        width_px,
        height_px,
        turn: Turn::Upright,
        color: ColorModel::Rgb,
        frames: Frames::One,
    })
}

/// A TIFF: the library reads the first directory; every strip or tile that it names must lie inside the file.
pub(super) fn read_tiff<R: BufRead + Seek>(bytes: Bytes<R>) -> Result<Header, Stop> {
    let size = bytes.size();
    let stop = |error| match error {
        TiffError::IoError(error) => io_stop(Format::Tiff, error),
        error => Fault::malformed(Format::Tiff, error.to_string()).into(),
    };
    let mut decoder = TiffDecoder::new(bytes.into_inner()).map_err(stop)?;
    let (width_px, height_px) = decoder.dimensions().map_err(stop)?;
    let (offsets, lengths) = match decoder.get_chunk_type() {
        ChunkType::Strip => (Tag::StripOffsets, Tag::StripByteCounts),
        ChunkType::Tile => (Tag::TileOffsets, Tag::TileByteCounts),
    };
    let offsets = decoder.get_tag_u64_vec(offsets).map_err(stop)?;
    let lengths = decoder.get_tag_u64_vec(lengths).map_err(stop)?;
    if offsets.iter().zip(&lengths).any(|(offset, length)| offset.saturating_add(*length) > size) {
        return Err(Fault::Truncated { format: Format::Tiff }.into());
    }
    // Strips that share their bytes would make the decoder read the file once for each.
    if lengths.iter().fold(0, |sum: u64, length| sum.saturating_add(*length)) > size {
        return Err(Fault::malformed(Format::Tiff, "the parts of its picture overlap").into());
    }
    let turn = decoder.find_tag_unsigned(Tag::Orientation).ok().flatten().and_then(Orientation::from_exif);
    Ok(Header {
        format: Format::Tiff,
        width_px,
        height_px,
        turn: turn.map_or(Turn::Upright, Turn::from),
        color: match decoder.colortype() {
            Ok(tiff::ColorType::Gray(_) | tiff::ColorType::GrayA(_)) => ColorModel::Gray,
            Ok(
                tiff::ColorType::RGB(_)
                | tiff::ColorType::RGBA(_)
                | tiff::ColorType::Palette(_)
                | tiff::ColorType::YCbCr(_),
            ) => ColorModel::Rgb,
            Ok(tiff::ColorType::CMYK(_) | tiff::ColorType::CMYKA(_)) => ColorModel::Cmyk,
            _ => ColorModel::Other,
        },
        frames: if decoder.more_images() { Frames::Many } else { Frames::One },
    })
}

fn io_stop(format: Format, error: io::Error) -> Stop {
    if error.kind() == io::ErrorKind::UnexpectedEof { Fault::Truncated { format }.into() } else { Stop::Io(error) }
}

fn png_stop(error: ImageError) -> Stop {
    match error {
        ImageError::IoError(error) => io_stop(Format::Png, error),
        ImageError::Limits(_) => Fault::malformed(Format::Png, "its metadata take more than 16 MiB").into(),
        error => Fault::malformed(Format::Png, error.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::ImageEncoder as _;
    use image::codecs::png::PngEncoder;

    use super::*;
    use crate::images::samples;

    #[test]
    fn a_profile_that_inflates_beyond_the_limit_is_left_out() {
        let with_profile = |length: usize| {
            let (mut bytes, picture) = (Vec::new(), samples::picture(30, 20));
            let mut encoder = PngEncoder::new(&mut bytes);
            encoder.set_icc_profile(vec![0; length]).unwrap();
            encoder.write_image(picture.as_raw(), 30, 20, image::ExtendedColorType::Rgb8).unwrap();
            bytes
        };
        let profile = |bytes: &[u8]| png_decoder(Cursor::new(bytes)).unwrap().icc_profile().unwrap();
        assert_eq!(profile(&with_profile(2_000_000)).map(|profile| profile.len()), Some(2_000_000));
        let bomb = with_profile(100_000_000);
        assert!(bomb.len() < 1_000_000, "{}", bomb.len());
        assert_eq!(profile(&bomb), None);
        let seen = crate::images::decode_upright_bytes(&bomb).unwrap();
        assert_eq!(seen, samples::picture(30, 20));
    }
}

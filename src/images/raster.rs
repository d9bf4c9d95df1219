//! The headers of BMP, TIFF, PNG and WebP.

use std::io::{BufRead, Seek};

use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageResult, Limits};

use super::bytes::{Bytes, Stop};
use super::fault::Fault;
use super::format::Format;
use super::header::{ColorModel, Frames, Header, Turn};

/// Most memory for the metadata of a PNG, bytes. Large colour profiles (CMYK) have 2 MB.
const MAX_METADATA_BYTES: u64 = 16 * 1024 * 1024;

const PNG_END: &[u8] = b"IEND\xAE\x42\x60\x82";

/// A PNG: the library reads up to the picture's data, then the end is looked for.
pub(super) fn read_png<R: BufRead + Seek>(mut bytes: Bytes<R>) -> Result<Header, Stop> {
    let whole = bytes.ends_with_mark(PNG_END, 0)?;
    bytes.seek(0)?;
    let stop = |error| library_stop(Format::Png, error);
    let mut decoder = png_decoder(bytes.into_inner()).map_err(stop)?;
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
        frames: if decoder.is_apng().map_err(stop)? { Frames::Many } else { Frames::One },
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
    let mut decoder = WebPDecoder::new(bytes.into_inner()).map_err(|error| library_stop(Format::WebP, error))?;
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
        frames: if decoder.has_animation() { Frames::Many } else { Frames::One },
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

/// A TIFF: the first directory, and whether the strips or tiles that it names lie inside the file.
pub(super) fn read_tiff<R: BufRead + Seek>(bytes: &mut Bytes<R>) -> Result<Header, Stop> {
    let order = if bytes.byte()? == b'M' { Order::Big } else { Order::Little };
    bytes.skip(1)?;
    if order.short(bytes)? == 43 {
        return Err(Fault::malformed(Format::Tiff, "it is a BigTIFF, which is not read here").into());
    }
    let directory = u64::from(order.long(bytes)?);
    bytes.seek(directory)?;
    let count = order.short(bytes)?;
    let (mut width_px, mut height_px, mut photometric, mut turn) = (0, 0, 2, Turn::Upright);
    let (mut offsets, mut lengths) = (None, None);
    for _ in 0..count {
        let entry = Entry {
            tag: order.short(bytes)?,
            kind: order.short(bytes)?,
            count: order.long(bytes)?,
            value: bytes.array()?,
        };
        match entry.tag {
            256 => width_px = entry.number(order),
            257 => height_px = entry.number(order),
            262 => photometric = entry.number(order),
            273 | 324 => offsets = Some(entry),
            274 => {
                turn = u8::try_from(entry.number(order)).ok().and_then(Orientation::from_exif).map_or(turn, Turn::from);
            }
            279 | 325 => lengths = Some(entry),
            _ => {}
        }
    }
    let more_pages = order.long(bytes)? != 0;
    if width_px == 0 || height_px == 0 {
        return Err(Fault::malformed(Format::Tiff, format!("its picture is {width_px}×{height_px} px")).into());
    }
    if let (Some(offsets), Some(lengths)) = (offsets, lengths) {
        let ends = offsets.last(order, bytes)?.saturating_add(lengths.last(order, bytes)?);
        if ends > bytes.size() {
            return Err(Fault::Truncated { format: Format::Tiff }.into());
        }
    }
    Ok(Header {
        format: Format::Tiff,
        width_px,
        height_px,
        turn,
        color: match photometric {
            0 | 1 => ColorModel::Gray,
            2 | 3 | 6 => ColorModel::Rgb,
            5 => ColorModel::Cmyk,
            _ => ColorModel::Other,
        },
        frames: if more_pages { Frames::Many } else { Frames::One },
    })
}

/// The byte order of a TIFF.
#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

impl Order {
    fn short<R: BufRead + Seek>(self, bytes: &mut Bytes<R>) -> Result<u16, Stop> {
        let pair = bytes.array()?;
        Ok(match self {
            Self::Big => u16::from_be_bytes(pair),
            Self::Little => u16::from_le_bytes(pair),
        })
    }

    fn long<R: BufRead + Seek>(self, bytes: &mut Bytes<R>) -> Result<u32, Stop> {
        Ok(self.four(bytes.array()?))
    }

    fn four(self, four: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(four),
            Self::Little => u32::from_le_bytes(four),
        }
    }
}

/// An entry of a TIFF directory.
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    value: [u8; 4],
}

impl Entry {
    const SHORT: u16 = 3;

    fn number(&self, order: Order) -> u32 {
        match order {
            Order::Little if self.kind == Self::SHORT => u32::from(u16::from_le_bytes([self.value[0], self.value[1]])),
            Order::Big if self.kind == Self::SHORT => u32::from(u16::from_be_bytes([self.value[0], self.value[1]])),
            _ => order.four(self.value),
        }
    }

    /// The last of the entry's numbers: where the entry has more than fit into it, they stand elsewhere in the file.
    fn last<R: BufRead + Seek>(&self, order: Order, bytes: &mut Bytes<R>) -> Result<u64, Stop> {
        let width = if self.kind == Self::SHORT { 2 } else { 4 };
        if u64::from(self.count) * width <= 4 {
            return Ok(u64::from(self.number(order)));
        }
        bytes.seek(u64::from(order.four(self.value)) + u64::from(self.count - 1) * width)?;
        Ok(if self.kind == Self::SHORT { u64::from(order.short(bytes)?) } else { u64::from(order.long(bytes)?) })
    }
}

fn library_stop(format: Format, error: ImageError) -> Stop {
    match error {
        ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Stop::Io(error),
        ImageError::IoError(_) => Fault::Truncated { format }.into(),
        error => Fault::malformed(format, error.to_string()).into(),
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

use std::io::{BufRead, Seek};

use image::metadata::Orientation;

use super::bytes::{Bytes, Stop};
use super::fault::Fault;
use super::format::Format;
use super::header::{ColorModel, Frames, Header, Turn};

const END_OF_IMAGE: [u8; 2] = [0xFF, 0xD9];

/// Walks the segments up to the picture's data, then looks for the mark of the end.
///
/// `image` would read the whole file for this.
pub(super) fn read<R: BufRead + Seek>(bytes: &mut Bytes<R>) -> Result<Header, Stop> {
    let mut size = None;
    let mut turn = Turn::Upright;
    bytes.skip(2)?;
    loop {
        let marker = next_marker(bytes)?;
        match marker {
            0x01 | 0xD0..=0xD8 => continue,
            0xD9 => return Err(Fault::malformed(Format::Jpeg, "it ends before its picture begins").into()),
            _ => {}
        }
        let length = u64::from(bytes.be16()?);
        let Some(length) = length.checked_sub(2) else {
            return Err(Fault::malformed(Format::Jpeg, "a segment has an impossible length").into());
        };
        let next = bytes.position() + length;
        match marker {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let [_precision, h1, h2, w1, w2, components] = bytes.array()?;
                size = Some((u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]), components));
            }
            0xDA => break,
            0xE1 => {
                let segment = bytes.up_to(length as usize)?;
                if let Some(exif) = segment.strip_prefix(b"Exif\0\0") {
                    turn = Orientation::from_exif_chunk(exif).map_or(turn, Turn::from);
                }
            }
            0xE2 if length >= 4 && &bytes.array::<4>()? == b"MPF\0" => bytes.format = Format::Mpo,
            _ => {}
        }
        bytes.seek(next)?;
    }
    let Some((width, height, components)) = size else {
        return Err(Fault::malformed(Format::Jpeg, "it does not say how large its picture is").into());
    };
    if width == 0 || height == 0 {
        return Err(Fault::malformed(Format::Jpeg, format!("its picture is {width}×{height} px")).into());
    }
    let data = bytes.position();
    let header = Header {
        format: bytes.format,
        width_px: u32::from(width),
        height_px: u32::from(height),
        turn,
        color: match components {
            1 => ColorModel::Gray,
            3 => ColorModel::Rgb,
            4 => ColorModel::Cmyk,
            _ => ColorModel::Other,
        },
        // Of the pictures in an MPO only the first is meant to be looked at.
        frames: Frames::One,
    };
    // In the compressed data FF is always followed by 00 or a restart mark, so this is the end and nothing else.
    if bytes.ends_with_mark(&END_OF_IMAGE, data)? {
        Ok(header)
    } else {
        Err(Fault::Truncated { format: bytes.format }.into())
    }
}

/// The next marker's code; bytes that belong to no segment are passed over, as every decoder does.
fn next_marker<R: BufRead + Seek>(bytes: &mut Bytes<R>) -> Result<u8, Stop> {
    loop {
        while bytes.byte()? != 0xFF {}
        let mut code = bytes.byte()?;
        while code == 0xFF {
            code = bytes.byte()?;
        }
        if code != 0 {
            return Ok(code);
        }
    }
}

use std::io::{BufRead, Seek};

use super::bytes::{Bytes, Stop};
use super::fault::Fault;
use super::format::Format;
use super::header::{ColorModel, Frames, Header, Turn};

/// Walks the blocks to the trailer, which counts the pictures and shows that nothing is missing.
pub(super) fn read<R: BufRead + Seek>(bytes: &mut Bytes<R>) -> Result<Header, Stop> {
    bytes.skip(6)?;
    let (width, height) = (bytes.le16()?, bytes.le16()?);
    let [flags, _background, _aspect] = bytes.array()?;
    skip_colors(bytes, flags)?;
    let mut pictures = 0_u32;
    loop {
        match bytes.byte()? {
            0x21 => {
                bytes.skip(1)?;
                skip_blocks(bytes)?;
            }
            0x2C => {
                pictures = pictures.saturating_add(1);
                bytes.skip(8)?;
                let flags = bytes.byte()?;
                skip_colors(bytes, flags)?;
                bytes.skip(1)?;
                skip_blocks(bytes)?;
            }
            0x3B => break,
            // Some writers leave an empty block too many.
            0x00 => {}
            _ => return Err(Fault::malformed(Format::Gif, "a block of no known kind").into()),
        }
    }
    if width == 0 || height == 0 || pictures == 0 {
        return Err(Fault::malformed(Format::Gif, "it holds no picture").into());
    }
    Ok(Header {
        format: Format::Gif,
        width_px: u32::from(width),
        height_px: u32::from(height),
        turn: Turn::Upright,
        color: ColorModel::Rgb,
        frames: if pictures == 1 { Frames::One } else { Frames::Many },
    })
}

fn skip_colors<R: BufRead + Seek>(bytes: &mut Bytes<R>, flags: u8) -> Result<(), Stop> {
    if flags & 0x80 == 0 { Ok(()) } else { bytes.skip(3 << ((flags & 7) + 1)) }
}

fn skip_blocks<R: BufRead + Seek>(bytes: &mut Bytes<R>) -> Result<(), Stop> {
    loop {
        match bytes.byte()? {
            0 => return Ok(()),
            length => bytes.skip(u64::from(length))?,
        }
    }
}

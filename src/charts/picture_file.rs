//! Pictures that nova-ft writes for people. Each carries its name, and no file that does not is written over or removed.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::atomic;
use crate::error::{Error, IoContext as _, Result};
use crate::files;

/// Begins an SVG file of ours.
const SVG_MARK: &[u8] = b"<!-- nova-ft -->\n";
/// The chunk of a PNG file of ours: its length, `tEXt`, "Software" and its CRC.
const PNG_MARK: &[u8] = b"\0\0\0\x10tEXtSoftware\0nova-ft\x36\x77\x1a\x97";
/// Signature and header chunk, which comes first in every PNG file.
const PNG_BEGIN: usize = 33;

/// Writes a picture, PNG, in the place of one of ours or of nothing. `hint` says where else it may go.
///
/// # Errors
/// Where another file is there, or it cannot be written.
pub fn write_png(path: &Path, png: &[u8], hint: &str) -> Result<()> {
    let (begin, rest) = png.split_at(PNG_BEGIN.min(png.len()));
    write(path, &[begin, PNG_MARK, rest].concat(), hint)
}

/// The same for SVG.
///
/// # Errors
/// See [`write_png`].
pub fn write_svg(path: &Path, svg: &str, hint: &str) -> Result<()> {
    write(path, &[SVG_MARK, svg.as_bytes()].concat(), hint)
}

fn write(path: &Path, bytes: &[u8], hint: &str) -> Result<()> {
    check(path, hint)?;
    atomic::write(path, bytes)
}

/// Refuses a file that is there and that nova-ft did not draw.
///
/// # Errors
/// Where it is so, or cannot be told.
pub fn check(path: &Path, hint: &str) -> Result<()> {
    match is_ours(path)? {
        Some(false) => Err(Error::input(path, "this file is there already, and nova-ft did not draw it", hint)),
        Some(true) | None => Ok(()),
    }
}

/// Removes a picture of ours. Another file of that name stays.
pub fn remove(path: &Path) -> Result<()> {
    if is_ours(path)? == Some(true) { atomic::remove_if_there(path) } else { Ok(()) }
}

/// Whether a file carries the mark; none where there is no file.
fn is_ours(path: &Path) -> Result<Option<bool>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // To read from a pipe or a terminal would wait for somebody.
        Ok(metadata) if !metadata.is_file() => return Ok(Some(false)),
        metadata => metadata.at("read", path)?,
    };
    let mut begin = Vec::new();
    let most = (PNG_BEGIN + PNG_MARK.len()) as u64;
    files::open(path).and_then(|file| file.take(most).read_to_end(&mut begin)).at("read", path)?;
    let is_png = begin.starts_with(b"\x89PNG") && begin.get(PNG_BEGIN..) == Some(PNG_MARK);
    Ok(Some(is_png || begin.starts_with(SVG_MARK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_picture_of_ours_is_written_over_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (png, svg) = (folder.path().join("a.png"), folder.path().join("a.svg"));
        let mut plain = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(3, 2).write_to(&mut plain, image::ImageFormat::Png).unwrap();
        for _ in 0..2 {
            write_png(&png, plain.get_ref(), "").unwrap();
            write_svg(&svg, "<svg/>", "").unwrap();
        }
        assert_eq!(image::open(&png).unwrap().width(), 3);
        assert_eq!(std::fs::read_to_string(&svg).unwrap(), "<!-- nova-ft -->\n<svg/>");
        remove(&png).unwrap();
        assert!(!png.exists());
        for others in [plain.get_ref().as_slice(), b"", b"image,seller\n", b"<svg/>"] {
            std::fs::write(&png, others).unwrap();
            let error = write_png(&png, plain.get_ref(), "name another.").unwrap_err();
            assert!(error.to_string().contains("a.png") && error.to_string().contains("did not draw it"), "{error}");
            remove(&png).unwrap();
            assert_eq!(std::fs::read(&png).unwrap(), others);
        }
    }

    #[test]
    fn the_mark_of_a_png_is_a_whole_chunk() {
        // CRC-32 as PNG has it, of the chunk's kind and data.
        let crc = PNG_MARK[4..PNG_MARK.len() - 4].iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
        });
        assert_eq!(PNG_MARK.last_chunk(), Some(&(!crc).to_be_bytes()));
        assert_eq!(PNG_MARK.len(), 12 + 16);
    }
}

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Seek};
use std::path::Path;

use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

use super::bytes::{Bytes, Stop};
use super::fault::Fault;
use super::format::{Format, SNIFFED_BYTES};
use super::{gif, jpeg, raster};
use foundation::error::{IoContext, Result};
use foundation::files;
use foundation::source_access;

/// What a photo's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// By the bytes, never by the name.
    pub format: Format,
    /// Width as stored, before the turn. At least 1.
    pub width_px: u32,
    /// Height as stored, before the turn. At least 1.
    pub height_px: u32,
    /// What EXIF says about which way is up.
    pub turn: Turn,
    /// What the stored numbers mean.
    pub color: ColorModel,
    /// One picture or several.
    pub frames: Frames,
}

impl Header {
    /// How many pixels the picture has.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width_px) * u64::from(self.height_px)
    }

    /// Width and height as the photo is looked at, after the turn.
    pub fn upright_size_px(&self) -> (u32, u32) {
        if self.turn.swaps_sides() { (self.height_px, self.width_px) } else { (self.width_px, self.height_px) }
    }
}

/// How a stored picture must be turned to stand upright: the eight orientations of EXIF.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// EXIF 1, or no EXIF: as it is.
    #[default]
    Upright,
    /// EXIF 2.
    Mirror,
    /// EXIF 3.
    Half,
    /// EXIF 4.
    MirrorHalf,
    /// EXIF 5: a quarter to the right, then mirrored.
    MirrorRight,
    /// EXIF 6: a quarter to the right (clockwise), what a phone held upright writes.
    Right,
    /// EXIF 7: a quarter to the left, then mirrored.
    MirrorLeft,
    /// EXIF 8: a quarter to the left.
    Left,
}

impl Turn {
    /// Whether nothing is to be done.
    pub fn is_upright(self) -> bool {
        self == Self::Upright
    }

    /// Whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::MirrorRight | Self::Right | Self::MirrorLeft | Self::Left)
    }

    /// The number that EXIF uses, 1 to 8.
    pub fn exif_number(self) -> u8 {
        Orientation::from(self).to_exif()
    }
}

impl From<Orientation> for Turn {
    fn from(orientation: Orientation) -> Self {
        match orientation {
            Orientation::NoTransforms => Self::Upright,
            Orientation::FlipHorizontal => Self::Mirror,
            Orientation::Rotate180 => Self::Half,
            Orientation::FlipVertical => Self::MirrorHalf,
            Orientation::Rotate90FlipH => Self::MirrorRight,
            Orientation::Rotate90 => Self::Right,
            Orientation::Rotate270FlipH => Self::MirrorLeft,
            Orientation::Rotate270 => Self::Left,
        }
    }
}

impl From<Turn> for Orientation {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Upright => Self::NoTransforms,
            Turn::Mirror => Self::FlipHorizontal,
            Turn::Half => Self::Rotate180,
            Turn::MirrorHalf => Self::FlipVertical,
            Turn::MirrorRight => Self::Rotate90FlipH,
            Turn::Right => Self::Rotate90,
            Turn::MirrorLeft => Self::Rotate270FlipH,
            Turn::Left => Self::Rotate270,
        }
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Upright => "upright",
            Self::Mirror => "mirrored",
            Self::Half => "upside down",
            Self::MirrorHalf => "upside down and mirrored",
            Self::MirrorRight | Self::MirrorLeft => "lying on its side and mirrored",
            Self::Right | Self::Left => "lying on its side",
        })
    }
}

/// What the numbers of a stored picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorModel {
    /// Red, green, blue; also what is turned into them without a choice (YCbCr, a palette).
    Rgb,
    /// One channel.
    Gray,
    /// Four printing inks.
    Cmyk,
    /// Something else.
    Other,
}

/// How many pictures a file holds to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frames {
    /// A photo.
    One,
    /// An animation, or a TIFF of several pages.
    Many,
}

/// Reads a photo's header and checks that the file is whole, without decoding it.
///
/// The outer result is about the operating system, the inner one about the bytes. A few kilobytes are read, whatever the
/// size of the photo.
pub fn read_header(path: &Path) -> Result<Result<Header, Fault>> {
    read_file(path).at("read", path)
}

/// The same, with the operating system's error as it came.
pub(super) fn read_file(path: &Path) -> io::Result<Result<Header, Fault>> {
    let file = files::open(path)?;
    source_access::note(path);
    let size_bytes = file.metadata()?.len();
    read(BufReader::new(file), size_bytes)
}

/// The header of a photo in memory. Any bytes are answered, none makes it panic.
pub fn header_of_bytes(bytes: &[u8]) -> Result<Header, Fault> {
    read(Cursor::new(bytes), bytes.len() as u64)
        .unwrap_or_else(|error| Err(Fault::Unreadable { what: error.to_string() }))
}

fn read<R: BufRead + Seek>(inner: R, size_bytes: u64) -> io::Result<Result<Header, Fault>> {
    match parse(Bytes::new(inner, size_bytes)) {
        Ok(header) => Ok(Ok(header)),
        Err(Stop::Fault(fault)) => Ok(Err(fault)),
        Err(Stop::Io(error)) => Err(error),
    }
}

fn parse<R: BufRead + Seek>(mut bytes: Bytes<R>) -> Result<Header, Stop> {
    let start = bytes.up_to(SNIFFED_BYTES)?;
    if start.is_empty() {
        return Err(Fault::Empty.into());
    }
    bytes.format = Format::of_bytes(&start);
    bytes.seek(0)?;
    match bytes.format {
        Format::Jpeg | Format::Mpo => jpeg::read(&mut bytes),
        Format::Png => raster::read_png(bytes),
        Format::Gif => gif::read(&mut bytes),
        Format::WebP => raster::read_webp(bytes),
        Format::Bmp => raster::read_bmp(&mut bytes),
        Format::Tiff => raster::read_tiff(bytes),
        format @ (Format::Heic | Format::Pdf) => Err(Fault::Unsupported { format }.into()),
        Format::Unknown => Err(Fault::NotAnImage.into()),
    }
}

#[cfg(test)]
mod tests;

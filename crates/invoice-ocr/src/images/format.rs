use std::fmt;

use serde::{Deserialize, Serialize};

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JPEG picture.
    Jpeg,
    /// PNG, animated or not.
    Png,
    /// GIF, animated or not.
    Gif,
    /// WebP, animated or not.
    WebP,
    /// A Windows bitmap.
    Bmp,
    /// TIFF, one page or several.
    Tiff,
    /// Several JPEG pictures in one file, as some phones write them. It begins like a JPEG, but makes Nova jobs fail.
    Mpo,
    /// HEIF with HEVC pictures, what an iPhone writes unless told otherwise. Cannot be decoded here.
    Heic,
    /// A PDF document. Cannot be decoded here.
    Pdf,
    /// None of these.
    Unknown,
}

/// Bytes that [`Format::of_bytes`] looks at.
pub(super) const SNIFFED_BYTES: usize = 32;

impl Format {
    /// The format of a file that begins with these bytes; 32 are enough.
    ///
    /// [`Format::Mpo`] cannot be told from [`Format::Jpeg`] here: that takes [`read_header`](super::read_header).
    pub fn of_bytes(start: &[u8]) -> Self {
        match start {
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Self::Png,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::WebP,
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Self::Tiff,
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            // "BM" alone begins many a text: the size of the second header must be one that exists.
            [b'B', b'M', ..] if matches!(start.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])) => {
                Self::Bmp
            }
            _ if is_heic(start) => Self::Heic,
            _ => Self::Unknown,
        }
    }

    /// The format that an extension promises, in any case; `None` when it isn't an image's.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" | "jfif" => Self::Jpeg,
            "png" => Self::Png,
            "gif" => Self::Gif,
            "webp" => Self::WebP,
            "bmp" | "dib" => Self::Bmp,
            "tif" | "tiff" => Self::Tiff,
            "mpo" => Self::Mpo,
            "heic" | "heif" => Self::Heic,
            "pdf" => Self::Pdf,
            _ => return None,
        })
    }

    /// The word for the `format` member of a record; `None` for what Nova does not take.
    pub fn nova_name(self) -> Option<&'static str> {
        match self {
            Self::Jpeg => Some("jpeg"),
            Self::Png => Some("png"),
            Self::Gif => Some("gif"),
            Self::WebP => Some("webp"),
            _ => None,
        }
    }

    /// The format as a thing in a sentence: "a BMP image", "a PDF document".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Jpeg => "a JPEG image",
            Self::Png => "a PNG image",
            Self::Gif => "a GIF image",
            Self::WebP => "a WebP image",
            Self::Bmp => "a BMP image",
            Self::Tiff => "a TIFF image",
            Self::Mpo => "an MPO image (several JPEG pictures in one file)",
            Self::Heic => "a HEIC image",
            Self::Pdf => "a PDF document",
            Self::Unknown => "not an image that is known here",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Mpo => "MPO",
            Self::Heic => "HEIC",
            Self::Pdf => "PDF",
            Self::Unknown => "unknown",
        })
    }
}

fn is_heic(start: &[u8]) -> bool {
    let brands: [&[u8]; 8] = [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"];
    start.get(4..8) == Some(b"ftyp") && start.get(8..12).is_some_and(|brand| brands.contains(&brand))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_begins_with_bm_is_no_bitmap() {
        assert_eq!(Format::of_bytes(b"BMW invoices of the year 2019 and later"), Format::Unknown);
    }

    #[test]
    fn nova_says_jpeg_and_never_jpg() {
        assert_eq!(Format::of_extension("JPG").and_then(Format::nova_name), Some("jpeg"));
        assert_eq!(serde_json::to_string(&Format::WebP).unwrap(), r#""webp""#);
        assert_eq!(Format::Bmp.nova_name(), None);
    }

    #[test]
    fn heic_and_pdf_are_known_by_their_first_bytes() {
        assert_eq!(Format::of_bytes(b"\0\0\0\x18ftypheic\0\0\0\0"), Format::Heic);
        assert_eq!(Format::of_bytes(b"%PDF-1.7\n"), Format::Pdf);
    }
}

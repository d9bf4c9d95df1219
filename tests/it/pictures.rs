//! Photos of every kind that a rule is about, made here.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, RgbaImage};

use crate::harness::written;

pub(crate) fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(crate) fn jpeg(picture: &RgbImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Jpeg)
}

/// The JPEG with a segment right after its beginning.
fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, body, &jpeg[2..]].concat()
}

pub(crate) fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut body = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    body.extend([orientation, 0, 0, 0, 0, 0, 0]);
    with_segment(jpeg, 0xE1, &body)
}

/// A JPEG whose end is there and whose data are not, from the middle on.
pub(crate) fn zeroed(jpeg: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let end = bytes.len() - 2;
    bytes[end / 2..end].fill(0);
    bytes
}

/// A page of plain ink: as much of a JPEG of four components as can be written by hand.
pub(crate) fn cmyk() -> Vec<u8> {
    let gray = DynamicImage::from(image::GrayImage::new(304, 304));
    let mut bytes = Cursor::new(Vec::new());
    gray.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let gray = bytes.into_inner();
    let mut bytes = vec![0xFF, 0xD8];
    let mut at = 2;
    // The tables of the gray picture serve all four components.
    while gray[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([gray[at + 2], gray[at + 3]]));
        if matches!(gray[at + 1], 0xDB | 0xC4) {
            bytes.extend(&gray[at..at + 2 + length]);
        }
        at += 2 + length;
    }
    let side = 304_u16.to_be_bytes();
    bytes.extend([0xFF, 0xC0, 0, 20, 8, side[0], side[1], side[0], side[1], 4]);
    bytes.extend([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    bytes.extend([0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    // For each block: difference zero (00), end of block (1010).
    bytes.extend([0x28, 0xA2, 0x8A].repeat(38 * 38));
    bytes.extend([0xFF, 0xD9]);
    bytes
}

pub(crate) fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for n in 0..2 {
        let picture: RgbaImage = DynamicImage::from(written(n, 320, 310)).into_rgba8();
        encoder.encode_frame(Frame::new(picture)).unwrap();
    }
    drop(encoder);
    bytes
}

pub(crate) fn padded(bytes: &[u8], size: usize) -> Vec<u8> {
    // Bytes after the end of a JPEG are not its picture's.
    [bytes, &vec![0x20; size - bytes.len()]].concat()
}

/// An MPO: two JPEG pictures in one file.
pub(crate) fn mpo(jpeg: &[u8]) -> Vec<u8> {
    [&with_segment(jpeg, 0xE2, b"MPF\0MM\0\x2A\0\0\0\x08\0\0"), jpeg].concat()
}

/// What begins as a HEIC picture does.
pub(crate) fn heic() -> Vec<u8> {
    [b"\0\0\0\x18ftypheic".as_slice(), &[0; 50]].concat()
}

/// A picture with a side of 8,001 px.
pub(crate) fn panorama() -> Vec<u8> {
    jpeg(&image::imageops::resize(&written(53, 2_667, 334), 8_001, 1_002, FilterType::Nearest))
}

/// A JPEG of one color.
pub(crate) fn page() -> Vec<u8> {
    jpeg(&RgbImage::from_pixel(600, 400, Rgb([250; 3])))
}

/// A photo by the words that the cases of `tests/rules` have for it; another one for each `n`.
pub(crate) fn photo(kind: &str, n: usize) -> Vec<u8> {
    let picture = written(n, 480, 360);
    let good = jpeg(&picture);
    match kind {
        "a JPEG" => good,
        "a PNG" => encoded(&picture, ImageFormat::Png),
        "a BMP" => encoded(&picture, ImageFormat::Bmp),
        "a TIFF" => encoded(&picture, ImageFormat::Tiff),
        "an MPO" => mpo(&good),
        "a HEIC" => heic(),
        "a PDF" => b"%PDF-1.7 and so on".to_vec(),
        "no bytes" => Vec::new(),
        "half a JPEG" => good[..good.len() / 2].to_vec(),
        "a JPEG with zeros" => zeroed(&good),
        "inks" => cmyk(),
        "a JPEG on its side" => turned(&good, 6),
        "an animation" => animation(),
        "10,485,761 bytes" => padded(&good, 10_485_761),
        "24×400 px" => jpeg(&written(n, 24, 400)),
        "25×225 px" => jpeg(&written(n, 25, 225)),
        "160×120 px" => jpeg(&written(n, 160, 120)),
        "300×310 px" => jpeg(&written(n, 300, 310)),
        "2,800×310 px" => jpeg(&written(n, 2_800, 310)),
        "8,001×1,002 px" => panorama(),
        "a white page" => page(),
        _ => panic!("`{kind}` is no kind of photo here"),
    }
}

//! Small image files made in memory, for tests.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "for tests, of other crates too")]

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::Turn;

/// A smooth picture whose four corners differ, so that a wrong turn shows.
pub fn picture(width_px: u32, height_px: u32) -> RgbImage {
    RgbImage::from_fn(width_px, height_px, |x, y| {
        Rgb([(x * 255 / width_px) as u8, (y * 255 / height_px) as u8, ((x + y) * 100 / (width_px + height_px)) as u8])
    })
}

/// A picture that compresses badly.
pub fn noise(width_px: u32, height_px: u32) -> RgbImage {
    RgbImage::from_fn(width_px, height_px, |x, y| {
        let mixed = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
        Rgb([(mixed >> 8) as u8, (mixed >> 16) as u8, (mixed >> 24) as u8])
    })
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    encode(&picture.clone().into(), ImageFormat::Jpeg)
}

pub fn png(picture: &DynamicImage) -> Vec<u8> {
    encode(picture, ImageFormat::Png)
}

pub fn bmp(picture: &RgbImage) -> Vec<u8> {
    encode(&picture.clone().into(), ImageFormat::Bmp)
}

pub fn tiff(picture: &RgbImage) -> Vec<u8> {
    encode(&picture.clone().into(), ImageFormat::Tiff)
}

pub fn webp(picture: &RgbImage) -> Vec<u8> {
    encode(&picture.clone().into(), ImageFormat::WebP)
}

pub const JPEG_KINDS: usize = 7;

/// JPEGs of every kind that cameras and programs write: the first of `picture`, the others made by libjpeg, 160×120 px.
pub fn jpegs(picture: &RgbImage) -> Vec<(&'static str, Vec<u8>)> {
    let jpegs = vec![
        ("baseline", jpeg(picture)),
        ("gray", include_bytes!("samples/gray.jpg").to_vec()),
        ("optimized", include_bytes!("samples/optimized.jpg").to_vec()),
        ("planes", include_bytes!("samples/planes.jpg").to_vec()),
        ("progressive", include_bytes!("samples/progressive.jpg").to_vec()),
        ("progressive, restarts", include_bytes!("samples/progressive_restarts.jpg").to_vec()),
        ("restarts", include_bytes!("samples/restarts.jpg").to_vec()),
    ];
    assert_eq!(jpegs.len(), JPEG_KINDS);
    jpegs
}

/// A WebP with loss, by libwebp, 160×120 px.
pub fn lossy_webp() -> Vec<u8> {
    include_bytes!("samples/lossy.webp").to_vec()
}

/// The formats that keep every pixel; the GIF of a picture of few colors does too, but this one has more.
pub fn lossless(picture: &RgbImage) -> Vec<(&'static str, Vec<u8>)> {
    let sixteen = DynamicImage::from(DynamicImage::from(picture.clone()).into_rgb16());
    vec![
        ("png", png(&picture.clone().into())),
        ("png, 16 bits", png(&sixteen)),
        ("bmp", bmp(picture)),
        ("tiff", tiff(picture)),
        ("webp", webp(picture)),
    ]
}

/// Two pictures, 4×3 px: a red one, a blue one.
pub fn animated_gif() -> Vec<u8> {
    gif(&[[255, 0, 0, 255], [0, 0, 255, 255]])
}

/// A GIF, 4×3 px, of plain pictures.
pub fn gif(colors: &[[u8; 4]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for color in colors {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(4, 3, Rgba(*color)))).unwrap();
    }
    drop(encoder);
    bytes
}

/// A GIF that compresses badly.
pub fn noisy_gif(width_px: u32, height_px: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = DynamicImage::from(noise(width_px, height_px)).into_rgba8();
    GifEncoder::new(&mut bytes).encode_frame(Frame::new(picture)).unwrap();
    bytes
}

/// A chunk of a PNG, with its length and checksum.
pub fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind, data].concat();
    let checksum = body.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 })
    });
    [&u32::try_from(data.len()).unwrap().to_be_bytes(), &body[..], &(!checksum).to_be_bytes()].concat()
}

/// The JPEG with a segment put right after its beginning.
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, body, &jpeg[2..]].concat()
}

/// The JPEG with an EXIF orientation, 1 to 8.
pub fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut body = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    body.extend([orientation, 0, 0, 0, 0, 0, 0]);
    with_segment(jpeg, 0xE1, &body)
}

/// The JPEG twice, marked as a multi-picture file.
pub fn mpo(jpeg: &[u8]) -> Vec<u8> {
    [with_segment(jpeg, 0xE2, b"MPF\0MM\0\x2A\0\0\0\x08\0\0"), jpeg.to_vec()].concat()
}

/// 8×8 px, four components, each 128 all over.
pub fn cmyk_jpeg() -> Vec<u8> {
    let gray = encode(&DynamicImage::from(image::GrayImage::new(8, 8)), ImageFormat::Jpeg);
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
    bytes.extend([0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    bytes.extend([0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    // For each component: difference zero (00), end of block (1010).
    bytes.extend([0x28, 0xA2, 0x8A, 0xFF, 0xD9]);
    bytes
}

pub fn turn(exif_number: u8) -> Turn {
    Orientation::from_exif(exif_number).unwrap().into()
}

/// What must be stored so that `turn` brings `upright` back.
pub fn stored_turned(upright: &RgbImage, turn: Turn) -> RgbImage {
    let back = match turn {
        Turn::Right => Turn::Left,
        Turn::Left => Turn::Right,
        own => own,
    };
    let mut picture = DynamicImage::from(upright.clone());
    picture.apply_orientation(back.into());
    picture.into_rgb8()
}

pub const COUNT: usize = 10;

/// A file of each kind that can be decoded.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let picture = picture(20, 10);
    let jpeg = jpeg(&picture);
    let mut all = lossless(&picture);
    all.extend([
        ("gif", animated_gif()),
        ("cmyk", cmyk_jpeg()),
        ("mpo", mpo(&jpeg)),
        ("exif", with_exif(&jpeg, 6)),
        ("jpeg", jpeg),
    ]);
    assert_eq!(all.len(), COUNT);
    all
}

/// The folder of real photos, when it is there.
pub fn real_photos() -> Option<std::path::PathBuf> {
    const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/real");
    let folder = std::env::var_os("NOVA_FT_REAL_PHOTOS").map_or_else(|| DEFAULT.into(), std::path::PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no real photos in {}", folder.display());
    None
}

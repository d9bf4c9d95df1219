use std::fmt;
use std::path::Path;

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use serde::Serialize;

use super::decode::decode_upright;
use super::fault::Fault;
use super::format::Format;
use super::header::{ColorModel, Frames, Header, Turn};
use foundation::error::Result;

/// The largest photo that the other side takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimits {
    /// Most bytes of the file.
    pub max_size_bytes: u64,
    /// Most pixels of the longer side, 1 to 65,535.
    pub max_side_px: u32,
}

/// How a JPEG is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JpegOptions {
    /// 1 to 100.
    pub quality: u8,
    /// The picture is shrunk until it keeps these.
    pub limits: SizeLimits,
}

impl JpegOptions {
    /// Quality 92, at which the strokes of small print stay whole, within `limits`.
    pub fn within(limits: SizeLimits) -> Self {
        Self { quality: 92, limits }
    }
}

/// Why a photo is encoded again before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConversionReason {
    /// Nova does not take the format.
    Format {
        /// What it is.
        format: Format,
    },
    /// The colors are those of printing inks.
    Cmyk,
    /// Only EXIF says which way is up, and not every reader listens.
    Turned {
        /// How it lies.
        turn: Turn,
    },
    /// Several pictures in one file.
    Animated {
        /// What it is.
        format: Format,
    },
    /// A side is too long.
    TooWide {
        /// Width as stored.
        width_px: u32,
        /// Height as stored.
        height_px: u32,
        /// The limit.
        max_side_px: u32,
    },
    /// The file is too large.
    TooLarge {
        /// The file's size.
        size_bytes: u64,
        /// The limit.
        max_size_bytes: u64,
    },
}

impl fmt::Display for ConversionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Format { format } => write!(f, "it is {}, which Nova does not take", format.noun()),
            Self::Cmyk => f.write_str("its colors are printing inks (CMYK)"),
            Self::Turned { turn } => write!(f, "it is stored {turn} (EXIF orientation {})", turn.exif_number()),
            Self::Animated { format } => write!(f, "it is {} that holds several pictures", format.noun()),
            Self::TooWide { width_px, height_px, max_side_px } => {
                write!(f, "it is {width_px}×{height_px} px, and a side may have {max_side_px}")
            }
            Self::TooLarge { size_bytes, max_size_bytes } => {
                write!(f, "it has {size_bytes} bytes, and {max_size_bytes} are allowed")
            }
        }
    }
}

/// Why a photo must be encoded again, `None` when it can be sent as it is. Of several reasons, the first of the enum.
pub fn needs_conversion(header: &Header, size_bytes: u64, limits: &SizeLimits) -> Option<ConversionReason> {
    let &Header { format, width_px, height_px, turn, color, frames } = header;
    if format.nova_name().is_none() {
        Some(ConversionReason::Format { format })
    } else if color == ColorModel::Cmyk {
        Some(ConversionReason::Cmyk)
    } else if !turn.is_upright() {
        Some(ConversionReason::Turned { turn })
    } else if frames == Frames::Many {
        Some(ConversionReason::Animated { format })
    } else if width_px.max(height_px) > limits.max_side_px {
        Some(ConversionReason::TooWide { width_px, height_px, max_side_px: limits.max_side_px })
    } else if size_bytes > limits.max_size_bytes {
        Some(ConversionReason::TooLarge { size_bytes, max_size_bytes: limits.max_size_bytes })
    } else {
        None
    }
}

/// A photo as the bytes of an upright JPEG without EXIF. The same file gives the same bytes every time.
pub fn convert_to_jpeg(path: &Path, options: &JpegOptions) -> Result<Vec<u8>> {
    let picture = decode_upright(path)?;
    encode_jpeg(&picture, options).map_err(|fault| fault.into_error(path))
}

/// A picture as JPEG, shrunk as far as the limits ask.
///
/// Fails only when not even one pixel fits.
pub fn encode_jpeg(picture: &RgbImage, options: &JpegOptions) -> Result<Vec<u8>, Fault> {
    let SizeLimits { max_size_bytes, max_side_px } = options.limits;
    let longer = picture.width().max(picture.height()).max(1);
    // 65,535 is what a JPEG can say.
    let mut scale = (f64::from(max_side_px.clamp(1, 65_535)) / f64::from(longer)).min(1.0);
    loop {
        let side = |side_px: u32| ((f64::from(side_px) * scale).round() as u32).max(1);
        let (width_px, height_px) = (side(picture.width()), side(picture.height()));
        let bytes = if scale < 1.0 {
            encode(&imageops::resize(picture, width_px, height_px, FilterType::Lanczos3), options.quality)?
        } else {
            encode(picture, options.quality)?
        };
        if bytes.len() as u64 <= max_size_bytes {
            return Ok(bytes);
        }
        if width_px.max(height_px) == 1 {
            let what = format!("it does not fit into {max_size_bytes} bytes");
            return Err(Fault::malformed(Format::Jpeg, what));
        }
        // Bytes grow with the area. A little less than that asks for, so that it ends soon.
        scale *= (max_size_bytes as f64 / bytes.len() as f64).sqrt().min(1.0) * 0.97;
    }
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100));
    picture.write_with_encoder(encoder).map_err(|error| Fault::malformed(Format::Jpeg, error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{header_of_bytes, samples};

    const LIMITS: SizeLimits = SizeLimits { max_size_bytes: 10 * 1024 * 1024, max_side_px: 8_000 };

    fn reason(bytes: &[u8]) -> Option<String> {
        let header = header_of_bytes(bytes).unwrap();
        needs_conversion(&header, bytes.len() as u64, &LIMITS).map(|reason| reason.to_string())
    }

    #[test]
    fn what_nova_takes_is_left_alone() {
        let picture = samples::picture(16, 12);
        assert_eq!(reason(&samples::jpeg(&picture)), None);
        assert_eq!(reason(&samples::png(&picture.into())), None);
    }

    #[test]
    fn each_reason_is_a_clause_that_a_person_understands() {
        let picture = samples::picture(16, 12);
        let jpeg = samples::jpeg(&picture);
        let said = |bytes: &[u8]| reason(bytes).unwrap();
        assert_eq!(said(&samples::bmp(&picture)), "it is a BMP image, which Nova does not take");
        assert_eq!(
            said(&samples::mpo(&jpeg)),
            "it is an MPO image (several JPEG pictures in one file), which Nova does not take"
        );
        assert_eq!(said(&samples::with_exif(&jpeg, 6)), "it is stored lying on its side (EXIF orientation 6)");
        assert_eq!(said(&samples::cmyk_jpeg()), "its colors are printing inks (CMYK)");
        assert_eq!(said(&samples::animated_gif()), "it is a GIF image that holds several pictures");
        let header = header_of_bytes(&jpeg).unwrap();
        let wide = Header { width_px: 8_001, ..header };
        assert_eq!(
            needs_conversion(&wide, 1, &LIMITS).unwrap().to_string(),
            "it is 8001×12 px, and a side may have 8000"
        );
        assert_eq!(
            needs_conversion(&header, 10_485_761, &LIMITS).unwrap().to_string(),
            "it has 10485761 bytes, and 10485760 are allowed"
        );
    }

    #[test]
    fn a_picture_shrinks_until_it_fits_and_keeps_its_proportions() {
        let picture = samples::noise(400, 200);
        let limits = SizeLimits { max_size_bytes: 20_000, max_side_px: 300 };
        let bytes = encode_jpeg(&picture, &JpegOptions::within(limits)).unwrap();
        assert!(bytes.len() <= 20_000);
        let header = header_of_bytes(&bytes).unwrap();
        assert!(header.width_px <= 300 && header.width_px.abs_diff(2 * header.height_px) <= 1, "{header:?}");
    }

    #[test]
    fn limits_that_nothing_fits_are_a_fault_and_no_endless_loop() {
        let limits = SizeLimits { max_size_bytes: 10, max_side_px: 300 };
        let fault = encode_jpeg(&samples::picture(64, 64), &JpegOptions::within(limits)).unwrap_err();
        assert!(fault.to_string().contains("does not fit into 10 bytes"));
    }

    #[test]
    fn what_was_converted_needs_no_conversion_and_comes_out_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        for (number, (name, bytes)) in samples::all().into_iter().enumerate() {
            let path = folder.path().join(number.to_string());
            std::fs::write(&path, bytes).unwrap();
            let options = JpegOptions::within(LIMITS);
            let converted = convert_to_jpeg(&path, &options).unwrap();
            assert_eq!(reason(&converted), None, "{name}");
            assert_eq!(converted, convert_to_jpeg(&path, &options).unwrap(), "{name}");
        }
    }
}

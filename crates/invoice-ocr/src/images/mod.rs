//! Photos as files: what they are by their bytes, how large, which way up, and how to make of them what Nova takes.
//!
//! A name proves nothing: a BMP called `.jpg` is common, so the format always comes from the bytes. [`scan`] lists a
//! folder and reads only headers; nothing is decoded until [`decode_upright`], [`hash_pixels`] or [`convert_to_jpeg`]
//! is called, or the validator asks for a photo's [`PhotoFacts`].

mod bytes;
mod convert;
mod decode;
mod digest;
mod entropy;
mod facts;
mod fault;
mod format;
mod gate;
mod gif;
mod header;
mod huffman;
mod jpeg;
mod known;
mod loader;
mod raster;
#[doc(hidden)]
pub mod samples;
mod scan;
mod strokes;
mod thumbnail;

pub use convert::{ConversionReason, JpegOptions, SizeLimits, convert_to_jpeg, encode_jpeg, needs_conversion};
pub use decode::{decode_upright, decode_upright_bytes};
pub use digest::Hasher;
pub use digest::{Digest, ParseDigestError, hash_bytes, hash_file, hash_pixels, hash_rgb};
pub use facts::{PhotoFacts, PictureFacts};
pub use fault::Fault;
pub use format::Format;
pub use header::{ColorModel, Frames, Header, Turn, header_of_bytes, read_header};
pub use known::KnownPhotos;
pub use loader::{LoadedPicture, PictureLoader};
pub use scan::{Depth, Misnomer, PassOver, PassedOver, Photo, Scan, ScanOptions, scan};
pub use strokes::LEAST_STROKE_SHARE;
pub use thumbnail::JpegThumbnails;

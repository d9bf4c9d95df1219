use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::decode::decode_with;
use super::digest::{Digest, hash_bytes, hash_file, hash_rgb};
use super::fault::Fault;
use super::gate::Gate;
use super::header::{Header, header_of_bytes, read_header};
use super::strokes::share_with_strokes;
use foundation::error::{IoContext, Result};
use foundation::files;

/// Files up to this length are decoded; Nova takes a sixth of it.
const MOST_DECODED_BYTES: u64 = 64 * 1024 * 1024;

/// What there is to know of a photo, from one reading of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoFacts {
    /// Of the file's bytes.
    pub sha256: Digest,
    /// The file's length.
    pub size_bytes: u64,
    /// What the header says.
    pub header: Result<Header, Fault>,
    /// What is to be seen; `None` where the header has a fault, and for a file of more than 64 MiB, which isn't decoded.
    pub picture: Option<Result<PictureFacts, Fault>>,
}

/// What is to be seen on a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureFacts {
    /// Of the pixels, upright, as [`hash_pixels`](super::hash_pixels) has it.
    pub sha256: Digest,
    /// How many of ten thousand parts of the picture have strokes on them: writing, lines. A lower bound where that is
    /// clearly more than a blank picture has.
    pub stroke_share: u32,
}

/// Reads a photo once and says everything; as many pixels are unfolded at a time as the gate lets in.
pub(super) fn read_facts(path: &Path, gate: &Gate) -> Result<PhotoFacts> {
    let size_bytes = fs::metadata(path).at("read", path)?.len();
    if size_bytes > MOST_DECODED_BYTES {
        return Ok(PhotoFacts { sha256: hash_file(path)?, size_bytes, header: read_header(path)?, picture: None });
    }
    let mut bytes = Vec::with_capacity(size_bytes as usize);
    // A file that grows meanwhile is read as far as it was long.
    files::open(path).and_then(|file| file.take(size_bytes).read_to_end(&mut bytes)).at("read", path)?;
    Ok(facts_of_bytes(&bytes, gate))
}

fn facts_of_bytes(bytes: &[u8], gate: &Gate) -> PhotoFacts {
    let header = header_of_bytes(bytes);
    let picture = header.as_ref().ok().map(|header| look(bytes, header, gate));
    PhotoFacts { sha256: hash_bytes(bytes), size_bytes: bytes.len() as u64, header, picture }
}

fn look(bytes: &[u8], header: &Header, gate: &Gate) -> Result<PictureFacts, Fault> {
    let _room = gate.enter(header.pixels());
    let picture = decode_with(bytes, header)?;
    Ok(PictureFacts { sha256: hash_rgb(&picture), stroke_share: share_with_strokes(&picture) })
}

#[cfg(test)]
mod tests;

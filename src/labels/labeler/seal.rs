//! The checksum of a part: a digest of the whole file in its own footer, so that damage is seen before anything is read.
//!
//! Parquet has checksums of single pages at most, and none of the footer. Here the file is written with zeros in the digest's
//! place, and the digest of those bytes is put over them: it stays a Parquet file that any program reads.

use crate::images::{Digest, hash_bytes};

/// The key of the digest among the footer's own. It is the last of them, behind all that a photo may say.
const KEY: &str = "nova-ft.file-sha256";
/// Between a key and its value the footer has the value's kind, a text, and its length, 64.
const BETWEEN: [u8; 2] = [0x18, 64];
const DIGITS: usize = 64;
/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";

/// The key, and the value that a file has while it is written.
pub(super) fn unsealed() -> (&'static str, String) {
    (KEY, "0".repeat(DIGITS))
}

/// Puts the digest into a file that was written with [`unsealed`].
///
/// # Errors
/// Where the file has no place for it.
pub(super) fn seal(mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let digest = hash_bytes(&bytes).to_string();
    let place = place_in(&bytes).and_then(|at| bytes.get_mut(at..at + DIGITS));
    let place = place.ok_or_else(|| "the part has no place for its checksum".to_owned())?;
    place.copy_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// Whether a file is, byte for byte, the one that was written.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    if !bytes.starts_with(MAGIC) || !bytes.ends_with(MAGIC) {
        return Err("this is no whole Parquet file".to_owned());
    }
    let Some(at) = place_in(bytes) else {
        return Err(
            "this Parquet file has no checksum: it is no part of a labeling, one of an earlier version of nova-ft, or \
                    damaged"
                .to_owned(),
        );
    };
    let (before, rest) = bytes.split_at(at);
    let (digest, after) = rest.split_at(DIGITS);
    let digest: Option<Digest> = std::str::from_utf8(digest).ok().and_then(|digits| digits.parse().ok());
    let written = [before, "0".repeat(DIGITS).as_bytes(), after].concat();
    if digest != Some(hash_bytes(&written)) {
        return Err("this is no whole Parquet file: its bytes do not fit its checksum".to_owned());
    }
    Ok(())
}

/// Where the digest stands.
fn place_in(bytes: &[u8]) -> Option<usize> {
    let key = [KEY.as_bytes(), &BETWEEN].concat();
    let at = bytes.windows(key.len()).rposition(|window| window == key)? + key.len();
    (at + DIGITS <= bytes.len()).then_some(at)
}

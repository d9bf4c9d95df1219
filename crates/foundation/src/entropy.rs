//! Random names and keys from the operating system.

use std::fmt::Write as _;
use std::io;

use rand::TryRng as _;
use rand::rngs::SysRng;

/// `byte_count` bytes from the operating system, as lower-case hexadecimal.
pub fn random_hex(byte_count: usize) -> io::Result<String> {
    let mut bytes = vec![0; byte_count];
    SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(hex(&bytes))
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

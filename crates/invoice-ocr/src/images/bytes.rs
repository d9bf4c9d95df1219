use std::io::{self, BufRead, Seek};

use super::fault::Fault;
use super::format::Format;

/// Why reading a header stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The operating system failed.
    Io(io::Error),
    /// The bytes are not what they should be.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads numbers out of a file or a slice; the end of the bytes is [`Fault::Truncated`].
pub(super) struct Bytes<R> {
    inner: R,
    position: u64,
    size: u64,
    /// Named in the fault when the bytes end.
    pub(super) format: Format,
}

impl<R: BufRead + Seek> Bytes<R> {
    pub(super) fn new(inner: R, size: u64) -> Self {
        Self { inner, position: 0, size, format: Format::Unknown }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }

    fn stop(&self, error: io::Error) -> Stop {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Stop::Fault(Fault::Truncated { format: self.format })
        } else {
            Stop::Io(error)
        }
    }

    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Stop> {
        self.inner.read_exact(buffer).map_err(|error| self.stop(error))?;
        self.position += buffer.len() as u64;
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn be16(&mut self) -> Result<u16, Stop> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn le16(&mut self) -> Result<u16, Stop> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn le32(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// At most `limit` bytes from here on.
    pub(super) fn up_to(&mut self, limit: usize) -> Result<Vec<u8>, Stop> {
        let left = self.size.saturating_sub(self.position).min(limit as u64);
        let mut buffer = vec![0; left as usize];
        self.fill(&mut buffer)?;
        Ok(buffer)
    }

    /// Goes forward without reading; past the end is [`Fault::Truncated`].
    pub(super) fn skip(&mut self, count: u64) -> Result<(), Stop> {
        self.seek(self.position.saturating_add(count))
    }

    /// Goes to a place counted from the beginning.
    pub(super) fn seek(&mut self, target: u64) -> Result<(), Stop> {
        if target > self.size {
            return Err(Fault::Truncated { format: self.format }.into());
        }
        // Relative, because that keeps what the buffer already holds.
        let step = i64::try_from(target).unwrap_or(i64::MAX) - i64::try_from(self.position).unwrap_or(i64::MAX);
        self.inner.seek_relative(step).map_err(Stop::Io)?;
        self.position = target;
        Ok(())
    }

    /// Whether `needle` stands at or after `from`. Looks near the end first, where the mark of a whole file is; the rest
    /// is read only when it isn't there.
    pub(super) fn ends_with_mark(&mut self, needle: &[u8], from: u64) -> Result<bool, Stop> {
        const WINDOW: u64 = 4 * 1024;
        const PIECE: u64 = 1024 * 1024;
        let mut end = self.size;
        let mut window = WINDOW;
        while end > from {
            let start = end.saturating_sub(window).max(from);
            self.seek(start)?;
            let piece = self.up_to((end - start) as usize)?;
            if piece.windows(needle.len()).any(|bytes| bytes == needle) {
                return Ok(true);
            }
            if start == from {
                break;
            }
            // A mark may lie across two pieces.
            end = (start + needle.len() as u64 - 1).min(end - 1);
            window = PIECE;
        }
        Ok(false)
    }
}

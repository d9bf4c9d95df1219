//! The bits of a JPEG's compressed data, and the Huffman codes in them.

/// Codes up to this length are found by one look into a table.
const QUICK_BITS: u32 = 9;

/// Why the bits cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// A marker, or the end of the file, before the picture is complete.
    Ended,
    /// Bits that mean nothing.
    Senseless,
}

/// A Huffman code.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// By the next [`QUICK_BITS`] bits: length and symbol; length 0 for what is longer.
    quick: Vec<(u8, u8)>,
    /// By length: the first code that is too large, and what leads from a code to its symbol.
    ends: [u32; 17],
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Code {
    /// The code with so many symbols of each length from 1 to 16; `None` where there can be none.
    pub(super) fn new(counts: [u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut code =
            Self { quick: vec![(0, 0); 1 << QUICK_BITS], ends: [0; 17], offsets: [0; 17], symbols: symbols.to_vec() };
        let (mut next, mut used) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            code.offsets[length as usize] = i32::try_from(used).ok()? - next.cast_signed();
            for _ in 0..count {
                let symbol = *symbols.get(used)?;
                if length <= QUICK_BITS {
                    let first = (next << (QUICK_BITS - length)) as usize;
                    code.quick.get_mut(first..first + (1 << (QUICK_BITS - length)))?.fill((length as u8, symbol));
                }
                next += 1;
                used += 1;
            }
            if next > 1 << length {
                return None;
            }
            code.ends[length as usize] = next;
            next <<= 1;
        }
        Some(code)
    }
}

/// Reads the bits between two markers.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not in the buffer.
    at: usize,
    /// The next bits, from the top.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, count: 0 }
    }

    fn refill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            if byte != 0xFF {
                self.at += 1;
            } else if self.bytes.get(self.at + 1) == Some(&0) {
                self.at += 2;
            } else {
                return;
            }
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next bits as a number, at most 16 of them.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Broken> {
        if count == 0 {
            return Ok(0);
        }
        if self.count < count {
            self.refill();
            if self.count < count {
                return Err(Broken::Ended);
            }
        }
        let taken = (self.buffer >> (64 - count)) as u32;
        self.buffer <<= count;
        self.count -= count;
        Ok(taken)
    }

    /// Passes over bits, however many.
    pub(super) fn pass(&mut self, mut count: u32) -> Result<(), Broken> {
        while count > 16 {
            self.take(16)?;
            count -= 16;
        }
        self.take(count).map(|_| ())
    }

    /// The next symbol of a code.
    pub(super) fn symbol(&mut self, code: &Code) -> Result<u8, Broken> {
        if self.count < 16 {
            self.refill();
        }
        let (length, symbol) = code.quick[(self.buffer >> (64 - QUICK_BITS)) as usize];
        if length > 0 {
            return self.take(u32::from(length)).map(|_| symbol);
        }
        for length in QUICK_BITS + 1..=16 {
            let value = (self.buffer >> (64 - length)) as u32;
            if value < code.ends[length as usize] {
                self.take(length)?;
                let at = usize::try_from(value.cast_signed() + code.offsets[length as usize]).ok();
                return at.and_then(|at| code.symbols.get(at)).copied().ok_or(Broken::Senseless);
            }
        }
        // Filled up with zeros, these bits need not be the file's.
        Err(if self.count < 16 { Broken::Ended } else { Broken::Senseless })
    }

    /// A number of so many bits as the difference that it stands for.
    pub(super) fn difference(&mut self, size: u32) -> Result<i32, Broken> {
        let value = self.take(size)?.cast_signed();
        Ok(if size > 0 && value < 1 << (size - 1) { value - (1 << size) + 1 } else { value })
    }

    /// Where the byte after the last one read stands, in the file.
    pub(super) fn position(&self) -> usize {
        let mut at = self.at;
        for _ in 0..self.count / 8 {
            let stuffed = at >= 2 && self.bytes[at - 2..at] == [0xFF, 0];
            at -= if stuffed { 2 } else { 1 };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One code of each of the lengths 1, 2, 10 and 11.
    fn code() -> Code {
        let mut counts = [0; 16];
        for length in [1, 2, 10, 11] {
            counts[length - 1] = 1;
        }
        Code::new(counts, b"abcd").unwrap()
    }

    #[test]
    fn short_and_long_codes_are_read() {
        // a = 0, b = 10, c = 1100000000, d = 11000000010
        let bytes = [0b0101_1000, 0b0000_0110, 0b0000_0010];
        let mut bits = Bits::new(&bytes, 0);
        let symbols: Vec<_> = (0..4).map(|_| bits.symbol(&code()).unwrap()).collect();
        assert_eq!(symbols, b"abcd");
        assert_eq!(bits.symbol(&code()), Err(Broken::Ended));
    }

    #[test]
    fn bits_that_are_no_code_are_senseless_and_bits_that_lack_are_the_end() {
        assert_eq!(Bits::new(&[0xFF, 0, 0xFF, 0], 0).symbol(&code()), Err(Broken::Senseless));
        assert_eq!(Bits::new(&[0xFF, 0xD9], 0).symbol(&code()), Err(Broken::Ended));
    }

    #[test]
    fn a_code_with_more_symbols_than_bits_can_say_is_none() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Code::new(counts, b"abc").is_none());
        counts[0] = 2;
        assert!(Code::new(counts, b"a").is_none(), "a symbol is missing");
        assert!(Code::new(counts, b"ab").is_some());
    }

    #[test]
    fn the_position_counts_stuffed_bytes_as_the_file_does() {
        let bytes = [0xFF, 0, 1, 0xFF, 0, 2, 0xFF, 0xD9];
        let mut bits = Bits::new(&bytes, 0);
        let at: Vec<_> = (0..4).map(|_| (bits.take(8).unwrap(), bits.position())).collect();
        assert_eq!(at, [(255, 2), (1, 3), (255, 5), (2, 6)]);
        let mut bits = Bits::new(&bytes, 0);
        bits.take(3).unwrap();
        assert_eq!(bits.position(), 2, "a byte that was begun is read");
    }

    #[test]
    fn differences_are_those_of_the_standard() {
        let mut bits = Bits::new(&[0b0100_1101], 0);
        let sizes = [1, 1, 2, 2, 2];
        let differences: Vec<_> = sizes.iter().map(|size| bits.difference(*size).unwrap()).collect();
        assert_eq!(differences, [-1, 1, -3, 3, -2]);
    }
}

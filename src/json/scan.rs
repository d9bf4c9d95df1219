//! Where a text of JSON ends: the first quote, backslash or control character, many bytes at a time.

/// Bytes that are looked at together.
const STRIDE: usize = 64;

/// Whether any byte is such a one. Written without an early end inside a stride, so that it becomes vector instructions.
fn has_any(bytes: &[u8], is_such: impl Fn(u8) -> bool + Copy) -> bool {
    bytes.chunks(STRIDE).any(|part| part.iter().fold(false, |found, byte| found | is_such(*byte)))
}

/// Eight bytes that are looked at together.
const WORD: usize = 8;

/// Has a bit at the first quote, backslash or control character of eight bytes, and perhaps at bytes after it; 0 where there
/// is none.
pub(super) fn stops_in(word: [u8; WORD]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let word = u64::from_le_bytes(word);
    // The top bit of each byte below a limit, and perhaps of some after the first such.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & TOPS;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, 0x20) | is(b'"') | is(b'\\')
}

/// The first quote, backslash or control character. Keys are short, and long texts are most of a file: each is looked for in
/// its own way.
pub(super) fn first_stop(bytes: &[u8]) -> Option<usize> {
    const WORDS: usize = 4;
    let (words, rest) = bytes.as_chunks::<WORD>();
    for (n, word) in words.iter().take(WORDS).enumerate() {
        let stops = stops_in(*word);
        if stops != 0 {
            return Some(n * WORD + stops.trailing_zeros() as usize / 8);
        }
    }
    let (seen, long) = match bytes.split_at_checked(WORDS * WORD) {
        Some((short, long)) => (short.len(), long),
        None => (bytes.len() - rest.len(), rest),
    };
    let end = memchr::memchr2(b'"', b'\\', long);
    let plain = &long[..end.unwrap_or(long.len())];
    let control = if has_any(plain, |byte| byte < 0x20) { plain.iter().position(|byte| *byte < 0x20) } else { None };
    control.or(end).map(|stop| seen + stop)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_stop_is_the_first(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b' '), Just(b'!'), Just(0x1F), Just(0x80)], 0..40)
        ) {
            let is_stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
            prop_assert_eq!(super::first_stop(&bytes), bytes.iter().position(is_stop));
        }

        #[test]
        fn what_is_plain_has_no_stop_but_the_one_that_is_put_in(
            mut bytes in proptest::collection::vec(0x23_u8..=0x5B, 0..300),
            stop in prop_oneof![Just(b'"'), Just(b'\\'), Just(0), Just(0x1F)],
            at in any::<proptest::sample::Index>(),
        ) {
            prop_assert_eq!(super::first_stop(&bytes), None);
            prop_assert!(!super::has_any(&bytes, |byte| byte == stop));
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = stop;
                prop_assert_eq!(super::first_stop(&bytes), Some(at));
                prop_assert!(super::has_any(&bytes, |byte| byte == stop));
            }
        }
    }
}

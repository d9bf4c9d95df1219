use std::ops::Deref;

/// Most bytes of a bucket's name; an account has 12.
const MOST_BYTES: usize = 63;

/// A name of so few bytes that it stands where it is kept: a million records keep two each for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortName {
    length: u8,
    bytes: [u8; MOST_BYTES],
}

impl ShortName {
    /// The name, unless it is longer than any bucket's.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; MOST_BYTES];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Self { length: u8::try_from(name.len()).ok()?, bytes })
    }
}

impl Deref for ShortName {
    type Target = str;

    fn deref(&self) -> &str {
        // It was made of a text.
        self.bytes.get(..usize::from(self.length)).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_it_was_made_of() {
        for name in ["", "123456789012", "桶", &"b".repeat(63)] {
            assert_eq!(ShortName::new(name).as_deref(), Some(name));
        }
        assert_eq!(ShortName::new(&"b".repeat(64)), None);
    }
}

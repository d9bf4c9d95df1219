//! Texts that need no second look.

/// Texts that are remembered, a power of two. Each has one place; a later text of the same place takes it.
const PLACES: usize = 256;
/// Longer texts are not kept.
const MOST_BYTES: usize = 256;

/// Texts of which a check that looks at nothing else had nothing to say: a data set has thousands of records and some
/// hundred sellers.
#[derive(Debug, Clone)]
pub(crate) struct CleanTexts(Vec<String>);

impl Default for CleanTexts {
    fn default() -> Self {
        Self(vec![String::new(); PLACES])
    }
}

impl CleanTexts {
    /// Whether nothing was to be said of this text; of the empty one something always is.
    pub(crate) fn has(&self, text: &str) -> bool {
        !text.is_empty() && self.0.get(place_of(text)).is_some_and(|known| known == text)
    }

    /// Remembers a text of which there is nothing to say.
    pub(crate) fn add(&mut self, text: &str) {
        if let Some(known) = self.0.get_mut(place_of(text)).filter(|_| text.len() <= MOST_BYTES) {
            known.clear();
            known.push_str(text);
        }
    }
}

/// The place of a text. That others may have the same costs time and nothing else.
fn place_of(text: &str) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(ODD);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let sum = words.iter().fold(text.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let sum = rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)));
    (sum >> 32) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_was_added_and_nothing_else() {
        let mut clean = CleanTexts::default();
        assert!(!clean.has("") && !clean.has("北京科技有限公司"));
        let names: Vec<_> = (0..2 * PLACES).map(|number| format!("北京第{number}科技有限公司")).collect();
        for name in &names {
            assert!(!clean.has(name), "{name}");
            clean.add(name);
            assert!(clean.has(name), "{name}");
        }
        // Not all of them go to a few places.
        assert!(names.iter().filter(|name| clean.has(name)).count() > PLACES / 2);
        let long = "长".repeat(MOST_BYTES);
        clean.add(&long);
        assert!(!clean.has(&long));
    }
}

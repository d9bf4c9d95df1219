//! How the emulator counts tokens, which it reports with each answer.

/// Functions that count the tokens of a text and of an image.
#[derive(Debug, Clone, Copy)]
pub struct TokenCounter {
    /// Of a text.
    pub of_text: fn(&str) -> u64,
    /// Of an image of so many pixels in width and height.
    pub of_image: fn((u32, u32)) -> u64,
}

impl Default for TokenCounter {
    /// One token a character, and a thousand an image: for callers that do not use the counts.
    fn default() -> Self {
        Self { of_text: |text| text.chars().count() as u64, of_image: |_| 1_000 }
    }
}

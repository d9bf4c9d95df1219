//! How many tokens texts and photos are, as ranges.
//!
//! Nova's tokenizer is not published, `CountTokens` refuses Nova, and what a photo counts in training is not published
//! either. So nothing here is one number: a range's low end is the least that published figures and bills allow, its high
//! end the most.

mod image;
mod text;

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

pub use image::{ImageSize, LEAST_IMAGE_TOKENS, nova_1_image_tokens, nova_2_image_tokens};
pub use text::{TURN_TOKENS, text_tokens};

use crate::wording::grouped;

/// Returns about how many tokens a text is: the middle of its range.
pub(crate) fn middle_of_text(text: &str) -> u64 {
    let range = text_tokens(text);
    (range.low + range.high).div_ceil(2)
}

/// Returns what an image of so many pixels in width and height counts by the published figures.
pub(crate) fn published_image((width_px, height_px): (u32, u32)) -> u64 {
    image::published_tokens(ImageSize { width_px, height_px })
}

/// At least and at most so many tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TokenRange {
    /// At least.
    pub low: u64,
    /// At most.
    pub high: u64,
}

impl TokenRange {
    /// From `low` to `high`.
    pub const fn new(low: u64, high: u64) -> Self {
        Self { low, high }
    }
}

impl Add for TokenRange {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { low: self.low.saturating_add(other.low), high: self.high.saturating_add(other.high) }
    }
}

impl AddAssign for TokenRange {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for TokenRange {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self { low: self.low.saturating_mul(times), high: self.high.saturating_mul(times) }
    }
}

impl Sum for TokenRange {
    fn sum<I: Iterator<Item = Self>>(ranges: I) -> Self {
        ranges.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for TokenRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            return f.pad(&grouped(self.low));
        }
        f.pad(&format!("{}–{}", grouped(self.low), grouped(self.high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_add_up_end_by_end() {
        let sum: TokenRange = [TokenRange::new(1, 2), TokenRange::new(10, 20)].into_iter().sum();
        assert_eq!(sum, TokenRange::new(11, 22));
        assert_eq!(sum * 3, TokenRange::new(33, 66));
        assert_eq!((TokenRange::new(0, u64::MAX) * 2).high, u64::MAX);
    }

    #[test]
    fn a_range_is_written_with_its_thousands_apart() {
        assert_eq!(TokenRange::new(950, 1_234_567).to_string(), "950–1,234,567");
        assert_eq!(TokenRange::new(1_000, 1_000).to_string(), "1,000");
    }
}

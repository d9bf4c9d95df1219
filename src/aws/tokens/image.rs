//! Tokens of a photo.
//!
//! Nova 1's page (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>) has five examples and says
//! how a photo is rescaled before it is counted. A line through the examples gives what lies between; two counts made
//! elsewhere (<https://github.com/boto/boto3/issues/4509>) say how far it can be from the truth: 512×512 is 1,314 with the
//! prompt, as the line has it, and 1120×1120 is 2,610, a third above it.
//!
//! That is for inference. What a photo counts in training is not published, and bills say less: 300 photos in 5 epochs for
//! $2.10, 900 for $7.50, at $0.002 the thousand, are 700 and 833 tokens a sample, prompt and answer included.

use super::TokenRange;
use crate::findings::limits::MAX_IMAGE_PX;

/// Width and height of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageSize {
    /// Width.
    pub width_px: u32,
    /// Height.
    pub height_px: u32,
}

/// The longer side of each aspect ratio that Nova 1 rescales to, where the shorter one is 2.
const DOUBLED_RATIOS: [u64; 10] = [2, 3, 4, 6, 8, 10, 12, 14, 16, 18];
/// Photos are made so large that one side is above 896 px; the examples have 900.
const LEAST_LONG_SIDE_PX: u64 = 900;
/// The line through the examples: so many tokens, and one for so many pixels.
const BASE_TOKENS: u64 = 270;
const PX_PER_TOKEN: u64 = 770;

/// Least tokens of a photo by the bills: 700 a sample, less a prompt and an answer of 100.
const BILLED_TOKENS: u64 = 600;
/// The most above the line that a count was seen, in tenths: 2,610 where the line has 1,899.
const MOST_TENTHS: u64 = 14;
/// A photo whose size is not known is taken to be no larger than a phone takes it: 12 megapixels.
const UNKNOWN_SIZE: ImageSize = ImageSize { width_px: 4_032, height_px: 3_024 };

/// Tokens of any photo with Nova 2 Lite, whatever its size
/// (<https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html>): the least of all models.
pub const LEAST_IMAGE_TOKENS: u64 = 230;

/// What a photo counts at inference with Nova 1, by the line through the examples.
pub(crate) fn published_tokens(size: ImageSize) -> u64 {
    let side = |px: u32| u64::from(px.clamp(1, MAX_IMAGE_PX));
    let (short, long) = (side(size.width_px.min(size.height_px)), side(size.width_px.max(size.height_px)));
    // How far a ratio is from the photo's, on the common denominator.
    let ratio = DOUBLED_RATIOS.into_iter().min_by_key(|ratio| (ratio * short).abs_diff(2 * long)).unwrap_or(2);
    let long_px = (short * ratio / 2).max(LEAST_LONG_SIDE_PX);
    let short_px = short.max(long_px * 2 / ratio);
    BASE_TOKENS + long_px * short_px / PX_PER_TOKEN
}

/// What a photo counts in training with Nova Lite and Pro; without a size, the widest range that a photo of up to 12
/// megapixels has.
pub fn nova_1_image_tokens(size: Option<ImageSize>) -> TokenRange {
    let most = published_tokens(size.unwrap_or(UNKNOWN_SIZE)) * MOST_TENTHS / 10;
    let least = size.map_or(BILLED_TOKENS, |size| published_tokens(size) * 9 / 10);
    TokenRange { low: least.min(BILLED_TOKENS), high: most }
}

/// What a photo counts in training with Nova 2 Lite: 230 as at inference, or as much as Nova 1 counts; the page says that
/// the count a request answers with differs from the one that is billed.
pub fn nova_2_image_tokens(size: Option<ImageSize>) -> TokenRange {
    TokenRange { low: LEAST_IMAGE_TOKENS, ..nova_1_image_tokens(size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width_px: u32, height_px: u32) -> ImageSize {
        ImageSize { width_px, height_px }
    }

    #[test]
    fn the_examples_of_the_documentation_come_out_within_a_tenth_either_way_up() {
        let examples =
            [(900, 450, 800), (900, 900, 1_300), (1_400, 900, 1_800), (1_800, 900, 2_400), (1_300, 1_300, 2_600)];
        for (width, height, expected) in examples {
            let found = published_tokens(size(width, height));
            assert!(found.abs_diff(expected) * 10 <= expected, "{width}×{height}: {found}, not {expected}");
            assert_eq!(found, published_tokens(size(height, width)));
        }
        assert_eq!(published_tokens(size(800, 400)), published_tokens(size(900, 450)), "the page's worked example");
    }

    #[test]
    fn what_was_counted_and_what_was_billed_lie_in_the_range() {
        for (photo, tokens) in [(size(512, 512), 1_300), (size(1_120, 1_120), 2_610), (size(1_600, 1_200), 600)] {
            let range = nova_1_image_tokens(Some(photo));
            assert!(range.low <= tokens && tokens <= range.high, "{photo:?}: {tokens} is not in {range}");
        }
        assert_eq!(nova_2_image_tokens(Some(size(1_600, 1_200))).low, 230);
    }

    #[test]
    fn no_size_makes_an_empty_range_and_an_unknown_one_is_the_widest_of_a_phones() {
        let unknown = nova_1_image_tokens(None);
        for photo in [size(1, 1), size(25, 8_000), size(0, 0), size(4_032, 3_024), size(1_000, 9_999)] {
            let range = nova_1_image_tokens(Some(photo));
            assert!(0 < range.low && range.low < range.high, "{photo:?}: {range}");
            assert!(range.low <= unknown.low);
        }
        assert_eq!(unknown.high, nova_1_image_tokens(Some(size(4_032, 3_024))).high);
        assert!(nova_1_image_tokens(Some(size(u32::MAX, u32::MAX))).high < 200_000);
    }
}

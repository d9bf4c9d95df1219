//! Tokens of a text, by classes of characters.
//!
//! | class | tokens a character | where the two ends come from |
//! |---|---|---|
//! | letters of ASCII and white space | 1/6 – 1/2 | \[1\] allows 6 characters a token; \[2\] 2.2 for logs and minified code, 4.2 for English verse |
//! | digits | 1/3 – 1 | public tokenizers take a digit a token (Qwen 2.5) up to three (Llama 3) |
//! | other ASCII | 1/4 – 1 | runs of signs merge in code (\[2\]: 1.6 characters a token for SQL, signs and names together) |
//! | characters of two bytes | 1/4 – 1 | \[2\] 2.1 characters a token for Russian; half and twice of that |
//! | characters of three bytes, Chinese among them | 0.6 – 2.2 | \[3\] 0.6 tokens a character in a vocabulary made for Chinese; \[2\] 2.1 for Chinese, 1.5 for Japanese, 1.0 for Korean, 0.8 for Thai |
//! | characters of four bytes | 1 – 4 | a token of its own, or one a byte |
//!
//! \[1\] AWS, "Character quota per sample: token quota x 6", for other models that are tuned on Bedrock:
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-training-validation-requirements.html>.
//! \[2\] Counts of Nova Lite for texts of many kinds, 2025: <https://heuristicandrew.blogspot.com/2025>. Its one English
//! news article (1.1 characters a token, by two tokenizers alike) is no plain text and is not used.
//! \[3\] <https://jina.ai/news/a-deep-dive-into-tokenization/>.

use super::TokenRange;

/// Tokens of what stands around each turn: not published; public chat templates have three to five, and none is billed
/// where the count is of the text alone.
pub const TURN_TOKENS: TokenRange = TokenRange::new(0, 8);

/// Weights are counted in so many parts of a token.
const PARTS: u64 = 120;

/// The low weight of a byte in the lower half, the high one in the upper half: one addition sums both.
static WEIGHTS: [u64; 256] = weights();

/// Bytes summed before the halves could overflow into each other: 2²⁰ · 480 < 2³².
const CHUNK: usize = 1 << 20;

const fn weights() -> [u64; 256] {
    let mut weights = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (low, high): (u64, u64) = match byte as u8 {
            b'0'..=b'9' => (PARTS / 3, PARTS),
            b'A'..=b'Z' | b'a'..=b'z' | b' ' | b'\t' | b'\n' | b'\r' => (PARTS / 6, PARTS / 2),
            // Other ASCII, and characters of two bytes.
            0..=0x7F | 0xC0..=0xDF => (PARTS / 4, PARTS),
            // A character counts at its first byte; those that follow are nothing.
            0x80..=0xBF => (0, 0),
            0xE0..=0xEF => (PARTS * 6 / 10, PARTS * 22 / 10),
            0xF0..=0xFF => (PARTS, PARTS * 4),
        };
        weights[byte] = low | (high << 32);
        byte += 1;
    }
    weights
}

/// The tokens of a text: one pass over its bytes, nothing allocated. A text that is not empty has at least one.
pub fn text_tokens(text: &str) -> TokenRange {
    if text.is_empty() {
        return TokenRange::default();
    }
    let (mut low, mut high) = (0, 0);
    for chunk in text.as_bytes().chunks(CHUNK) {
        let sum = chunk.iter().fold(0, |sum, byte| sum + WEIGHTS[usize::from(*byte)]);
        low += sum & u64::from(u32::MAX);
        high += sum >> 32;
    }
    TokenRange { low: (low / PARTS).max(1), high: high.div_ceil(PARTS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Characters and tokens as Nova Lite counted them, for a text of such characters.
    #[test]
    fn what_nova_counted_lies_in_the_range() {
        let cases = [
            ("Once upon a midnight dreary while I pondered weak and weary ", 6_838, 1_628),
            ("def read(path) -> str: return open(path).read() ", 14_914, 4_331),
            ("function(a,b){return a+b}", 20_856, 9_294),
            ("日本語の百科事典の記事", 1_793, 2_754),
            ("维基百科的一篇中文条目", 2_715, 5_717),
            ("буря мглою небо кроет ", 591, 277),
            ("สารานุกรมไทย", 7_645, 6_223),
            ("한국어정책문서", 6_945, 6_775),
        ];
        for (sample, characters, tokens) in cases {
            let text: String = sample.chars().cycle().take(characters).collect();
            let range = text_tokens(&text);
            assert!(range.low <= tokens && tokens <= range.high, "{sample}: {tokens} is not in {range}");
        }
    }

    #[test]
    fn each_class_has_its_bounds() {
        let of = |text: &str| (text_tokens(text).low, text_tokens(text).high);
        assert_eq!(of(""), (0, 0));
        assert_eq!(of("a"), (1, 1));
        assert_eq!(of(&"word ".repeat(12)), (10, 30));
        assert_eq!(of("123456"), (2, 6));
        assert_eq!(of("{[(<>)]}"), (2, 8));
        assert_eq!(of("北京科技有限公司甲乙"), (6, 22));
        assert_eq!(of("🧾🧾"), (2, 8));
    }

    #[test]
    fn a_text_longer_than_a_chunk_counts_as_its_parts_do() {
        let text = "🧾".repeat(CHUNK);
        assert_eq!(text_tokens(&text), TokenRange::new(CHUNK as u64, 4 * CHUNK as u64));
    }

    proptest! {
        #[test]
        fn no_text_has_more_tokens_than_bytes(text in ".{0,200}") {
            prop_assert!(text_tokens(&text).high <= text.len() as u64);
        }

        #[test]
        fn the_ends_are_in_order_and_two_texts_together_are_no_more_than_apart(a in ".{0,80}", b in ".{0,80}") {
            let (one, two) = (text_tokens(&a), text_tokens(&b));
            let both = text_tokens(&(a + &b));
            prop_assert!(both.low <= both.high);
            prop_assert!(both.high <= one.high + two.high);
            prop_assert!(both.low >= one.low.max(two.low));
        }
    }
}

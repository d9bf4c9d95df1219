//! What a ranker sees of a page: its candidates, each as a few numbers.
//!
//! Nothing here knows which candidate the seller is: the numbers say where a line stands on the page and beside which
//! words of the form, and what it looks like. The order and the scores that [`seller_candidates`] gives are not among them.

use super::layout::{Layout, Place, Word};
use foundation::exact::exact_form;
use invoice_ocr::invoice::seller_candidates;
use invoice_ocr::reader::Page;

/// Steps of a share of the page's width or height.
const STEPS: usize = 5;
/// Where a candidate can stand by the nearest of a word: far above, the row above, beside, the row below, far below, no word.
const ROWS: usize = 6;
/// How well a line was read, and whether it is printed in the rows of the form at all: a seal is not.
const PRINTS: usize = 5;
/// What a text can look like.
const LOOKS: usize = 13;
/// Character pairs, hashed.
const PAIRS: usize = 256;

const FIRST: usize = 0;
const ORDER: usize = FIRST + 1;
const PRINT: usize = ORDER + 2;
const ACROSS: usize = PRINT + PRINTS;
const DOWN: usize = ACROSS + STEPS;
const BESIDE: usize = DOWN + STEPS;
const LOOK: usize = BESIDE + ROWS * Word::ALL.len();
const PAIR: usize = LOOK + LOOKS;
/// How many features there are.
pub(super) const COUNT: usize = PAIR + PAIRS;
/// The feature of the first organisation on the page: what the untuned model goes by.
pub(super) const FIRST_ORGANISATION: usize = FIRST;

/// All character pairs of a candidate together weigh so much: memory for names must not outweigh the places.
const WEIGHT_OF_PAIRS: f32 = 0.5;

/// A candidate: its text, and the features that are not 0, in the order of their numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// As printed.
    pub(super) text: String,
    pub(super) features: Features,
}

/// Features that are not 0: number and value.
pub(super) type Features = Vec<(u16, f32)>;

/// The candidates of a page, in reading order.
pub(super) fn look(page: &Page) -> Vec<Seen> {
    let layout = Layout::of(page);
    let mut candidates: Vec<_> = seller_candidates(page)
        .into_iter()
        .filter_map(|candidate| Some((candidate.line, layout.place(&candidate.quad)?, candidate)))
        .collect();
    candidates.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.2.text.cmp(&b.2.text)));
    let first = candidates.iter().position(|(.., candidate)| is_organisation(&candidate.text));
    let count = candidates.len();
    candidates
        .into_iter()
        .enumerate()
        .map(|(at, (_, place, candidate))| {
            let mut features = Builder::default();
            features.add(FIRST, f32::from(first == Some(at)));
            features.add(ORDER, f32::from(at == 0));
            features.add(ORDER + 1, f32::from(at + 1 == count));
            features.print(&layout, place, candidate.confidence);
            features.place(&layout, place);
            features.look(&candidate.text);
            features.pairs(&candidate.text);
            Seen { text: candidate.text, features: features.into_sorted() }
        })
        .collect()
}

/// Whether a text ends as organisations' names do, and names no bank.
fn is_organisation(text: &str) -> bool {
    ends_like_one(text) && !names_bank(text)
}

fn ends_like_one(text: &str) -> bool {
    const ENDINGS: [&str; 16] =
        ["公司", "院", "所", "学", "校", "会", "中心", "局", "店", "厂", "社", "部", "站", "馆", "集团", "处"];
    ENDINGS.iter().any(|ending| text.ends_with(ending))
}

fn names_bank(text: &str) -> bool {
    text.contains("银行") || text.contains("支行")
}

#[derive(Debug, Default)]
struct Builder(Vec<(usize, f32)>);

impl Builder {
    fn add(&mut self, feature: usize, value: f32) {
        if value != 0.0 && value.is_finite() {
            self.0.push((feature, value));
        }
    }

    /// By number; what several pairs share is summed up.
    fn into_sorted(mut self) -> Features {
        self.0.sort_by_key(|(feature, _)| *feature);
        let mut sorted = Features::with_capacity(self.0.len());
        for (feature, value) in self.0 {
            let feature = feature as u16;
            match sorted.last_mut() {
                Some((last, sum)) if *last == feature => *sum += value,
                _ => sorted.push((feature, value)),
            }
        }
        sorted
    }

    /// How it is printed, and how well that was read.
    fn print(&mut self, layout: &Layout, place: Place, confidence: f32) {
        let prints = [
            confidence < 0.8,
            (0.8..0.95).contains(&confidence),
            confidence >= 0.95,
            place.skew.abs() > 0.055,
            layout.height(place) > 1.4,
        ];
        for (print, is_so) in prints.into_iter().enumerate() {
            self.add(PRINT + print, f32::from(is_so));
        }
    }

    /// Where it stands: on the page, and by the words of the form.
    fn place(&mut self, layout: &Layout, place: Place) {
        for (start, share) in [ACROSS, DOWN].into_iter().zip(layout.share(place)) {
            let at = share * (STEPS - 1) as f32;
            for step in 0..STEPS {
                self.add(start + step, (1.0 - (at - step as f32).abs()).max(0.0));
            }
        }
        for (word, start) in Word::ALL.into_iter().zip((BESIDE..).step_by(ROWS)) {
            let row = match layout.below(place, word) {
                None => 5,
                Some(rows) if rows < -1.9 => 0,
                Some(rows) if rows < -0.6 => 1,
                Some(rows) if rows <= 0.6 => 2,
                Some(rows) if rows <= 1.9 => 3,
                Some(_) => 4,
            };
            self.add(start + row, 1.0);
        }
    }

    fn look(&mut self, text: &str) {
        let length = text.chars().count();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let size = match length {
            0..=5 => 0,
            6..=8 => 1,
            9..=12 => 2,
            13..=17 => 3,
            _ => 4,
        };
        self.add(LOOK + size, 1.0);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let looks = [
            text.ends_with("公司"),
            ends_like_one(text) && !text.ends_with("公司"),
            names_bank(text),
            has(&["印刷", "印务"]),
            text.contains('（'),
            has(&["路", "街", "号", "室", "楼"]) && digits > 0,
            has(&["样张", "发票", "专用章"]),
        ];
        for (look, is_so) in looks.into_iter().enumerate() {
            self.add(LOOK + 5 + look, f32::from(is_so));
        }
        self.add(LOOK + 12, digits as f32 / length.max(1) as f32);
    }

    fn pairs(&mut self, text: &str) {
        let chars: Vec<char> = ['^'].into_iter().chain(exact_form(text).chars()).chain(['$']).collect();
        let value = WEIGHT_OF_PAIRS / (chars.len() as f32).sqrt();
        for pair in chars.windows(2) {
            let hash = hash(pair);
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            self.add(PAIR + (hash % PAIRS as u64) as usize, sign * value);
        }
    }
}

/// FNV-1a, with its bits mixed: the same on every machine.
fn hash(chars: &[char]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in chars.iter().flat_map(|char| u32::from(*char).to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests;

//! What it costs to write a label, in nats: copied from a candidate, or character by character.
//!
//! The ranker chooses where to copy from; the text must still be written. A character that is copied right costs little, as
//! little as the model trusts its copying. One that is not there has to be written freely: it is drawn from the characters of
//! the page or from the whole script. No training makes that cheaper, so a label that is not on the photo keeps its price,
//! and shows as a loss that does not fall.

use std::collections::BTreeMap;

use foundation::exact::exact_form;
use invoice_ocr::reader::Page;

/// The characters of the script: the unified ideographs.
const SCRIPT: f64 = 20_992.0;
/// How often a free character is drawn from the page.
const FROM_PAGE: f64 = 0.5;

/// The characters of a page, counted.
#[derive(Debug, Default)]
pub(super) struct Hand {
    counts: BTreeMap<char, u32>,
    total: u32,
}

impl Hand {
    pub(super) fn of(page: &Page) -> Self {
        let mut hand = Self::default();
        for char in page.lines.iter().flat_map(|line| exact_form(&line.text).chars().collect::<Vec<_>>()) {
            *hand.counts.entry(char).or_default() += 1;
            hand.total += 1;
        }
        hand
    }

    /// What a character costs that is not copied.
    fn free(&self, char: char) -> f64 {
        let of_page = f64::from(self.counts.get(&char).copied().unwrap_or_default()) / f64::from(self.total.max(1));
        -(FROM_PAGE * of_page + (1.0 - FROM_PAGE) / SCRIPT).ln()
    }

    /// What a text costs that is written freely.
    pub(super) fn write(&self, text: &[char]) -> f64 {
        text.iter().map(|char| self.free(*char)).sum()
    }

    /// The cheapest way to come from a candidate to a text.
    pub(super) fn copy(&self, from: &[char], text: &[char]) -> Copying {
        let slip = |char: Option<char>| Copying { right: 0, slips: 1, free: char.map_or(0.0, |char| self.free(char)) };
        // Of the beginnings of `from` so far, to each beginning of the text.
        let mut row = vec![Copying::default()];
        for (at, char) in text.iter().enumerate() {
            row.push(row[at].and(slip(Some(*char))));
        }
        for source in from {
            let mut next = vec![row[0].and(slip(None))];
            for (at, char) in text.iter().enumerate() {
                let step = if source == char { Copying { right: 1, ..Copying::default() } } else { slip(Some(*char)) };
                let ways = [row[at].and(step), row[at + 1].and(slip(None)), next[at].and(slip(Some(*char)))];
                next.push(ways.into_iter().reduce(Copying::cheaper).unwrap_or_default());
            }
            row = next;
        }
        row.pop().unwrap_or_default()
    }
}

/// How a text is copied: so many characters right, so many slips (changed, left out, put in), and what the characters cost
/// that were written freely instead.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Copying {
    pub(super) right: u32,
    pub(super) slips: u32,
    pub(super) free: f64,
}

impl Copying {
    fn and(self, other: Self) -> Self {
        Self { right: self.right + other.right, slips: self.slips + other.slips, free: self.free + other.free }
    }

    /// Fewer slips first: they are dearer than what is written.
    fn cheaper(self, other: Self) -> Self {
        let dearer = |a: Self, b: Self| a.slips.cmp(&b.slips).then(a.free.total_cmp(&b.free)).is_gt();
        if dearer(self, other) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{invoice, line};
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn the_shares_of_all_characters_are_one() {
        let hand = Hand::of(&invoice(1).page);
        let of_page: f64 = hand.counts.keys().map(|char| (-hand.free(*char)).exp()).sum();
        let others = (SCRIPT - hand.counts.len() as f64) * (-hand.free('龘')).exp();
        assert!((of_page + others - 1.0).abs() < 1e-9, "{of_page} {others}");
        assert!(Hand::default().free('甲').is_finite(), "a page without text");
    }

    #[test]
    fn a_copy_counts_what_is_right_and_what_is_changed_left_out_and_put_in() {
        let hand = Hand::of(&Page { lines: vec![line("甲乙丙丁", 0.0, 0.0)], ..Page::default() });
        let count = |from: &str, text: &str| {
            let copying = hand.copy(&chars(from), &chars(text));
            (copying.right, copying.slips)
        };
        assert_eq!(count("甲乙丙丁", "甲乙丙丁"), (4, 0));
        assert_eq!(count("甲乙丙丁", "甲乙戊丁"), (3, 1));
        assert_eq!(count("甲乙丙丁", "甲乙丁"), (3, 1));
        assert_eq!(count("甲乙丁", "甲乙丙丁"), (3, 1));
        assert_eq!(count("", "甲乙"), (0, 2));
        assert_eq!(count("甲乙", ""), (0, 2));
        assert_eq!(count("", ""), (0, 0));
    }

    #[test]
    fn only_characters_that_are_not_copied_are_paid_for() {
        let hand = Hand::of(&Page { lines: vec![line("甲乙丙丁", 0.0, 0.0)], ..Page::default() });
        let free = hand.copy(&chars("甲乙丙丁"), &chars("甲戊丙丁")).free;
        assert!((free - hand.write(&['戊'])).abs() < 1e-12);
        assert!(hand.copy(&chars("甲乙丙丁"), &chars("甲丙丁")).free.abs() < 1e-12, "leaving out writes nothing");
        assert!(hand.write(&['甲']) < hand.write(&['戊']), "a character of the page is likelier");
    }
}

//! Where things stand on a page, in the page's own directions and measured in its lines' height.

use std::ops::RangeInclusive;

use foundation::exact::exact_form;
use invoice_ocr::reader::{Page, Quad};

/// Words that the form prints, and what it says about the lines around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// 名称.
    Name,
    /// 纳税人识别号.
    Id,
    /// 地址、电话.
    Address,
    /// 开户行及账号.
    Bank,
    /// 价税合计, above the seller.
    Total,
    /// The head of the table of goods, below the buyer.
    Goods,
    /// 收款人, 复核, 开票人, below the seller.
    Person,
    /// 密码区, right of the buyer.
    Cipher,
    /// 购买方.
    Buyer,
    /// 销售方.
    Seller,
    /// Not a word: a taxpayer id as a value.
    IdValue,
}

impl Word {
    /// All, in the order of their features.
    pub(super) const ALL: [Self; 11] = [
        Self::Name,
        Self::Id,
        Self::Address,
        Self::Bank,
        Self::Total,
        Self::Goods,
        Self::Person,
        Self::Cipher,
        Self::Buyer,
        Self::Seller,
        Self::IdValue,
    ];

    /// How many lines' heights right of the word its column of values begins.
    fn indents(self) -> RangeInclusive<f32> {
        match self {
            Self::Name | Self::Id | Self::Address | Self::Bank => -2.0..=12.0,
            Self::Buyer | Self::Seller => 0.0..=18.0,
            Self::IdValue => -6.0..=6.0,
            Self::Total | Self::Goods | Self::Person | Self::Cipher => f32::NEG_INFINITY..=f32::INFINITY,
        }
    }

    /// Whether a line, in its exact form, has the word.
    fn stands_in(self, text: &str) -> bool {
        let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match self {
            // 名 and 称 of one label are often two lines.
            Self::Name => any(&["名称"]) || text == "名" || text.starts_with("称:"),
            Self::Id => any(&["识别号", "纳税人"]),
            Self::Address => any(&["地址", "电话"]),
            Self::Bank => any(&["开户行", "及账号", "及帐号"]),
            Self::Total => any(&["价税合", "(大写"]),
            Self::Goods => any(&["货物或", "应税劳务", "规格型号"]),
            Self::Person => any(&["收款人", "复核", "开票人"]),
            Self::Cipher => any(&["密码区"]),
            Self::Buyer => any(&["购买方", "购货单位"]) && text.chars().count() <= 6,
            Self::Seller => any(&["销售方", "销货单位"]) && text.chars().count() <= 6 && !text.contains('章'),
            Self::IdValue => longest_id(text) >= 15,
        }
    }
}

/// The most capitals and figures in a row.
fn longest_id(text: &str) -> usize {
    let is_of_id = |char: char| char.is_ascii_digit() || char.is_ascii_uppercase();
    text.split(|char| !is_of_id(char)).map(str::len).max().unwrap_or(0)
}

/// A place on a page: the page's tilt is taken out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// The middle, px.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Where it begins, px.
    left: f32,
    /// Half of the height, px: long for what is written downwards.
    half: f32,
    /// How much it is turned against the page's rows, radians.
    pub(super) skew: f32,
}

/// A page as a ranker looks at it.
#[derive(Debug)]
pub(super) struct Layout {
    tilt: f32,
    /// Left, top, right and bottom of what is printed, px.
    extent: [f32; 4],
    /// The height of an ordinary line, px; at least 1.
    unit: f32,
    /// The places of each word of [`Word::ALL`].
    words: [Vec<Place>; Word::ALL.len()],
}

impl Layout {
    pub(super) fn of(page: &Page) -> Self {
        let tilt = page.tilt();
        let tilt = if tilt.is_finite() { tilt } else { 0.0 };
        let mut layout = Self { tilt, extent: [0.0; 4], unit: 1.0, words: Default::default() };
        let mut heights = Vec::new();
        let mut extent: Option<[f32; 4]> = None;
        for line in &page.lines {
            let Some(place) = layout.place(&line.quad) else { continue };
            let text = exact_form(&line.text);
            for (word, places) in Word::ALL.into_iter().zip(&mut layout.words) {
                if word.stands_in(&text) {
                    places.push(place);
                }
            }
            // What is short or written downwards is no measure.
            if text.chars().count() >= 4 && line.quad.width() > line.quad.height() {
                heights.push(2.0 * place.half);
            }
            let [left, top, right, bottom] = extent.unwrap_or([place.x, place.y, place.x, place.y]);
            extent = Some([left.min(place.x), top.min(place.y), right.max(place.x), bottom.max(place.y)]);
        }
        heights.sort_by(f32::total_cmp);
        layout.unit = heights.get(heights.len() / 2).copied().unwrap_or(1.0).max(1.0);
        layout.extent = extent.unwrap_or_default();
        layout
    }

    /// Where a line stands; `None` where that can be no place of a photo.
    pub(super) fn place(&self, quad: &Quad) -> Option<Place> {
        const FAR_PX: f32 = 1e6;
        let center = quad.center().rotated(-self.tilt);
        let half = quad.height() / 2.0;
        let left = center.x - quad.width() / 2.0;
        let is_near = [center.x, center.y, left, half].iter().all(|px| px.abs() < FAR_PX);
        is_near.then_some(Place { x: center.x, y: center.y, left, half, skew: quad.angle() - self.tilt })
    }

    /// How high a place is, in lines.
    pub(super) fn height(&self, place: Place) -> f32 {
        2.0 * place.half / self.unit
    }

    /// How far across and down what is printed a place is, 0 to 1.
    pub(super) fn share(&self, place: Place) -> [f32; 2] {
        let [left, top, right, bottom] = self.extent;
        let share = |at: f32, from: f32, to: f32| ((at - from) / (to - from).max(1.0)).clamp(0.0, 1.0);
        [share(place.x, left, right), share(place.y, top, bottom)]
    }

    /// By how many lines a place is below the nearest of a word (less than 0: above), 0 beside one that is written
    /// downwards; `None` where the word was not read.
    pub(super) fn below(&self, place: Place, word: Word) -> Option<f32> {
        let places = Word::ALL.iter().zip(&self.words).find(|(other, _)| **other == word)?.1;
        let distance = |at: &Place| {
            let rows = place.y - at.y;
            // Half a line belongs to the line itself.
            let room = (at.half - self.unit / 2.0).max(0.0);
            rows.signum() * (rows.abs() - room).max(0.0) / self.unit
        };
        let indents = word.indents();
        let is_of_column = |at: &&Place| indents.contains(&((place.left - at.left) / self.unit));
        places.iter().filter(is_of_column).map(distance).min_by(|a, b| a.abs().total_cmp(&b.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{invoice, line};
    use super::*;

    fn layout_of(lines: &[invoice_ocr::reader::TextLine]) -> Layout {
        Layout::of(&Page { width_px: 2_000, height_px: 1_200, lines: lines.to_vec(), ..Page::default() })
    }

    fn rows(layout: &Layout, at: &invoice_ocr::reader::TextLine, word: Word) -> Option<f32> {
        layout.below(layout.place(&at.quad).unwrap(), word).map(|rows| (rows * 10.0).round() / 10.0)
    }

    #[test]
    fn a_line_is_so_many_lines_below_the_nearest_word_of_its_column() {
        let lines =
            [line("名称：", 100.0, 100.0), line("名称：", 100.0, 700.0), line("价税合计（大写）", 100.0, 640.0)];
        let layout = layout_of(&lines);
        let value = line("澄川科技有限公司", 250.0, 706.0);
        assert_eq!(rows(&layout, &value, Word::Name), Some(0.2));
        assert_eq!(rows(&layout, &value, Word::Total), Some(2.2));
        assert_eq!(rows(&layout, &value, Word::Id), None);
        // On a seal, far to the right.
        assert_eq!(rows(&layout, &line("澄川科技有限公司", 1_500.0, 706.0), Word::Name), None);
    }

    #[test]
    fn what_stands_beside_a_word_that_is_written_downwards_is_in_its_row() {
        let page = invoice(1).page;
        let layout = Layout::of(&page);
        let of_seller = line("澄川科技有限公司", 440.0, 900.0);
        assert_eq!(rows(&layout, &of_seller, Word::Seller), Some(0.0));
        assert!(rows(&layout, &of_seller, Word::Buyer).unwrap() > 10.0);
    }

    #[test]
    fn what_is_printed_is_measured_by_its_own_extent() {
        let layout = layout_of(&[line("甲乙丙丁", 100.0, 100.0), line("甲乙丙丁", 1_100.0, 900.0)]);
        let share = layout.share(layout.place(&line("甲乙丙丁", 350.0, 700.0).quad).unwrap());
        assert!((share[0] - 0.25).abs() < 1e-4 && (share[1] - 0.75).abs() < 1e-4, "{share:?}");
        assert!(layout.place(&invoice_ocr::reader::Quad::rectangle(f32::NAN, 0.0, 1.0, 1.0)).is_none());
    }

    #[test]
    fn an_id_is_told_by_its_length() {
        assert!(Word::IdValue.stands_in("91110108MA01A2B3CF") && Word::IdValue.stands_in("110116699572706"));
        assert!(!Word::IdValue.stands_in("010-62653066") && !Word::IdValue.stands_in("甲乙丙"));
    }
}

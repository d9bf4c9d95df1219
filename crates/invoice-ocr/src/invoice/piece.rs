//! The pieces of a page: lines in the page's own directions, labels cut off what is glued to them.

use crate::reader::{Page, Point, Quad};

use super::label::{Label, find_label};
use super::writing::{plain, share_of};

/// A label or a value.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Plain, see [`plain`].
    pub(super) text: String,
    /// What it is the label of.
    pub(super) label: Option<Label>,
    /// The label in the same line, if it is a value behind one.
    pub(super) under: Option<Label>,
    /// Which line of the page it is of.
    pub(super) line: usize,
    pub(super) confidence: f32,
    pub(super) weakest: f32,
    /// In the page, px.
    pub(super) quad: Quad,
    /// The middle, and the four sides, px, along and across the page's rows: the tilt is taken out.
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// How much it is turned against the page's rows, radians.
    pub(super) skew: f32,
    /// Its characters stand one below the other.
    pub(super) vertical: bool,
}

impl Piece {
    /// Whether it is a value, in a row.
    pub(super) fn is_value(&self) -> bool {
        self.label.is_none() && !self.vertical
    }
}

/// The pieces of a page; lines that stand nowhere in a photo have none.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) all: Vec<Piece>,
    /// The height of an ordinary line, px; more than 0.
    pub(super) unit: f32,
    /// Clockwise, radians.
    tilt: f32,
}

impl Pieces {
    pub(super) fn of(page: &Page) -> Self {
        let tilt = page.tilt();
        let tilt = if tilt.is_finite() { tilt } else { 0.0 };
        let mut all = Vec::new();
        for (line, read) in page.lines.iter().enumerate() {
            let text = plain(&read.text);
            let length = text.chars().count();
            if length == 0 || !is_of_a_photo(&read.quad) {
                continue;
            }
            let vertical = is_vertical(&read.quad, tilt, length);
            let piece = |text: String, quad: Quad, label, under| {
                let bounds = quad.map(|corner| corner.rotated(-tilt)).bounds();
                let middle = quad.center().rotated(-tilt);
                let (width, height) = (quad.width() / 2.0, quad.height() / 2.0);
                let [left, top, right, bottom] = if vertical {
                    bounds
                } else {
                    [middle.x - width, middle.y - height, middle.x + width, middle.y + height]
                };
                let (confidence, weakest) = (read.confidence.clamp(0.0, 1.0), read.weakest.clamp(0.0, 1.0));
                let skew = quad.angle() - tilt;
                Piece {
                    text,
                    label,
                    under,
                    line,
                    confidence,
                    weakest,
                    quad,
                    left,
                    right,
                    top,
                    bottom,
                    skew,
                    vertical,
                    x: middle.x,
                    y: middle.y,
                }
            };
            match find_label(&text, vertical) {
                Some((label, end)) if end >= length || vertical => all.push(piece(text, read.quad, Some(label), None)),
                Some((label, end)) => {
                    let cut = share_of(&text, end);
                    let part = |from: usize, count: usize| text.chars().skip(from).take(count).collect();
                    all.push(piece(part(0, end), slice(&read.quad, 0.0, cut), Some(label), None));
                    all.push(piece(part(end, length - end), slice(&read.quad, cut, 1.0), None, Some(label)));
                }
                None => all.push(piece(text, read.quad, None, None)),
            }
        }
        let unit = unit(&all);
        Self { all, unit, tilt }
    }

    /// The pieces that are one of these labels.
    pub(super) fn labels<'a>(&'a self, labels: &'a [Label]) -> impl Iterator<Item = &'a Piece> {
        self.all.iter().filter(|piece| piece.label.is_some_and(|label| labels.contains(&label)))
    }

    /// The values that stand in rows.
    pub(super) fn values(&self) -> impl Iterator<Item = &Piece> {
        self.all.iter().filter(|piece| piece.is_value())
    }

    /// The quadrilateral, in the page, around some pieces.
    pub(super) fn around(&self, pieces: &[&Piece]) -> Quad {
        if let [one] = pieces {
            return one.quad;
        }
        let corners: Vec<Point> =
            pieces.iter().flat_map(|piece| piece.quad.0).map(|corner| corner.rotated(-self.tilt)).collect();
        let side =
            |of: fn(&Point) -> f32, fold: fn(f32, f32) -> f32| corners.iter().map(of).reduce(fold).unwrap_or_default();
        let (left, right) = (side(|corner| corner.x, f32::min), side(|corner| corner.x, f32::max));
        let (top, bottom) = (side(|corner| corner.y, f32::min), side(|corner| corner.y, f32::max));
        Quad::rectangle(left, top, right, bottom).map(|corner| corner.rotated(self.tilt))
    }
}

/// Whether a place can be one of a photo: sums and products of its coordinates stay numbers.
fn is_of_a_photo(quad: &Quad) -> bool {
    const FAR_PX: f32 = 1e6;
    quad.0.iter().all(|corner| corner.x.abs() < FAR_PX && corner.y.abs() < FAR_PX)
}

/// Whether the characters of a line stand one below the other: it is higher than wide, or its rows run down the page.
fn is_vertical(quad: &Quad, tilt: f32, length: usize) -> bool {
    let (width, height) = (quad.width(), quad.height());
    let steep = (quad.angle() - tilt).sin().abs() > 0.8;
    length >= 2 && if steep { width > height * 1.5 } else { height > width * 1.5 }
}

/// The part of a line between two shares of its length.
fn slice(quad: &Quad, from: f32, to: f32) -> Quad {
    let [top_left, top_right, bottom_right, bottom_left] = quad.0;
    let between = |a: Point, b: Point, share: f32| Point::new(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share);
    Quad([
        between(top_left, top_right, from),
        between(top_left, top_right, to),
        between(bottom_left, bottom_right, to),
        between(bottom_left, bottom_right, from),
    ])
}

/// The median height of what stands in rows.
fn unit(pieces: &[Piece]) -> f32 {
    let heights = |least: usize| {
        let mut heights: Vec<f32> = pieces
            .iter()
            .filter(|piece| !piece.vertical && piece.text.chars().count() >= least)
            .map(|piece| piece.bottom - piece.top)
            .collect();
        heights.sort_by(f32::total_cmp);
        heights.get(heights.len() / 2).copied()
    };
    let unit = heights(4).or_else(|| heights(1)).unwrap_or(1.0);
    if unit.is_finite() { unit.max(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{line, page};
    use super::*;

    #[test]
    fn a_label_is_cut_off_its_value_and_each_gets_its_part_of_the_line() {
        let pieces = Pieces::of(&page(&[line("称：澄川科技有限公司", 100.0, 50.0), line("销售方", 10.0, 50.0)]));
        let [label, value, side] = &pieces.all[..] else { panic!("{pieces:?}") };
        assert_eq!((label.text.as_str(), label.label), ("称:", Some(Label::Name)));
        assert_eq!((value.text.as_str(), value.under), ("澄川科技有限公司", Some(Label::Name)));
        assert!((value.left - label.right).abs() < 0.1 && value.left > 130.0 && value.left < 150.0);
        assert_eq!(side.label, Some(Label::Stamp));
    }

    #[test]
    fn a_tilted_page_has_its_rows_level() {
        let mut tilted = page(&[line("澄川科技有限公司", 100.0, 50.0), line("澄川科技有限公司", 900.0, 50.0)]);
        for line in &mut tilted.lines {
            line.quad = line.quad.map(|corner| corner.rotated(0.08));
        }
        let pieces = Pieces::of(&tilted);
        assert!((pieces.all[0].y - pieces.all[1].y).abs() < 0.01);
        let around = pieces.around(&[&pieces.all[0], &pieces.all[1]]);
        assert!((around.angle() - 0.08).abs() < 1e-3 && around.width() > 900.0);
    }

    #[test]
    fn what_is_higher_than_wide_is_vertical_however_its_corners_are_counted() {
        let down = Quad::rectangle(0.0, 0.0, 20.0, 60.0);
        let [a, b, c, d] = down.0;
        assert!(is_vertical(&down, 0.0, 3) && is_vertical(&Quad([b, c, d, a]), 0.0, 3));
        assert!(!is_vertical(&Quad::rectangle(0.0, 0.0, 60.0, 20.0), 0.0, 3) && !is_vertical(&down, 0.0, 1));
    }
}

//! Lines of text in the order in which they are read, and the page that they stand on.

use serde::{Deserialize, Serialize};

use super::geometry::{Point, Quad};
use super::turn::QuarterTurn;

/// A line of text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// What it says.
    pub text: String,
    /// The mean of the characters' probabilities, 0 to 1.
    pub confidence: f32,
    /// The least probability of a character, 0 to 1.
    pub weakest: f32,
    /// Where it stands, px of the page.
    pub quad: Quad,
}

/// What was read of a photo.
///
/// All places are px of the photo as it is decoded upright by EXIF and then turned by `turn`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Page {
    /// Width after the turn, px.
    pub width_px: u32,
    /// Height after the turn, px.
    pub height_px: u32,
    /// By how much the decoded photo is turned to be read.
    pub turn: QuarterTurn,
    /// The lines, row by row from the top, in a row from the left.
    pub lines: Vec<TextLine>,
}

impl Page {
    /// By how much the page is tilted in the photo, radians, clockwise as seen: the median of its longer lines; 0 without any.
    pub fn tilt(&self) -> f32 {
        tilt(self.lines.iter().map(|line| line.quad))
    }
}

/// The median angle of the lines that are long enough to have one.
pub(super) fn tilt(quads: impl Iterator<Item = Quad>) -> f32 {
    /// So many times as long as high: shorter boxes have no reliable direction.
    const LONG: f32 = 3.0;
    let mut angles: Vec<f32> =
        quads.filter(|quad| quad.width() >= LONG * quad.height()).map(|quad| quad.angle()).collect();
    angles.sort_by(f32::total_cmp);
    angles.get(angles.len() / 2).copied().unwrap_or_default()
}

/// Brings lines into reading order: rows by their middle, as the page is tilted, then from left to right.
pub fn sort_for_reading(lines: &mut Vec<TextLine>) {
    let tilt = tilt(lines.iter().map(|line| line.quad));
    let place = |line: &TextLine| line.quad.center().rotated(-tilt);
    lines.sort_by(|a, b| place(a).y.total_cmp(&place(b).y));
    let mut rows: Vec<Vec<TextLine>> = Vec::new();
    for line in lines.drain(..) {
        let at: Point = place(&line);
        match rows.last_mut() {
            // A row goes on as long as its first line's middle is within half a line.
            Some(row)
                if row
                    .first()
                    .is_some_and(|first| at.y - place(first).y < first.quad.height().min(line.quad.height()) * 0.5) =>
            {
                row.push(line);
            }
            _ => rows.push(vec![line]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| place(a).x.total_cmp(&place(b).x));
    }
    lines.extend(rows.into_iter().flatten());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, left: f32, top: f32, tilt: f32) -> TextLine {
        let quad = Quad::rectangle(left, top, left + 100.0, top + 20.0).map(|corner| corner.rotated(tilt));
        TextLine { text: text.to_owned(), confidence: 1.0, weakest: 1.0, quad }
    }

    #[test]
    fn rows_come_from_the_top_and_lines_of_a_row_from_the_left_however_the_page_is_tilted() {
        for tilt in [-0.09, 0.0, 0.09] {
            let mut lines = vec![
                line("d", 600.0, 42.0, tilt),
                line("c", 0.0, 40.0, tilt),
                line("b", 700.0, 0.0, tilt),
                line("a", 0.0, 3.0, tilt),
            ];
            sort_for_reading(&mut lines);
            assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<String>(), "abcd", "{tilt}");
            let page = Page { lines, ..Page::default() };
            assert!((page.tilt() - tilt).abs() < 1e-4);
        }
        assert!(Page::default().tilt().abs() < f32::EPSILON);
    }
}

//! What a plot shows: lines, points, bars and marks over two axes of numbers.

use plotters::style::RGBColor;

use super::palette::{BLUE, INK, ORANGE, SKY, VERMILLION};
use super::ticks::AxisNumbers;
use super::{Chart, Kind};

const WIDTH_PX: u32 = 760;
const HEIGHT_PX: u32 = 430;

/// A plot, before it is laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What it shows, in a few words.
    pub title: String,
    /// Smaller lines below the title: the figures, and what is left out.
    pub captions: Vec<String>,
    /// What the horizontal axis counts.
    pub x_axis: String,
    /// What the vertical axis counts.
    pub y_axis: String,
    /// What the numbers of the horizontal axis are.
    pub x_numbers: AxisNumbers,
    /// What the numbers of the vertical axis are.
    pub y_numbers: AxisNumbers,
    /// What is drawn, the first at the bottom.
    pub layers: Vec<Layer>,
    /// Places on the horizontal axis with a name, in their order.
    pub marks: Vec<Mark>,
}

/// One kind of thing that is drawn; its name stands in the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The name; without one the layer has no place in the legend.
    pub name: String,
    /// The colour.
    pub hue: Hue,
    /// What is drawn.
    pub shape: Shape,
}

/// The colours of layers, to be told apart without red and green; on a dark ground each has a brighter one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// For what the plot is about.
    Blue,
    /// The same, behind it.
    Sky,
    /// For what it is compared with.
    Vermillion,
    /// For what stands out.
    Orange,
    /// As text.
    Ink,
}

/// A point; not a number where there is a gap.
pub type Point = (f64, f64);

/// What a layer draws.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line through points. It is broken where a point is no number; a point between two breaks is a dot.
    Line {
        /// The points, from left to right.
        points: Vec<Point>,
        /// How wide the line is.
        stroke: Stroke,
        /// What stands at the points.
        marker: Marker,
    },
    /// Bars that stand on zero.
    Bars(Vec<Bar>),
    /// Upright lines from a low to a high number, with a stroke across each end.
    Ranges(Vec<(f64, f64, f64)>),
    /// Crosses at the upper edge, where a value cannot be drawn.
    Crosses(Vec<f64>),
}

/// How wide a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// For many points.
    Thin,
    /// For the line that matters.
    Bold,
}

/// What stands at a point of a line, so that lines differ by more than their colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Nothing.
    None,
    /// A disc.
    Disc,
    /// A square.
    Square,
}

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its left edge.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// Where it ends.
    pub height: f64,
}

/// A place on the horizontal axis with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// The name, written to the right of the line; left out where there is no room.
    pub label: String,
}

impl Hue {
    pub(super) fn color(self) -> RGBColor {
        match self {
            Self::Blue => BLUE,
            Self::Sky => SKY,
            Self::Vermillion => VERMILLION,
            Self::Orange => ORANGE,
            Self::Ink => INK,
        }
    }
}

impl Plot {
    /// The plot as a chart.
    pub fn into_chart(self) -> Chart {
        Chart { title: self.title.clone(), width_px: WIDTH_PX, height_px: HEIGHT_PX, kind: Kind::Plot(Box::new(self)) }
    }

    /// The horizontal ends of all that is drawn.
    pub(super) fn xs(&self) -> impl Iterator<Item = f64> {
        let layers = self.layers.iter().flat_map(|layer| match &layer.shape {
            Shape::Line { points, .. } => points.iter().map(|(x, _)| *x).collect(),
            Shape::Bars(bars) => bars.iter().flat_map(|bar| [bar.left, bar.right]).collect(),
            Shape::Ranges(ranges) => ranges.iter().map(|(x, _, _)| *x).collect(),
            Shape::Crosses(xs) => xs.clone(),
        });
        layers.chain(self.marks.iter().map(|mark| mark.x))
    }

    /// The vertical ends; zero is always one of them, since a loss is read by its height.
    pub(super) fn ys(&self) -> impl Iterator<Item = f64> {
        let layers = self.layers.iter().flat_map(|layer| match &layer.shape {
            Shape::Line { points, .. } => points.iter().map(|(_, y)| *y).collect(),
            Shape::Bars(bars) => bars.iter().map(|bar| bar.height).collect(),
            Shape::Ranges(ranges) => ranges.iter().flat_map(|(_, low, high)| [*low, *high]).collect(),
            Shape::Crosses(_) => Vec::new(),
        });
        layers.chain([0.0])
    }
}

/// The points of a long line that are to be drawn: of those that fall on one of `columns` strips the first, the lowest, the
/// highest and the last, so that no peak and no gap is lost.
pub fn thin_out(points: &[Point], columns: usize) -> Vec<Point> {
    if points.len() <= columns * 4 {
        return points.to_vec();
    }
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    let column = |x: f64| ((x - first) / (last - first).max(f64::MIN_POSITIVE) * columns as f64) as usize;
    let mut kept = Vec::with_capacity(columns * 4);
    for strip in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let finite = || (0..strip.len()).filter(|n| strip[*n].1.is_finite());
        let by_height = |a: &usize, b: &usize| strip[*a].1.total_cmp(&strip[*b].1);
        let gap = (0..strip.len()).find(|n| !strip[*n].1.is_finite());
        let ends = [Some(0), Some(strip.len() - 1)];
        let mut chosen: Vec<usize> =
            [finite().min_by(by_height), finite().max_by(by_height), gap].into_iter().chain(ends).flatten().collect();
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|n| strip[n]));
    }
    kept
}

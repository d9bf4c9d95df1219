//! Where text is: a part of a picture goes through the detection network, and its map becomes boxes.

use image::{GrayImage, Luma, RgbImage};
use imageproc::distance_transform::Norm;
use imageproc::geometry::convex_hull;
use imageproc::morphology::dilate;
use imageproc::region_labelling::{Connectivity, connected_components};

use super::crop::scaled;
use super::engine::{Engine, EngineError, Heat, Threads};
use super::geometry::{Point, Quad};

/// The network halves pictures five times.
const SIDE_STEP_PX: usize = 32;

/// How boxes are made of the map. The numbers are those that PP-OCR ships with its networks (`rapidocr` 3.10.0,
/// config.yaml, Det), but for the smallest box.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectOptions {
    /// A pixel is text from this probability on. Lower joins neighbours, higher cuts faint print.
    pub pixel_threshold: f32,
    /// A box is kept from this mean probability on. Lower takes in noise.
    pub box_threshold: f32,
    /// The network marks the core of a line; its box grows by area × this ÷ perimeter.
    pub growth: f32,
    /// A box is at least so many pixels of the map high.
    pub least_side_px: f32,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self { pixel_threshold: 0.3, box_threshold: 0.5, growth: 1.6, least_side_px: 3.0 }
    }
}

/// Finds text in an upright part of a picture, looked at `scale` times as large.
pub(super) fn detect(
    engine: &dyn Engine,
    picture: &RgbImage,
    part: [f32; 4],
    scale: f32,
    threads: Threads,
    options: &DetectOptions,
) -> Result<Vec<Quad>, EngineError> {
    let [left, top, right, bottom] = part;
    let side = |length: f32| ((length * scale / SIDE_STEP_PX as f32).round() as usize).max(1) * SIDE_STEP_PX;
    let (width, height) = (side(right - left), side(bottom - top));
    let input = scaled(picture, &Quad::rectangle(left, top, right, bottom), width, height);
    let heat = engine.detect(input, threads)?;
    let (scale_x, scale_y) = ((right - left) / width as f32, (bottom - top) / height as f32);
    let place = |at: Point| Point::new(left + at.x * scale_x, top + at.y * scale_y);
    Ok(boxes(&heat, options).into_iter().map(|quad| quad.map(place)).collect())
}

/// The boxes of a map, in its pixels.
pub(super) fn boxes(heat: &Heat, options: &DetectOptions) -> Vec<Quad> {
    // A single pixel is no line, and `connected_components` panics on it (imageproc 0.27.0: labels count from 1).
    if heat.width * heat.height < 2 {
        return Vec::new();
    }
    let (width, height) = (heat.width as u32, heat.height as u32);
    let is_text = |x: u32, y: u32| {
        let value = heat.values.get(y as usize * heat.width + x as usize).copied().unwrap_or_default();
        value > options.pixel_threshold
    };
    let mask = GrayImage::from_fn(width, height, |x, y| Luma([if is_text(x, y) { 255 } else { 0 }]));
    let mask = dilate(&mask, Norm::LInf, 1);
    let labels = connected_components(&mask, Connectivity::Eight, Luma([0]));
    let mut regions: Vec<Region> = Vec::new();
    for (x, y, label) in labels.enumerate_pixels() {
        let Some(index) = label.0[0].checked_sub(1) else { continue };
        if regions.len() <= index as usize {
            regions.resize_with(index as usize + 1, Region::default);
        }
        let value = heat.values.get(y as usize * heat.width + x as usize).copied().unwrap_or_default();
        if let Some(region) = regions.get_mut(index as usize) {
            region.add(x, y, value, value > options.pixel_threshold);
        }
    }
    regions.iter().filter_map(|region| region.to_box(options)).collect()
}

/// Connected pixels of text.
#[derive(Debug, Default)]
struct Region {
    /// The first and the last pixel of each row: all that the outline needs.
    ends: Vec<imageproc::point::Point<i32>>,
    row: Option<(u32, u32, u32)>,
    sum: f32,
    count: usize,
}

impl Region {
    fn add(&mut self, x: u32, y: u32, value: f32, counts: bool) {
        if counts {
            self.sum += value;
            self.count += 1;
        }
        match &mut self.row {
            Some((row, _, last)) if *row == y => *last = x,
            row => {
                let before = row.replace((y, x, x));
                self.ends.extend(before.into_iter().flat_map(ends));
            }
        }
    }

    fn to_box(&self, options: &DetectOptions) -> Option<Quad> {
        if self.count == 0 || self.sum / (self.count as f32) < options.box_threshold {
            return None;
        }
        let points: Vec<_> = self.ends.iter().copied().chain(self.row.into_iter().flat_map(ends)).collect();
        let hull: Vec<Point> =
            convex_hull(points).into_iter().map(|point| Point::new(point.x as f32, point.y as f32)).collect();
        // The mask was spread by a pixel on each side, of which half is taken back: PP-OCR spreads by half a pixel.
        let (center, along, width, height) = least_rectangle(&hull)?;
        let (width, height) = ((width - 1.0).max(1.0), (height - 1.0).max(1.0));
        if width.min(height) < options.least_side_px {
            return None;
        }
        let growth = width * height * options.growth / (2.0 * (width + height));
        Some(rectangle(center, along, width + 2.0 * growth, height + 2.0 * growth))
    }
}

fn ends((y, first, last): (u32, u32, u32)) -> [imageproc::point::Point<i32>; 2] {
    [first, last].map(|x| imageproc::point::Point::new(x.cast_signed(), y.cast_signed()))
}

/// The rectangle of least area around a convex outline: middle, angle, width, height. The angle is within 45° of the rows.
fn least_rectangle(hull: &[Point]) -> Option<(Point, f32, f32, f32)> {
    let quarter = std::f32::consts::FRAC_PI_2;
    let edges = hull.iter().zip(hull.iter().cycle().skip(1));
    let angles = edges.map(|(from, to)| (to.y - from.y).atan2(to.x - from.x));
    let upright = angles.map(|angle| angle - (angle / quarter).round() * quarter);
    // Without an edge (one pixel) the rows will do.
    let candidates = upright.chain([0.0]).map(|angle| {
        let turned = hull.iter().map(|corner| corner.rotated(-angle));
        let start = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        let [left, top, right, bottom] = turned.fold(start, |[left, top, right, bottom], corner| {
            [left.min(corner.x), top.min(corner.y), right.max(corner.x), bottom.max(corner.y)]
        });
        let center = Point::new(f32::midpoint(left, right) + 0.5, f32::midpoint(top, bottom) + 0.5).rotated(angle);
        (center, angle, right - left + 1.0, bottom - top + 1.0)
    });
    let area = |(_, _, width, height): &(Point, f32, f32, f32)| width * height;
    candidates.min_by(|a, b| area(a).total_cmp(&area(b))).filter(|_| !hull.is_empty())
}

fn rectangle(center: Point, angle: f32, width: f32, height: f32) -> Quad {
    let upright = Quad::rectangle(-width / 2.0, -height / 2.0, width / 2.0, height / 2.0);
    upright.map(|corner| {
        let turned = corner.rotated(angle);
        Point::new(center.x + turned.x, center.y + turned.y)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map on which the inside of the rectangles is text.
    fn heat(width: usize, height: usize, rectangles: &[Quad]) -> Heat {
        let inside = |x: usize, y: usize| {
            rectangles.iter().any(|quad| {
                let (center, angle) = (quad.center(), quad.angle());
                let at = Point::new(x as f32 + 0.5 - center.x, y as f32 + 0.5 - center.y).rotated(-angle);
                at.x.abs() <= quad.width() / 2.0 && at.y.abs() <= quad.height() / 2.0
            })
        };
        let values = (0..width * height).map(|at| if inside(at % width, at / width) { 0.9 } else { 0.05 }).collect();
        Heat { width, height, values }
    }

    fn plain() -> DetectOptions {
        DetectOptions { growth: 0.0, ..DetectOptions::default() }
    }

    #[test]
    fn a_map_of_one_pixel_or_none_has_no_box() {
        for (width, height) in [(1, 1), (0, 0), (0, 5), (1, 2), (2, 1)] {
            let heat = Heat { width, height, values: vec![1.0; width * height] };
            assert!(boxes(&heat, &plain()).is_empty(), "{width} × {height}");
        }
    }

    #[test]
    fn a_rectangle_becomes_its_box_however_it_is_tilted() {
        for tilt in [-0.3, -0.05, 0.0, 0.05, 0.3] {
            let quad = rectangle(Point::new(100.0, 60.0), tilt, 120.0, 12.0);
            let found = boxes(&heat(200, 120, &[quad]), &plain());
            assert_eq!(found.len(), 1);
            let found = found[0];
            assert!(found.center().distance(quad.center()) < 1.0, "{tilt}: {:?}", found.center());
            assert!((found.angle() - tilt).abs() < 0.02, "{tilt}: {}", found.angle());
            assert!((found.width() - 120.0).abs() < 3.0 && (found.height() - 12.0).abs() < 2.5, "{tilt}: {found:?}");
        }
    }

    #[test]
    fn boxes_grow_by_their_area_and_faint_or_tiny_ones_are_left_out() {
        let line = Quad::rectangle(20.0, 20.0, 120.0, 30.0);
        let mut map = heat(200, 100, &[line, Quad::rectangle(150.0, 50.0, 151.0, 51.0)]);
        // A pixel more on each axis by the spreading; 101 × 11 × 1.6 ÷ 224 = 7.9 on each side.
        let grown = boxes(&map, &DetectOptions::default());
        assert_eq!(grown.len(), 1, "the tiny one is left out");
        assert!((grown[0].height() - 26.9).abs() < 0.5, "{}", grown[0].height());
        map.values.iter_mut().for_each(|value| *value *= 0.45);
        assert_eq!(boxes(&map, &DetectOptions::default()), []);
    }

    #[test]
    fn an_empty_map_has_no_boxes_and_a_full_one_has_one() {
        assert_eq!(boxes(&heat(32, 32, &[]), &plain()), []);
        assert_eq!(boxes(&heat(32, 32, &[Quad::rectangle(0.0, 0.0, 32.0, 32.0)]), &plain()).len(), 1);
    }
}

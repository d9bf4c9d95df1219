//! Parts of a picture, straightened and brought to a size.

use image::RgbImage;
use imageproc::geometric_transformations::Projection;

use super::engine::{Planes, STRIP_HEIGHT_PX};
use super::geometry::{Point, Quad};

/// The strips' width is a multiple of this, so that few sizes occur.
const WIDTH_STEP_PX: usize = 32;
/// The least width of a strip: what is shorter gets gray at its end. PP-OCR fills up to 320; at 160 the short labels of an
/// invoice read the same and a page takes a third less.
const LEAST_WIDTH_PX: usize = 160;
/// Longer lines are squeezed: 80 times as long as high.
const MOST_WIDTH_PX: usize = 80 * STRIP_HEIGHT_PX;
/// Samples of a pixel in each direction, at most; more than four would not be seen.
const MOST_SAMPLES: usize = 4;

/// A line of text as the recognition network takes it: 48 px high, gray after its end.
pub(super) fn strip(picture: &RgbImage, quad: &Quad) -> Planes {
    let content = content_width(quad);
    let width = content.next_multiple_of(WIDTH_STEP_PX).max(LEAST_WIDTH_PX);
    let mut planes = Planes { width, height: STRIP_HEIGHT_PX, values: vec![0.0; 3 * width * STRIP_HEIGHT_PX] };
    fill(picture, quad, content, &mut planes);
    planes
}

/// How wide the line is when it is 48 px high.
fn content_width(quad: &Quad) -> usize {
    let ratio = quad.width() / quad.height().max(1.0);
    ((STRIP_HEIGHT_PX as f32 * ratio).ceil() as usize).clamp(8, MOST_WIDTH_PX)
}

/// Width of the strip that [`strip`] would make, px.
pub(super) fn strip_width(quad: &Quad) -> usize {
    content_width(quad).next_multiple_of(WIDTH_STEP_PX).max(LEAST_WIDTH_PX)
}

/// A part of a picture in a size, as the detection network takes it.
pub(super) fn scaled(picture: &RgbImage, part: &Quad, width: usize, height: usize) -> Planes {
    let mut planes = Planes { width, height, values: vec![0.0; 3 * width * height] };
    fill(picture, part, width, &mut planes);
    planes
}

/// Draws what is inside `quad` into the first `content` columns.
fn fill(picture: &RgbImage, quad: &Quad, content: usize, planes: &mut Planes) {
    let (width, height) = (planes.width, planes.height);
    let to = |x: usize, y: usize| (x as f32, y as f32);
    let corners = [to(0, 0), to(content, 0), to(content, height), to(0, height)];
    // A quad without area has no projection: nothing is drawn.
    let Some(projection) = Projection::from_control_points(corners, quad.0.map(|corner| (corner.x, corner.y))) else {
        return;
    };
    let samples = |length: f32, pixels: usize| ((length / pixels as f32).round() as usize).clamp(1, MOST_SAMPLES);
    let (across, down) = (samples(quad.width(), content), samples(quad.height(), height));
    let weight = 1.0 / (across * down) as f32;
    let plane = width * height;
    for y in 0..height {
        for x in 0..content {
            let mut sum = [0.0_f32; 3];
            for sample in 0..across * down {
                let right = ((sample % across) as f32 + 0.5) / across as f32;
                let low = ((sample / across) as f32 + 0.5) / down as f32;
                let (from_x, from_y) = projection * (x as f32 + right, y as f32 + low);
                let seen = between(picture, Point::new(from_x - 0.5, from_y - 0.5));
                sum.iter_mut().zip(seen).for_each(|(sum, seen)| *sum += seen);
            }
            let at = y * width + x;
            // Blue first: the networks were trained on OpenCV's order.
            for (channel, sum) in sum.iter().rev().enumerate() {
                planes.values[channel * plane + at] = sum * weight / 127.5 - 1.0;
            }
        }
    }
}

/// The color between four pixels; beyond the edge, that of the edge.
fn between(picture: &RgbImage, at: Point) -> [f32; 3] {
    let (width, height) = picture.dimensions();
    let x = at.x.clamp(0.0, width as f32 - 1.0);
    let y = at.y.clamp(0.0, height as f32 - 1.0);
    let (left, top) = (x as usize, y as usize);
    let (right, low) = ((left + 1).min(width as usize - 1), (top + 1).min(height as usize - 1));
    let (across, down) = (x - left as f32, y - top as f32);
    let raw = picture.as_raw();
    let start = |column: usize, row: usize| (row * width as usize + column) * 3;
    let corners = [start(left, top), start(right, top), start(left, low), start(right, low)];
    std::array::from_fn(|channel| {
        let [top_left, top_right, low_left, low_right] = corners.map(|start| f32::from(raw[start + channel]));
        let upper = top_left + (top_right - top_left) * across;
        let lower = low_left + (low_right - low_left) * across;
        upper + (lower - upper) * down
    })
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// Red grows to the right, green downwards.
    fn slope() -> RgbImage {
        RgbImage::from_fn(200, 100, |x, y| Rgb([x as u8, y as u8, 7]))
    }

    fn color(planes: &Planes, x: usize, y: usize) -> [f32; 3] {
        let plane = planes.width * planes.height;
        std::array::from_fn(|channel| (planes.values[channel * plane + y * planes.width + x] + 1.0) * 127.5)
    }

    #[test]
    fn a_part_in_its_own_size_is_its_pixels_with_blue_first() {
        let planes = scaled(&slope(), &Quad::rectangle(32.0, 16.0, 64.0, 48.0), 32, 32);
        for (x, y) in [(0, 0), (31, 0), (5, 31)] {
            let [blue, green, red] = color(&planes, x, y);
            assert!((blue - 7.0).abs() < 0.01 && (green - (16 + y) as f32).abs() < 0.01, "{blue} {green}");
            assert!((red - (32 + x) as f32).abs() < 0.01, "{red}");
        }
    }

    #[test]
    fn a_smaller_part_is_the_mean_of_its_pixels() {
        let planes = scaled(&slope(), &Quad::rectangle(0.0, 0.0, 128.0, 96.0), 32, 32);
        assert!((color(&planes, 0, 0)[2] - 1.5).abs() < 0.01, "the mean of 0 to 3");
        assert!((color(&planes, 0, 0)[1] - 1.0).abs() < 0.01, "the mean of 0 to 2");
    }

    #[test]
    fn a_strip_is_as_long_as_its_line_and_gray_after_it() {
        let planes = strip(&slope(), &Quad::rectangle(10.0, 10.0, 110.0, 34.0));
        assert_eq!((planes.width, planes.height), (224, 48));
        let red = color(&planes, 100, 0)[2];
        assert!((red - 60.0).abs() < 0.5, "{red}");
        assert!((color(&planes, 210, 20)[2] - 127.5).abs() < 0.01);
        assert_eq!(strip_width(&Quad::rectangle(0.0, 0.0, 400.0, 24.0)), 800);
    }

    #[test]
    fn nothing_panics_without_area_or_beyond_the_edge() {
        let picture = RgbImage::from_pixel(1, 1, Rgb([9; 3]));
        let far = strip(&picture, &Quad::rectangle(-50.0, -50.0, 500.0, 20.0));
        assert!((color(&far, 0, 0)[0] - 9.0).abs() < 0.01);
        for quad in [Quad::default(), Quad::rectangle(3.0, 3.0, 3.0, 9.0)] {
            let _ = strip(&picture, &quad);
        }
    }
}

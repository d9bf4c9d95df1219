//! The boxes of what was read, drawn over the photo.

use image::{Rgb, RgbImage};
use imageproc::drawing::draw_line_segment_mut;

use super::geometry::{Point, Quad};

/// Draws the outlines of boxes, each in its color, as thick as the picture's size asks for.
pub fn draw_boxes(picture: &mut RgbImage, boxes: &[(Quad, [u8; 3])]) {
    let thickness = (picture.width().max(picture.height()) / 700).clamp(1, 12).cast_signed();
    for (quad, color) in boxes {
        let corners = quad.0.iter().zip(quad.0.iter().cycle().skip(1));
        for (from, to) in corners {
            for step in 0..thickness {
                let shift = |at: &Point| ((at.x as i32 + step) as f32, (at.y as i32 + step) as f32);
                draw_line_segment_mut(picture, shift(from), shift(to), Rgb(*color));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_are_drawn_and_the_inside_is_left_and_nothing_panics_beyond_the_edge() {
        let mut picture = RgbImage::new(100, 50);
        let boxes = [
            (Quad::rectangle(10.0, 10.0, 60.0, 30.0), [255, 0, 0]),
            (Quad::rectangle(-500.0, 40.0, 900.0, 99.0), [0, 9, 0]),
        ];
        draw_boxes(&mut picture, &boxes);
        assert_eq!(picture.get_pixel(30, 10).0, [255, 0, 0]);
        assert_eq!(picture.get_pixel(60, 20).0, [255, 0, 0]);
        assert_eq!(picture.get_pixel(30, 20).0, [0, 0, 0]);
        assert_eq!(picture.get_pixel(50, 40).0, [0, 9, 0]);
    }
}

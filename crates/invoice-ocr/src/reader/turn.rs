//! Quarter turns: which way up a page is.

use image::{RgbImage, imageops};
use serde::{Deserialize, Serialize};

use super::geometry::{Point, Quad};

/// By how much a picture is turned clockwise to be upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum QuarterTurn {
    /// It is upright.
    #[default]
    #[serde(rename = "0")]
    None,
    /// 90° clockwise.
    #[serde(rename = "90")]
    Right,
    /// 180°.
    #[serde(rename = "180")]
    Half,
    /// 270° clockwise.
    #[serde(rename = "270")]
    Left,
}

impl QuarterTurn {
    /// All four.
    pub const ALL: [Self; 4] = [Self::None, Self::Right, Self::Half, Self::Left];

    /// Degrees, clockwise.
    pub fn degrees(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Right => 90,
            Self::Half => 180,
            Self::Left => 270,
        }
    }

    /// The two turns one after the other.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        Self::ALL[((self.degrees() + other.degrees()) / 90 % 4) as usize]
    }

    /// A line's box after the picture of this size was turned: again from its top left corner, within 45° of upright.
    pub fn apply_to_quad(self, quad: &Quad, width_px: u32, height_px: u32) -> Quad {
        let (width, height) = (width_px as f32, height_px as f32);
        let moved = quad.map(|at| match self {
            Self::None => at,
            Self::Right => Point::new(height - at.y, at.x),
            Self::Half => Point::new(width - at.x, height - at.y),
            Self::Left => Point::new(at.y, width - at.x),
        });
        self.reading_order(&moved)
    }

    /// A box's corners as they are read after the turn: where the text's first corner is, before it.
    pub fn reading_order(self, quad: &Quad) -> Quad {
        let [a, b, c, d] = quad.0;
        Quad(match self {
            Self::None => [a, b, c, d],
            Self::Right => [d, a, b, c],
            Self::Half => [c, d, a, b],
            Self::Left => [b, c, d, a],
        })
    }

    /// The picture, turned.
    pub fn apply(self, picture: RgbImage) -> RgbImage {
        match self {
            Self::None => picture,
            Self::Right => imageops::rotate90(&picture),
            Self::Half => imageops::rotate180(&picture),
            Self::Left => imageops::rotate270(&picture),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_add_up_and_move_the_corner() {
        assert_eq!(QuarterTurn::Left.then(QuarterTurn::Half), QuarterTurn::Right);
        for turn in QuarterTurn::ALL {
            let mut picture = RgbImage::new(3, 2);
            picture.put_pixel(0, 0, image::Rgb([255; 3]));
            let turned = turn.apply(picture.clone());
            let corner = match turn {
                QuarterTurn::None => (0, 0),
                QuarterTurn::Right => (1, 0),
                QuarterTurn::Half => (2, 1),
                QuarterTurn::Left => (0, 2),
            };
            assert_eq!(turned.get_pixel(corner.0, corner.1).0, [255; 3], "{turn:?}");
            let pixel = Quad::rectangle(0.0, 0.0, 1.0, 1.0);
            let moved = turn.apply_to_quad(&pixel, 3, 2);
            let (x, y) = (corner.0 as f32, corner.1 as f32);
            assert_eq!(moved, Quad::rectangle(x, y, x + 1.0, y + 1.0), "{turn:?}");
            let back = QuarterTurn::ALL.into_iter().find(|back| turn.then(*back) == QuarterTurn::None).unwrap();
            assert_eq!(back.apply(turned), picture);
        }
    }
}

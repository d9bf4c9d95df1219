//! Points and the quadrilaterals that lines of text stand in.

use serde::{Deserialize, Serialize};

/// A point of a picture, px from its top left corner: x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right, px.
    pub x: f32,
    /// Down, px.
    pub y: f32,
}

impl Point {
    /// The point at these coordinates.
    pub fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// How far it is to another point, px.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The same point in a picture that is so many times as large.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }

    /// The point turned about the origin by an angle, clockwise as seen (y goes down).
    #[must_use]
    pub fn rotated(self, radians: f32) -> Self {
        let (sin, cos) = radians.sin_cos();
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }
}

/// Four corners of a line of text, as it is read: top left, top right, bottom right, bottom left.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Quad(pub [Point; 4]);

impl Quad {
    /// An upright rectangle.
    pub fn rectangle(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self([Point::new(left, top), Point::new(right, top), Point::new(right, bottom), Point::new(left, bottom)])
    }

    /// The mean of the corners.
    pub fn center(&self) -> Point {
        let sum = self.0.iter().fold(Point::default(), |sum, corner| Point::new(sum.x + corner.x, sum.y + corner.y));
        sum.scaled(0.25)
    }

    /// How long the line is, px: the mean of its upper and lower edge.
    pub fn width(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        f32::midpoint(top_left.distance(top_right), bottom_left.distance(bottom_right))
    }

    /// How high the line is, px: the mean of its left and right edge.
    pub fn height(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        f32::midpoint(top_left.distance(bottom_left), top_right.distance(bottom_right))
    }

    /// The angle between the line and the picture's rows, radians, clockwise as seen.
    pub fn angle(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        let along = |from: Point, to: Point| Point::new(to.x - from.x, to.y - from.y);
        let (upper, lower) = (along(top_left, top_right), along(bottom_left, bottom_right));
        (upper.y + lower.y).atan2(upper.x + lower.x)
    }

    /// The least and the largest x and y: left, top, right, bottom.
    pub fn bounds(&self) -> [f32; 4] {
        let fold = |values: [f32; 4]| {
            values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
        };
        let (left, right) = fold(self.0.map(|corner| corner.x));
        let (top, bottom) = fold(self.0.map(|corner| corner.y));
        [left, top, right, bottom]
    }

    /// The quadrilateral whose corners are mapped, each to its own.
    #[must_use]
    pub fn map(&self, change: impl FnMut(Point) -> Point) -> Self {
        Self(self.0.map(change))
    }

    /// Whether a point is inside the bounds.
    pub fn bounds_contain(&self, point: Point) -> bool {
        let [left, top, right, bottom] = self.bounds();
        (left..=right).contains(&point.x) && (top..=bottom).contains(&point.y)
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;

    #[test]
    fn a_rectangle_knows_its_size_and_its_angle_when_it_is_turned() {
        let upright = Quad::rectangle(10.0, 20.0, 110.0, 50.0);
        assert_eq!((upright.width(), upright.height(), upright.angle()), (100.0, 30.0, 0.0));
        assert_eq!(upright.center(), Point::new(60.0, 35.0));
        let turned = upright.map(|corner| corner.rotated(0.1));
        assert!((turned.angle() - 0.1).abs() < 1e-5 && (turned.width() - 100.0).abs() < 1e-3);
        let quarter = Point::new(1.0, 0.0).rotated(FRAC_PI_2);
        assert!(quarter.distance(Point::new(0.0, 1.0)) < 1e-6, "clockwise as seen: {quarter:?}");
    }
}

//! Red seals: an oval ring with letters along it. They say 样张 (specimen) where a real one says 发票专用章 or 监制章.

use image::GrayImage;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::text::{Anchor, Face, Pen, ink};

/// An oval, tilted, on a layer of ink. Lengths in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oval {
    pub(crate) middle: (f32, f32),
    /// Half width and half height.
    pub(crate) radii: (f32, f32),
    /// Clockwise, in radians.
    pub(crate) tilt: f32,
}

/// Which side of the ring a text runs along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Top,
    Bottom,
}

/// The seal over the title, in the place of the tax bureau's.
pub(crate) fn title_seal(layer: &mut GrayImage, oval: Oval) {
    oval.ring(layer, 1.0, 7.0);
    oval.ring(layer, 0.93, 2.0);
    let small = Pen::new(Face::Serif, 33.0);
    oval.arc(layer, "合成发票样张章", small, 0.76, Side::Top, 2.5);
    oval.arc(layer, "非税务机关监制", small, 0.74, Side::Bottom, 2.5);
    oval.row(layer, "样　张", Pen::new(Face::Serif, 36.0), 0.0);
}

/// The seller's seal.
pub(crate) fn seller_seal(layer: &mut GrayImage, name: &str, taxpayer_id: &str, oval: Oval, rng: &mut ChaCha8Rng) {
    oval.ring(layer, 1.0, 9.0);
    let count = name.chars().count() as f32;
    let spread = (0.26 * count).clamp(2.6, 4.1);
    // Letters share the arc: the longer the name, the narrower they are.
    let room = spread * (oval.radii.0 + oval.radii.1) / 2.0 * 0.78 / count;
    let pen = Pen::new(Face::Serif, 44.0).narrowed((room / 46.0).clamp(0.5, 1.0));
    oval.arc(layer, name, pen, 0.79, Side::Top, spread);
    oval.row(layer, taxpayer_id, Pen::new(Face::Sans, 40.0).narrowed(0.68), -6.0);
    oval.row(layer, "样张专用章", Pen::new(Face::Serif, 44.0), 44.0);
    let serial: String = (0..13).map(|_| char::from(b'0' + rng.random_range(0..10_u8))).collect();
    oval.arc(layer, &serial, Pen::new(Face::Sans, 24.0), 0.86, Side::Bottom, 1.7);
}

impl Oval {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let (sin, cos) = self.tilt.sin_cos();
        (self.middle.0 + x * cos - y * sin, self.middle.1 + x * sin + y * cos)
    }

    /// A ring at `share` of the radii, `width` pixels wide.
    fn ring(&self, layer: &mut GrayImage, share: f32, width: f32) {
        let (a, b) = (self.radii.0 * share, self.radii.1 * share);
        let reach = a.max(b) + width;
        let (sin, cos) = self.tilt.sin_cos();
        for y in (self.middle.1 - reach) as i32..=(self.middle.1 + reach) as i32 {
            for x in (self.middle.0 - reach) as i32..=(self.middle.0 + reach) as i32 {
                let (dx, dy) = (x as f32 - self.middle.0, y as f32 - self.middle.1);
                let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
                // First-order distance to the ellipse.
                let value = (u / a).powi(2) + (v / b).powi(2) - 1.0;
                let slope = 2.0 * (u / (a * a)).hypot(v / (b * b));
                let cover = width / 2.0 + 0.5 - (value / slope.max(1e-6)).abs();
                if cover > 0.0 {
                    ink(layer, x, y, cover.min(1.0));
                }
            }
        }
    }

    /// A text along the ring, evenly over `spread` radians of it.
    fn arc(&self, layer: &mut GrayImage, text: &str, pen: Pen, share: f32, side: Side, spread: f32) {
        const STEPS: usize = 512;
        let (a, b) = (self.radii.0 * share, self.radii.1 * share);
        let (start, sign) = match side {
            Side::Top => (-std::f32::consts::FRAC_PI_2 - spread / 2.0, 1.0),
            Side::Bottom => (std::f32::consts::FRAC_PI_2 + spread / 2.0, -1.0),
        };
        let angle_at = |step: usize| start + sign * spread * step as f32 / STEPS as f32;
        let point_at = |step: usize| (a * angle_at(step).cos(), b * angle_at(step).sin());
        let mut lengths = vec![0.0_f32; STEPS + 1];
        for step in 1..=STEPS {
            let (from, to) = (point_at(step - 1), point_at(step));
            lengths[step] = lengths[step - 1] + (to.0 - from.0).hypot(to.1 - from.1);
        }
        let gaps = text.chars().count().saturating_sub(1).max(1) as f32;
        for (index, letter) in text.chars().enumerate() {
            let wanted = lengths[STEPS] * index as f32 / gaps;
            let step = lengths.partition_point(|length| *length < wanted).min(STEPS);
            let (x, y) = point_at(step);
            let angle = angle_at(step);
            let turn = (sign * b * angle.cos()).atan2(-sign * a * angle.sin());
            pen.letter(layer, letter, self.place(x, y), turn + self.tilt);
        }
    }

    /// A straight text across the oval, `below` pixels under its middle.
    fn row(&self, layer: &mut GrayImage, text: &str, pen: Pen, below: f32) {
        if self.tilt == 0.0 {
            pen.line(layer, text, self.middle.0, self.middle.1 + below, Anchor::Middle);
        } else {
            pen.slanted(layer, text, self.place(0.0, below), self.tilt);
        }
    }
}

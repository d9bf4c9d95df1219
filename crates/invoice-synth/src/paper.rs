//! How ink lies on paper: multiplied colours, the dots of a 24-pin printer, the gaps of a rubber stamp.

use image::{GrayImage, Luma, RgbImage};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::text::ink;

/// Prints a layer in a colour. Ink darkens what is below it, so that overlapping prints both stay visible.
pub(crate) fn print_onto(image: &mut RgbImage, layer: &GrayImage, colour: [u8; 3], strength: f32) {
    for (pixel, Luma([cover])) in image.pixels_mut().zip(layer.pixels()) {
        if *cover == 0 {
            continue;
        }
        let part = f32::from(*cover) / 255.0 * strength;
        for (channel, tone) in pixel.0.iter_mut().zip(colour) {
            let kept = 1.0 - part * (1.0 - f32::from(tone) / 255.0);
            *channel = (f32::from(*channel) * kept) as u8;
        }
    }
}

/// What a 24-pin printer makes of a layer: each character a raster of round dots, unevenly inked.
pub(crate) fn dots(layer: &GrayImage, rng: &mut ChaCha8Rng) -> GrayImage {
    /// Pixels between pins: 24 pins on a character of 33 pixels would be 1.4, and so fine that no photo shows them.
    const PITCH: f32 = 2.0;
    let mut printed = GrayImage::new(layer.width(), layer.height());
    let (columns, rows) = ((layer.width() as f32 / PITCH) as u32 - 1, (layer.height() as f32 / PITCH) as u32 - 1);
    let wear = Patches::new(rng, 12, 7);
    for row in 1..rows {
        for column in 1..columns {
            let (x, y) = (column as f32 * PITCH, row as f32 * PITCH);
            // A stroke thinner than the pitch still fires a pin.
            let near =
                [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| layer.get_pixel(x as u32 + dx, y as u32 + dy).0[0]);
            if near.into_iter().all(|cover| cover < 128) {
                continue;
            }
            let pressed = 0.78 + 0.22 * wear.at(x / layer.width() as f32, y / layer.height() as f32);
            let force = pressed * rng.random_range(0.82..1.0);
            let (dx, dy) = (rng.random_range(-0.25..0.25_f32), rng.random_range(-0.25..0.25_f32));
            for py in (y - 2.0) as i32..=(y + 2.0) as i32 {
                for px in (x - 2.0) as i32..=(x + 2.0) as i32 {
                    let away = (px as f32 - x - dx).hypot(py as f32 - y - dy);
                    let cover = (1.6 - away).clamp(0.0, 1.0) * force;
                    if cover > 0.0 {
                        ink(&mut printed, px, py, cover);
                    }
                }
            }
        }
    }
    printed
}

/// Takes ink off in patches and grains, as a rubber stamp leaves it.
pub(crate) fn speckle(layer: &mut GrayImage, rng: &mut ChaCha8Rng) {
    let patches = Patches::new(rng, 60, 35);
    let (width, height) = (layer.width() as f32, layer.height() as f32);
    for (x, y, Luma([cover])) in layer.enumerate_pixels_mut() {
        if *cover > 0 {
            let patch = patches.at(x as f32 / width, y as f32 / height);
            let grain: f32 = rng.random();
            let kept = (0.45 + 0.75 * patch).min(1.0) * if grain < 0.12 { 0.55 } else { 1.0 };
            *cover = (f32::from(*cover) * kept) as u8;
        }
    }
}

/// Smooth random values from 0 to 1 over a rectangle.
#[derive(Debug)]
pub(crate) struct Patches {
    across: usize,
    down: usize,
    values: Vec<f32>,
}

impl Patches {
    /// A grid of `across` × `down` cells.
    pub(crate) fn new(rng: &mut ChaCha8Rng, across: usize, down: usize) -> Self {
        let values = (0..(across + 1) * (down + 1)).map(|_| rng.random()).collect();
        Self { across, down, values }
    }

    /// The value at a place, both coordinates from 0 to 1.
    pub(crate) fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x.clamp(0.0, 1.0) * self.across as f32, y.clamp(0.0, 1.0) * self.down as f32);
        let column = (x as usize).min(self.across - 1);
        let row = (y as usize).min(self.down - 1);
        // Smoothstep hides the grid.
        let ease = |part: f32| part * part * (3.0 - 2.0 * part);
        let (right, low) = (ease(x - column as f32), ease(y - row as f32));
        let value = |column: usize, row: usize| self.values[row * (self.across + 1) + column];
        let upper = value(column, row) * (1.0 - right) + value(column + 1, row) * right;
        let lower = value(column, row + 1) * (1.0 - right) + value(column + 1, row + 1) * right;
        upper * (1.0 - low) + lower * low
    }
}

//! Photographs a sheet: perspective, a desk behind it, uneven light, blur, noise, JPEG.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma, Rgb, RgbImage};
use imageproc::geometric_transformations::Projection;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Take;
use super::form::{HEIGHT_PX, Paper, WIDTH_PX};
use super::paper::Patches;

/// A photo, as bytes of a JPEG file.
#[derive(Debug)]
pub(crate) struct Photo {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
}

/// All photos of the first sheets are easy, so that a small sample is; of the later ones some are not.
const EASY_SHEETS: usize = 8;

/// What the camera adds. One draw from the generator makes one of these, so photos of a sheet differ.
#[derive(Debug)]
struct Shot {
    width: u32,
    height: u32,
    /// Where the corners of the sheet fall, clockwise from the upper left.
    corners: [(f32, f32); 4],
    desk: Desk,
    /// Height of the waves of the paper, in pixels of the sheet.
    wave: f32,
    phase: f32,
    /// Where the paper was once folded, as a share of its width, and how sharply.
    fold: (f32, f32),
    exposure: f32,
    /// Fall of the light over the picture, and its direction.
    slope: (f32, f32),
    tint: [f32; 3],
    shade: Patches,
    shade_depth: f32,
    blur: f32,
    noise: f32,
}

#[derive(Debug)]
struct Desk {
    colour: [f32; 3],
    grain: Patches,
    depth: f32,
}

impl Shot {
    fn new(take: &Take, rng: &mut ChaCha8Rng) -> Self {
        let width = 1_680 + 40 * rng.random_range(0..6_u32);
        let height = width * rng.random_range(60..65_u32) / 100;
        let (w, h) = (width as f32, height as f32);
        // The sheet is 240 × 140 mm; it fills most of the picture.
        let sheet_width = w * rng.random_range(0.89..0.95);
        let sheet_height = sheet_width * HEIGHT_PX as f32 / WIDTH_PX as f32;
        let (cx, cy) = (w / 2.0 + rng.random_range(-0.012..0.012) * w, h / 2.0 + rng.random_range(-0.015..0.015) * h);
        let (sin, cos) = rng.random_range(-0.022..0.022_f32).sin_cos();
        let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)].map(|(x, y): (f32, f32)| {
            let (x, y) = (x * sheet_width, y * sheet_height);
            let lean = (rng.random_range(-0.024..0.024) * w, rng.random_range(-0.024..0.024) * w);
            (cx + x * cos - y * sin + lean.0, cy + x * sin + y * cos + lean.1)
        });
        let desk = match (take.sheet + take.number) % 5 {
            0 => Desk { colour: [34.0, 34.0, 38.0], grain: Patches::new(rng, 60, 40), depth: 0.25 },
            1 => Desk { colour: [152.0, 112.0, 76.0], grain: Patches::new(rng, 6, 150), depth: 0.35 },
            2 => Desk { colour: [128.0, 132.0, 138.0], grain: Patches::new(rng, 90, 60), depth: 0.12 },
            3 => Desk { colour: [206.0, 204.0, 198.0], grain: Patches::new(rng, 40, 26), depth: 0.06 },
            _ => Desk { colour: [84.0, 70.0, 62.0], grain: Patches::new(rng, 5, 110), depth: 0.4 },
        };
        let warmth = rng.random_range(-0.05..0.05_f32);
        let turn = rng.random_range(0.0..std::f32::consts::TAU);
        let fall = rng.random_range(0.06..0.22_f32);
        let mut shot = Self {
            width,
            height,
            corners,
            desk,
            wave: rng.random_range(0.0..7.0),
            phase: rng.random_range(0.0..std::f32::consts::TAU),
            fold: (rng.random_range(0.25..0.75), rng.random_range(-0.09..0.09)),
            exposure: rng.random_range(0.72..0.97),
            slope: (fall * turn.cos(), fall * turn.sin()),
            tint: [1.0 + warmth, 1.0, 1.0 - warmth * 1.3],
            shade: Patches::new(rng, 4, 3),
            shade_depth: rng.random_range(0.03..0.13),
            blur: rng.random_range(0.45..0.85),
            noise: rng.random_range(2.0..5.5),
        };
        if take.sheet >= EASY_SHEETS && rng.random_bool(0.35) {
            shot.spoil(rng);
        }
        shot
    }

    /// What makes a photo hard to read, though a person still can.
    fn spoil(&mut self, rng: &mut ChaCha8Rng) {
        match rng.random_range(0..3_u8) {
            0 => self.blur = rng.random_range(1.7..2.2),
            1 => {
                self.exposure = rng.random_range(0.22..0.34);
                self.noise = rng.random_range(8.0..12.0);
            }
            _ => {
                // From further away.
                let share = rng.random_range(0.58..0.68);
                let middle = (self.width as f32 / 2.0, self.height as f32 / 2.0);
                self.corners =
                    self.corners.map(|(x, y)| (middle.0 + (x - middle.0) * share, middle.1 + (y - middle.1) * share));
            }
        }
    }
}

/// Takes one photo of a sheet, at most about `limit_bytes` long.
pub(crate) fn shoot(paper: &Paper, take: &Take, limit_bytes: usize, rng: &mut ChaCha8Rng) -> image::ImageResult<Photo> {
    let shot = Shot::new(take, rng);
    let mut picture = expose(paper, &shot);
    // The camera's own smoothing comes after the sensor's noise.
    add_noise(&mut picture, shot.noise, rng);
    picture = imageops::blur(&picture, shot.blur);
    let mut quality = 84;
    loop {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(&picture)?;
        if jpeg.len() <= limit_bytes || quality <= 30 {
            return Ok(Photo { jpeg, width_px: shot.width, height_px: shot.height });
        }
        quality -= 4;
    }
}

/// What falls on the sensor, without blur and noise.
fn expose(paper: &Paper, shot: &Shot) -> RgbImage {
    let (paper_width, paper_height) = (WIDTH_PX as f32, HEIGHT_PX as f32);
    let source = [(0.0, 0.0), (paper_width, 0.0), (paper_width, paper_height), (0.0, paper_height)];
    // Four corners of a convex quadrilateral always have a projection; the plain scale is never reached.
    let back = Projection::from_control_points(shot.corners, source)
        .unwrap_or_else(|| Projection::scale(paper_width / shot.width as f32, paper_height / shot.height as f32));
    let on_paper = |x: f32, y: f32| {
        let (u, v) = back * (x, y);
        let along = u / paper_width * std::f32::consts::TAU;
        (u, v + shot.wave * (along * 0.9 + shot.phase).sin())
    };
    let shadow = Shadow::new(shot, on_paper);
    let (width, height) = (shot.width as f32, shot.height as f32);
    RgbImage::from_fn(shot.width, shot.height, |x, y| {
        let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
        let (fx, fy) = (px / width, py / height);
        let (u, v) = on_paper(px, py);
        let (cover, ink) = sample(paper, u, v);
        let desk = 1.0 + shot.desk.depth * (shot.desk.grain.at(fx, fy) - 0.5);
        let dark = desk * (1.0 - 0.55 * shadow.at(px - 5.0, py - 7.0));
        let corner = (fx - 0.5).powi(2) + (fy - 0.5).powi(2);
        let light = shot.exposure
            * (1.0 + shot.slope.0 * (fx - 0.5) * 2.0 + shot.slope.1 * (fy - 0.5) * 2.0)
            * (1.0 - shot.shade_depth * shot.shade.at(fx, fy))
            * (1.0 - 0.22 * corner);
        // The paper's waves catch the light a little.
        let beside = (u / paper_width - shot.fold.0) * 90.0;
        let gleam = 1.0 + 0.006 * shot.wave * (u / paper_width * 5.6 + shot.phase).cos()
            - shot.fold.1 * beside * (-beside * beside).exp();
        Rgb(std::array::from_fn(|channel| {
            let seen = ink[channel] * gleam * cover + shot.desk.colour[channel] * dark * (1.0 - cover);
            (seen * light * shot.tint[channel]).clamp(0.0, 255.0) as u8
        }))
    })
}

/// Cover (0 to 1) and colour of the paper at a place, smooth between pixels.
fn sample(paper: &Paper, u: f32, v: f32) -> (f32, [f32; 3]) {
    let (u, v) = (u - 0.5, v - 0.5);
    if u < -1.0 || v < -1.0 || u > WIDTH_PX as f32 || v > HEIGHT_PX as f32 {
        return (0.0, [0.0; 3]);
    }
    let (left, top) = (u.floor(), v.floor());
    let (right_part, low_part) = (u - left, v - top);
    let mut cover = 0.0;
    let mut colour = [0.0; 3];
    for (dx, dy, weight) in [
        (0, 0, (1.0 - right_part) * (1.0 - low_part)),
        (1, 0, right_part * (1.0 - low_part)),
        (0, 1, (1.0 - right_part) * low_part),
        (1, 1, right_part * low_part),
    ] {
        let (x, y) = (left as i32 + dx, top as i32 + dy);
        let clamped = (x.clamp(0, WIDTH_PX.cast_signed() - 1) as u32, y.clamp(0, HEIGHT_PX.cast_signed() - 1) as u32);
        let inside = i64::from(clamped.0) == i64::from(x) && i64::from(clamped.1) == i64::from(y);
        if inside {
            cover += weight * f32::from(paper.mask.get_pixel(clamped.0, clamped.1).0[0]) / 255.0;
        }
        let pixel = paper.image.get_pixel(clamped.0, clamped.1);
        for (sum, channel) in colour.iter_mut().zip(pixel.0) {
            *sum += weight * f32::from(channel);
        }
    }
    (cover, colour)
}

/// The soft shadow of the sheet on the desk.
struct Shadow {
    soft: GrayImage,
}

impl Shadow {
    const SHRINK: u32 = 8;

    fn new(shot: &Shot, on_paper: impl Fn(f32, f32) -> (f32, f32)) -> Self {
        let shrink = Self::SHRINK as f32;
        let hard = GrayImage::from_fn(shot.width / Self::SHRINK + 1, shot.height / Self::SHRINK + 1, |x, y| {
            let (u, v) = on_paper(x as f32 * shrink, y as f32 * shrink);
            let inside = u >= 0.0 && v >= 0.0 && u <= WIDTH_PX as f32 && v <= HEIGHT_PX as f32;
            Luma([if inside { 255 } else { 0 }])
        });
        let soft = imageops::blur(&hard, 1.3);
        let soft = imageops::resize(&soft, shot.width, shot.height, FilterType::Triangle);
        Self { soft }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x.max(0.0) as u32, y.max(0.0) as u32);
        let x = x.min(self.soft.width() - 1);
        let y = y.min(self.soft.height() - 1);
        f32::from(self.soft.get_pixel(x, y).0[0]) / 255.0
    }
}

/// Near enough to normal noise: four bytes of one draw, summed. Mostly brightness, a little colour.
fn add_noise(picture: &mut RgbImage, strength: f32, rng: &mut ChaCha8Rng) {
    // The sum of four bytes has a standard deviation of 147.8.
    let scale = strength / 147.8;
    for pixel in picture.pixels_mut() {
        let [a, b, c, d] = rng.random::<u32>().to_le_bytes().map(f32::from);
        let grey = (a + b + c + d - 510.0) * scale;
        let colour = [(a - b) * scale * 0.4, (b - c) * scale * 0.4, (c - d) * scale * 0.4];
        for (channel, shift) in pixel.0.iter_mut().zip(colour) {
            *channel = (f32::from(*channel) + grey + shift).clamp(0.0, 255.0) as u8;
        }
    }
}

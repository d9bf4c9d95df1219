//! How much of a picture has strokes on it: writing, lines, anything fine that stands out from what is around it.
//!
//! The picture is made small and gray, and each pixel compared with the median of its surroundings, so that shadows, the
//! edge of a sheet and a desk behind it count for nothing. A pixel belongs to a stroke when it stands out by more than
//! half of all the contrast around it: print is dark or light and little between, and noise seldom strays that far from
//! its middle. How dark or pale the picture is does not matter.

use image::RgbImage;

/// Of ten thousand parts of a picture so many must have strokes, else it is blank. Ours, measured: photos of invoices
/// have more than 1,400, very pale or blurred ones more than 600, blank paper, desks and shadows about 100 at most.
pub const LEAST_STROKE_SHARE: u32 = 200;
/// The picture is made small twice, to about so many pixels: in one of both its print has the size of the surroundings,
/// whether the invoice fills the photo or lies somewhere in it.
const SMALL_PIXELS: [f64; 2] = [150_000.0, 600_000.0];
/// Half the width of the surroundings.
const REACH: usize = 5;
/// The side of a tile.
const TILE_PX: usize = 16;
/// Steps of gray are counted in quarters, because averaging makes finer ones than 255.
const GRAYS: usize = 1024;
/// What stands out less than this is never a stroke: JPEG leaves as much on an even area.
const LEAST_CONTRAST: u32 = 12;
/// A share that is far above that of everything blank: the larger of both pictures, which costs four times as much to look
/// at, cannot make another decision of it.
const CLEARLY_WRITTEN_ON: u32 = 3 * LEAST_STROKE_SHARE;
/// Rows and columns of a tile in which something must stand out: a frame or the rule of a table has few.
const LEAST_LINES: usize = 5;

/// How many of ten thousand parts of the picture have strokes; at least so many, where that is clearly more than a blank one has.
pub(super) fn share_with_strokes(picture: &RgbImage) -> u32 {
    let pixels = f64::from(picture.width()) * f64::from(picture.height());
    let mut factors = SMALL_PIXELS.map(|small| (pixels / small).sqrt().round().max(1.0) as usize).to_vec();
    // The smallest picture first.
    factors.dedup();
    let mut share = 0;
    for factor in factors {
        share = share.max(Small::of(picture, factor).share_with_strokes());
        if share >= CLEARLY_WRITTEN_ON {
            break;
        }
    }
    share
}

/// A gray picture.
struct Small {
    width: usize,
    height: usize,
    /// Below [`GRAYS`].
    pixels: Vec<u16>,
}

/// A part of the picture: how far its pixels stand out.
struct Tile {
    /// Row by row.
    contrasts: Vec<u16>,
    width: usize,
    /// From the darkest pixel in and around it to the lightest.
    range: u32,
}

impl Tile {
    fn has_strokes(&self) -> bool {
        // Beside a sharp edge JPEG leaves ripples, and the edge itself has pixels of every gray between its sides.
        let least = LEAST_CONTRAST.max(self.range / 2);
        let (mut rows, mut columns) = (0_u32, 0_u32);
        let standing_out = self.contrasts.iter().enumerate().filter(|(_, contrast)| u32::from(**contrast) > least);
        for (at, _) in standing_out {
            rows |= 1 << (at / self.width);
            columns |= 1 << (at % self.width);
        }
        rows.count_ones().min(columns.count_ones()) as usize >= LEAST_LINES
    }
}

impl Small {
    /// Each pixel the mean of `factor` × `factor`.
    fn of(picture: &RgbImage, factor: usize) -> Self {
        let (full_width, full_height) = picture.dimensions();
        let (width, height) = ((full_width as usize / factor).max(1), (full_height as usize / factor).max(1));
        let mut sums = vec![0_u32; width * height];
        let rows = picture.as_raw().chunks_exact(full_width as usize * 3);
        for (y, row) in rows.take(height * factor).enumerate() {
            let into = &mut sums[y / factor * width..][..width];
            for (sum, pixels) in into.iter_mut().zip(row.chunks(factor * 3)) {
                *sum += pixels.chunks_exact(3).map(gray).sum::<u32>();
            }
        }
        let area = (factor * factor) as u32;
        // A gray is up to 255 × 256; four steps for each of 255.
        let pixels = sums.into_iter().map(|sum| (sum / area / 64) as u16).collect();
        Self { width, height, pixels }
    }

    fn share_with_strokes(&self) -> u32 {
        let tiles = self.tiles(&self.contrast());
        let with_strokes = tiles.iter().filter(|tile| tile.has_strokes()).count();
        (with_strokes * 10_000 / tiles.len().max(1)) as u32
    }

    /// How far each pixel stands out from the median of its surroundings.
    fn contrast(&self) -> Vec<u16> {
        let mut contrast = Vec::with_capacity(self.pixels.len());
        for y in 0..self.height {
            let rows = y.saturating_sub(REACH)..(y + REACH + 1).min(self.height);
            let mut around = Around::new();
            for x in 0..(REACH + 1).min(self.width) {
                rows.clone().for_each(|row| around.add(self.pixels[row * self.width + x]));
            }
            for x in 0..self.width {
                contrast.push(self.pixels[y * self.width + x].abs_diff(around.median()));
                if x + REACH + 1 < self.width {
                    rows.clone().for_each(|row| around.add(self.pixels[row * self.width + x + REACH + 1]));
                }
                if x >= REACH {
                    rows.clone().for_each(|row| around.remove(self.pixels[row * self.width + x - REACH]));
                }
            }
        }
        contrast
    }

    fn tiles(&self, contrast: &[u16]) -> Vec<Tile> {
        let mut tiles = Vec::new();
        for top in (0..self.height).step_by(TILE_PX) {
            for left in (0..self.width).step_by(TILE_PX) {
                let rows = top..(top + TILE_PX).min(self.height);
                let columns = left..(left + TILE_PX).min(self.width);
                let row = |y: usize| &contrast[y * self.width..][columns.clone()];
                let contrasts: Vec<u16> = rows.flat_map(|y| row(y).iter().copied()).collect();
                let range = self.range(top, left);
                tiles.push(Tile { contrasts, width: columns.len(), range });
            }
        }
        tiles
    }

    /// From the darkest pixel to the lightest, in a tile and around it.
    fn range(&self, top: usize, left: usize) -> u32 {
        let rows = top.saturating_sub(REACH)..(top + TILE_PX + REACH).min(self.height);
        let columns = left.saturating_sub(REACH)..(left + TILE_PX + REACH).min(self.width);
        let pixels = || rows.clone().flat_map(|y| &self.pixels[y * self.width..][columns.clone()]);
        let (darkest, lightest) = (pixels().min(), pixels().max());
        u32::from(lightest.copied().unwrap_or(0)) - u32::from(darkest.copied().unwrap_or(0))
    }
}

/// The brightness of a pixel, up to 255 × 256.
fn gray(pixel: &[u8]) -> u32 {
    u32::from(pixel[0]) * 77 + u32::from(pixel[1]) * 150 + u32::from(pixel[2]) * 29
}

/// The pixels around one, sorted by gray, with the median at hand while they come and go.
struct Around {
    counts: [u16; GRAYS],
    total: u32,
    /// The median as it was last asked for, and how many pixels are darker.
    median: usize,
    darker: u32,
}

impl Around {
    fn new() -> Self {
        Self { counts: [0; GRAYS], total: 0, median: 0, darker: 0 }
    }

    fn add(&mut self, gray: u16) {
        self.counts[usize::from(gray)] += 1;
        self.total += 1;
        self.darker += u32::from(usize::from(gray) < self.median);
    }

    fn remove(&mut self, gray: u16) {
        self.counts[usize::from(gray)] -= 1;
        self.total -= 1;
        self.darker -= u32::from(usize::from(gray) < self.median);
    }

    fn median(&mut self) -> u16 {
        let half = self.total / 2;
        while self.darker > half {
            self.median -= 1;
            self.darker -= u32::from(self.counts[self.median]);
        }
        while self.darker + u32::from(self.counts[self.median]) <= half {
            self.darker += u32::from(self.counts[self.median]);
            self.median += 1;
        }
        self.median as u16
    }
}

#[cfg(test)]
mod tests;

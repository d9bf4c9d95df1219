//! For tests: an engine that reads painted pages. A line of text is a bar whose upper half is black and whose lower half
//! has the color of its word; so it has a direction, and what the engine answers can be worked out by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{Rgb, RgbImage};

use super::engine::{Engine, EngineError, Heat, Planes, Scores, Threads};

/// What the words are painted in, in the order of the alphabet.
const COLORS: [[u8; 3]; 6] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255], [0, 255, 255], [255, 255, 0]];

/// How often the engine was asked.
#[derive(Debug, Default)]
pub struct Asked {
    pub detections: AtomicUsize,
    pub strips: AtomicUsize,
}

/// Reads bars as words.
#[derive(Debug)]
pub struct PaintedEngine {
    words: Vec<String>,
    /// How likely each word is where it stands upright.
    likely: Vec<f32>,
    asked: Arc<Asked>,
}

/// Upside down, a word is no likelier than this.
const UPSIDE_DOWN: f32 = 0.4;

impl PaintedEngine {
    /// An engine that knows at most six words, each with how sure it is of it.
    pub fn new(words: &[(&str, f32)]) -> Self {
        assert!(words.len() <= COLORS.len());
        let (words, likely) = words.iter().map(|(word, likely)| ((*word).to_owned(), *likely)).unzip();
        Self { words, likely, asked: Arc::default() }
    }

    pub fn asked(&self) -> Arc<Asked> {
        Arc::clone(&self.asked)
    }
}

/// Paints a word into a page, 20 px for each of its characters and 24 px high.
pub fn paint(page: &mut RgbImage, word: usize, length: u32, left: u32, top: u32) {
    for y in top..top + 24 {
        for x in left..left + 20 * length {
            let color = if y < top + 12 { [0; 3] } else { COLORS[word] };
            page.put_pixel(x, y, Rgb(color));
        }
    }
}

fn color_at(strip: &Planes, x: usize, y: usize) -> [f32; 3] {
    let plane = strip.width * strip.height;
    let channel = |channel: usize| strip.values[channel * plane + y * strip.width + x];
    [channel(2), channel(1), channel(0)]
}

/// The word of a color; `None` for white, black, the gray after a strip's end and mixtures.
fn word_of(color: [f32; 3]) -> Option<usize> {
    let is_near =
        |word: &[u8; 3]| word.iter().zip(color).all(|(word, seen)| (f32::from(*word) / 127.5 - 1.0 - seen).abs() < 0.7);
    COLORS.iter().position(is_near)
}

impl Engine for PaintedEngine {
    fn version(&self) -> &'static str {
        "painted"
    }

    fn alphabet(&self) -> &[String] {
        &self.words
    }

    fn detect(&self, picture: Planes, _threads: Threads) -> Result<Heat, EngineError> {
        self.asked.detections.fetch_add(1, Ordering::SeqCst);
        let Planes { width, height, .. } = picture;
        let is_ink = |at: usize| color_at(&picture, at % width, at / width).iter().any(|value| *value < 0.0);
        let values = (0..width * height).map(|at| if is_ink(at) { 0.9 } else { 0.0 }).collect();
        Ok(Heat { width, height, values })
    }

    fn recognize(&self, strips: Vec<Planes>) -> Result<Vec<Scores>, EngineError> {
        self.asked.strips.fetch_add(strips.len(), Ordering::SeqCst);
        let classes = self.words.len() + 1;
        let read = |strip: &Planes| {
            let steps = strip.width / 8;
            let values = (0..steps).flat_map(|step| {
                // Boxes are half as high again as their bars.
                let (upper, lower) = (color_at(strip, step * 8 + 4, 18), color_at(strip, step * 8 + 4, 29));
                let (class, likely) = match (word_of(upper), word_of(lower)) {
                    (None, Some(word)) => (word + 1, self.likely.get(word).copied().unwrap_or_default()),
                    (Some(word), _) => (word + 1, UPSIDE_DOWN),
                    (None, None) => (0, 1.0),
                };
                let rest = (1.0 - likely) / (classes - 1) as f32;
                (0..classes).map(move |at| if at == class { likely } else { rest })
            });
            Scores { steps, classes, values: values.collect() }
        };
        Ok(strips.iter().map(read).collect())
    }
}

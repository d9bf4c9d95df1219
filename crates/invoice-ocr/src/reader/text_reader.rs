//! The steps of reading, each of its own: an overview of where text is, which way up the page is, the lines of a part.

use std::fmt;

use image::RgbImage;

use super::detect::{DetectOptions, detect};
use super::engine::{Engine, EngineError, Threads};
use super::geometry::Quad;
use super::lines::{Page, TextLine, sort_for_reading};
use super::models::Models;
use super::recognize::recognize;
use super::rten_engine::RtenEngine;
use super::turn::QuarterTurn;
use foundation::error::Result;

/// How the steps are done. The sizes are trade-offs between time and faint or small print.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOptions {
    /// How boxes are made.
    pub detect: DetectOptions,
    /// The longer side of a picture in the overview, px. Larger costs its square in time and shows smaller print.
    pub overview_side_px: f32,
    /// How high a line's box is where it is read: parts are brought to this scale. Below 28, similar characters are
    /// mixed up; above 40 only the time grows.
    pub line_height_px: f32,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { detect: DetectOptions::default(), overview_side_px: 736.0, line_height_px: 34.0 }
    }
}

/// Where text is on a picture, roughly.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overview {
    /// The boxes, px of the picture.
    pub quads: Vec<Quad>,
}

/// Reads text off pictures with two networks.
pub struct TextReader {
    engine: Box<dyn Engine>,
    options: ReadOptions,
    threads: Threads,
}

impl fmt::Debug for TextReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextReader")
            .field("engine", &self.engine)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl TextReader {
    /// Loads the networks.
    ///
    /// # Errors
    /// Where a file holds none.
    pub fn open(models: &Models, threads: Threads) -> Result<Self> {
        Ok(Self::with_engine(Box::new(RtenEngine::load(models)?), ReadOptions::default(), threads))
    }

    /// A reader on another engine.
    pub fn with_engine(engine: Box<dyn Engine>, options: ReadOptions, threads: Threads) -> Self {
        Self { engine, options, threads }
    }

    /// Names networks and method; readings of one version are the same.
    pub fn version(&self) -> String {
        /// Counts changes of what is done to pictures, here or by who reads invoices: pages are kept by it.
        const METHOD: u32 = 4;
        format!("{}-{METHOD}", self.engine.version())
    }

    /// Where text is, looked at in a small size.
    ///
    /// # Errors
    /// Where the network fails.
    pub fn overview(&self, picture: &RgbImage) -> Result<Overview, EngineError> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let scale = (self.options.overview_side_px / width.max(height)).min(2.0);
        let part = [0.0, 0.0, width, height];
        let quads = detect(&*self.engine, picture, part, scale, self.threads, &self.options.detect)?;
        Ok(Overview { quads })
    }

    /// Which way up a page is: by the direction of its boxes, and by which way some of its lines can be read.
    ///
    /// # Errors
    /// Where a network fails.
    pub fn find_turn(&self, picture: &RgbImage, overview: &Overview) -> Result<QuarterTurn, EngineError> {
        /// So sure is reading only the right way up: the other way need not be tried.
        const PLAIN: f32 = 0.95;
        let base = if overview.lies_on_its_side() { QuarterTurn::Right } else { QuarterTurn::None };
        let sample = overview.sample();
        let confidence = |turn: QuarterTurn| {
            let quads: Vec<Quad> = sample.iter().map(|quad| turn.reading_order(quad)).collect();
            let lines = recognize(&*self.engine, picture, &quads, 1)?;
            // Lines that say nothing count too: upside down, many do.
            Ok(lines.iter().map(|line| line.confidence).sum::<f32>() / lines.len().max(1) as f32)
        };
        let upright = confidence(base)?;
        if upright >= PLAIN || sample.is_empty() {
            return Ok(base);
        }
        let other = base.then(QuarterTurn::Half);
        Ok(if confidence(other)? > upright { other } else { base })
    }

    /// The lines of an upright part (left, top, right, bottom) of a picture, in reading order, whose boxes there are
    /// `line_height` px high.
    ///
    /// # Errors
    /// Where a network fails.
    pub fn read_part(
        &self,
        picture: &RgbImage,
        part: [f32; 4],
        line_height: f32,
    ) -> Result<Vec<TextLine>, EngineError> {
        let quads = self.find_lines(picture, part, line_height)?;
        self.read_lines(picture, &quads)
    }

    /// Where lines are in a part of a picture.
    ///
    /// # Errors
    /// Where the network fails.
    pub fn find_lines(&self, picture: &RgbImage, part: [f32; 4], line_height: f32) -> Result<Vec<Quad>, EngineError> {
        /// A part is looked at in so many pixels at most, whatever its print: 4 million take 6 CPU seconds and 1 GB.
        const MOST_PIXELS: f32 = 4_000_000.0;
        let [left, top, right, bottom] = part;
        let area = ((right - left) * (bottom - top)).max(1.0);
        let scale =
            (self.options.line_height_px / line_height.max(1.0)).clamp(0.1, 3.0).min((MOST_PIXELS / area).sqrt());
        detect(&*self.engine, picture, part, scale, self.threads, &self.options.detect)
    }

    /// What the lines in these boxes say, in reading order.
    ///
    /// # Errors
    /// Where the network fails.
    pub fn read_lines(&self, picture: &RgbImage, quads: &[Quad]) -> Result<Vec<TextLine>, EngineError> {
        let workers = match self.threads {
            Threads::One => 1,
            Threads::All => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        let mut lines = recognize(&*self.engine, picture, quads, workers)?;
        lines.retain(|line| !line.text.is_empty());
        sort_for_reading(&mut lines);
        Ok(lines)
    }

    /// The whole page that a picture shows, turned as it is read: overview, turn, lines.
    ///
    /// # Errors
    /// Where a network fails.
    pub fn read_page(&self, picture: &RgbImage) -> Result<Page, EngineError> {
        let overview = self.overview(picture)?;
        let turn = self.find_turn(picture, &overview)?;
        let turned = turn.apply(picture.clone());
        let (width_px, height_px) = turned.dimensions();
        let whole = [0.0, 0.0, width_px as f32, height_px as f32];
        let lines = self.read_part(&turned, whole, overview.line_height())?;
        Ok(Page { width_px, height_px, turn, lines })
    }
}

impl Overview {
    /// The median height of the boxes of lines, px; of columns, their width. 0 without boxes.
    pub fn line_height(&self) -> f32 {
        let mut heights: Vec<f32> = self.quads.iter().map(|quad| quad.height().min(quad.width())).collect();
        heights.sort_by(f32::total_cmp);
        heights.get(heights.len() / 2).copied().unwrap_or_default()
    }

    /// The least upright rectangle around all boxes: left, top, right, bottom; `None` without boxes.
    pub fn extent(&self) -> Option<[f32; 4]> {
        let bounds = self.quads.iter().map(Quad::bounds);
        bounds.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
    }

    /// Whether most of the text stands upright as columns: the page lies on its side.
    pub fn lies_on_its_side(&self) -> bool {
        /// So many times as long as high: shorter boxes say nothing about the direction.
        const LONG: f32 = 2.0;
        let length = |is_long: fn(f32, f32) -> bool| {
            let long = self.quads.iter().filter(|quad| is_long(quad.width(), quad.height()));
            long.map(|quad| quad.width().max(quad.height())).sum::<f32>()
        };
        let lines = length(|width, height| width >= LONG * height);
        let columns = length(|width, height| height >= LONG * width);
        columns > lines
    }

    /// Some boxes to try which way up they can be read: of usual length, from all over the page.
    fn sample(&self) -> Vec<Quad> {
        const COUNT: usize = 6;
        const LENGTHS: std::ops::Range<f32> = 3.0..14.0;
        let ratio = |quad: &Quad| quad.width().max(quad.height()) / quad.width().min(quad.height()).max(1.0);
        let on_its_side = self.lies_on_its_side();
        let fits = |quad: &&Quad| (quad.height() > quad.width()) == on_its_side && LENGTHS.contains(&ratio(quad));
        let usual: Vec<Quad> = self.quads.iter().filter(fits).copied().collect();
        let step = usual.len().div_ceil(COUNT).max(1);
        usual.into_iter().step_by(step).collect()
    }

    /// The same boxes after the picture of this size was turned.
    #[must_use]
    pub fn turned(&self, turn: QuarterTurn, width_px: u32, height_px: u32) -> Self {
        Self { quads: self.quads.iter().map(|quad| turn.apply_to_quad(quad, width_px, height_px)).collect() }
    }
}

#[cfg(test)]
mod tests;

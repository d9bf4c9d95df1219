//! Charts as SVG and PNG, drawn with plotters.
//!
//! Text is drawn as outlines of the font in `data/fonts`, so that Chinese shows on a machine that has no Chinese font;
//! the words stay in the SVG as `<title>`. The colours can be told apart without red and green, and each chart brings
//! its own background: a light one, which reads the same in a dark notebook, or one that follows the reader's system.

pub mod picture_file;
mod bars;
mod bitmap;
mod layout;
mod palette;
mod plot;
mod svg;
mod ticks;
mod typeset;

use std::convert::Infallible;

use image::RgbImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::thumbnail;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::DrawingBackend;

pub use bars::counts_by_seller;
pub use palette::Background;
pub use plot::{Bar, Hue, Layer, Mark, Marker, Plot, Point, Shape, Stroke, thin_out};
pub use ticks::AxisNumbers;

use bars::Bars;
use bitmap::BitmapCanvas;
use svg::SvgCanvas;

/// A chart, ready to be drawn as often as wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What the chart shows, in a few words; it stands above it.
    pub title: String,
    /// Width of the drawing, px.
    pub width_px: u32,
    /// Height of the drawing, px.
    pub height_px: u32,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Bars(Bars),
    Plot(Box<Plot>),
}

/// What drawing can go wrong with: nothing but a mistake in the layout, since both canvases are memory.
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<Infallible>>;

/// Lines of a plot are drawn this much finer than a px in an SVG, and in an image before it is made small, which smooths
/// their edges.
const SVG_FINENESS: u32 = 4;
const IMAGE_FINENESS: u32 = 2;

impl Chart {
    /// The chart as an SVG document that needs no font and no other file, on a light background.
    pub fn to_svg(&self) -> String {
        self.to_svg_on(Background::Light)
    }

    /// The chart as an SVG document that needs no font and no other file.
    pub fn to_svg_on(&self, background: Background) -> String {
        let fineness = self.fineness(SVG_FINENESS);
        let mut svg = String::new();
        let size_px = (self.width_px, self.height_px);
        self.draw_on(SvgCanvas::new(&mut svg, &self.title, size_px, fineness, background), fineness);
        svg
    }

    /// The chart as an image, on a light background.
    pub fn to_image(&self) -> RgbImage {
        let fineness = self.fineness(IMAGE_FINENESS);
        let mut image = RgbImage::new(self.width_px * fineness, self.height_px * fineness);
        self.draw_on(BitmapCanvas::new(&mut image), fineness);
        if fineness == 1 { image } else { thumbnail(&image, self.width_px, self.height_px) }
    }

    /// The chart as the bytes of a PNG file.
    pub fn to_png(&self) -> Vec<u8> {
        encode_png(&self.to_image())
    }

    /// Bars have straight edges, which need no finer grid than the px.
    fn fineness(&self, of_lines: u32) -> u32 {
        match self.kind {
            Kind::Bars(_) => 1,
            Kind::Plot(_) => of_lines,
        }
    }

    fn draw_on<B: DrawingBackend<ErrorType = Infallible>>(&self, canvas: B, fineness: u32) {
        let area = canvas.into_drawing_area();
        let drawn = match &self.kind {
            Kind::Bars(bars) => bars.draw(&area, &self.title),
            Kind::Plot(plot) => layout::draw(plot, &area, fineness.cast_signed()),
        };
        let drawn = drawn.and_then(|()| present(&area));
        #[expect(clippy::expect_used, reason = "drawing into memory cannot fail, and the layout fits by construction")]
        drawn.expect("a chart into memory");
    }
}

/// Small, since it is committed with a notebook: flat colours compress best without a filter.
fn encode_png(image: &RgbImage) -> Vec<u8> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter);
    #[expect(clippy::expect_used, reason = "an image of more than zero pixels can be written to memory as PNG")]
    image.write_with_encoder(encoder).expect("PNG into memory");
    png
}

fn present<B: DrawingBackend<ErrorType = Infallible>>(area: &DrawingArea<B, Shift>) -> Drawn {
    area.present()
}

#[cfg(test)]
mod tests;

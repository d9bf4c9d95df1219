use std::convert::Infallible;

use ab_glyph::{Font, GlyphId, Point, PxScale};
use image::RgbImage;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::typeset::Typesetter;

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// Draws into an image; text in the same font and at the same places as in the SVG.
#[derive(Debug)]
pub(super) struct BitmapCanvas<'a> {
    image: &'a mut RgbImage,
    type_: Typesetter,
}

impl<'a> BitmapCanvas<'a> {
    pub(super) fn new(image: &'a mut RgbImage) -> Self {
        Self { image, type_: Typesetter::new() }
    }

    fn blend(&mut self, x: i32, y: i32, color: BackendColor) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        let Some(pixel) = self.image.get_pixel_mut_checked(x, y) else { return };
        let (red, green, blue) = color.rgb;
        for (old, new) in pixel.0.iter_mut().zip([red, green, blue]) {
            *old = (f64::from(*old) + (f64::from(new) - f64::from(*old)) * color.alpha).round() as u8;
        }
    }
}

impl DrawingBackend for BitmapCanvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.image.dimensions()
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    // Lines, rectangles and polygons come from the trait's own rasterizer.
    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        self.blend(x, y, color);
        Ok(())
    }

    // Segment by segment: the trait's own lines grow a spike of any length where a wide one turns back sharply.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        for pair in points.windows(2) {
            self.draw_line(pair[0], pair[1], style)?;
        }
        if style.stroke_width() > 2 {
            for joint in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                self.draw_circle(*joint, style.stroke_width() / 2, style, true)?;
            }
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        let size_px = style.size() as f32;
        let (color, turn) = (style.color(), style.transform());
        let line = self.type_.set(text);
        let (x, y) = self.type_.offset(&line, size_px, style.anchor());
        let scale = self.type_.scale(size_px);
        for (glyph, x_units) in line.glyphs {
            let place = Point { x: x + x_units * scale, y };
            for (dx, dy, coverage) in self.coverage(glyph, size_px, place) {
                let (dx, dy) = turn.transform(dx, dy);
                self.blend(at.0 + dx, at.1 + dy, color.mix(f64::from(coverage)));
            }
        }
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok(self.type_.measure(text, style.size() as f32))
    }
}

impl BitmapCanvas<'_> {
    /// The pixels of a glyph whose baseline begins at `place`, with how much of each is covered, 0–1.
    fn coverage(&self, glyph: GlyphId, size_px: f32, place: Point) -> Vec<(i32, i32, f32)> {
        let font = self.type_.font();
        // ab_glyph's scale is the height of the font's line; ours is its em.
        let scale = PxScale::from(self.type_.scale(size_px) * font.height_unscaled());
        let Some(outlined) = font.outline_glyph(glyph.with_scale_and_position(scale, place)) else { return Vec::new() };
        let corner = outlined.px_bounds().min;
        let mut pixels = Vec::new();
        outlined.draw(|x, y, coverage| {
            // Sixteen shades of an edge look as good as all, and compress to half.
            let shade = (coverage.min(1.0) * 16.0).round() / 16.0;
            pixels.push((corner.x as i32 + x.cast_signed(), corner.y as i32 + y.cast_signed(), shade));
        });
        pixels
    }
}

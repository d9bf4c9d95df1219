//! Letters on a layer of ink: set straight, turned, squeezed, in the two fonts that the crate carries.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, point};
use image::{GrayImage, Luma};

use foundation::fonts::{SANS_SC, SERIF_SC};

#[expect(clippy::expect_used, reason = "the fonts are part of the program, and a test opens both")]
fn open(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("an embedded font can be opened")
}

/// The two faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Sans,
    Serif,
}

impl Face {
    fn font(self) -> &'static FontRef<'static> {
        static SANS: LazyLock<FontRef<'static>> = LazyLock::new(|| open(SANS_SC));
        static SERIF: LazyLock<FontRef<'static>> = LazyLock::new(|| open(SERIF_SC));
        match self {
            Self::Sans => &SANS,
            Self::Serif => &SERIF,
        }
    }
}

/// Where the given x stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Left,
    Middle,
    Right,
}

/// How letters are set. Lengths in pixels of the layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    pub(crate) face: Face,
    /// Size of the em square: the width of a Chinese character.
    pub(crate) em_px: f32,
    /// Space after each letter.
    pub(crate) spacing_px: f32,
    /// Width of each Latin letter in ems; `None` for the font's own.
    pub(crate) latin_em: Option<f32>,
    /// Horizontal squeeze, 1 for none.
    pub(crate) narrow: f32,
}

impl Pen {
    pub(crate) fn new(face: Face, em_px: f32) -> Self {
        Self { face, em_px, spacing_px: 0.0, latin_em: None, narrow: 1.0 }
    }

    pub(crate) fn spaced(self, spacing_px: f32) -> Self {
        Self { spacing_px, ..self }
    }

    /// Gives all Latin letters one width, as printers do.
    pub(crate) fn typewriter(self, latin_em: f32) -> Self {
        Self { latin_em: Some(latin_em), ..self }
    }

    pub(crate) fn narrowed(self, narrow: f32) -> Self {
        Self { narrow, ..self }
    }

    fn natural_advance(&self, glyph: GlyphId) -> f32 {
        let font = self.face.font();
        font.h_advance_unscaled(glyph) / font.units_per_em().unwrap_or(1_000.0) * self.em_px * self.narrow
    }

    /// Advance of one letter, without the spacing.
    fn advance(&self, letter: char) -> f32 {
        match self.latin_em {
            Some(width) if letter.is_ascii() || letter == '¥' => width * self.em_px * self.narrow,
            _ => self.natural_advance(self.face.font().glyph_id(letter)),
        }
    }

    /// Width of a text in pixels.
    pub(crate) fn width(&self, text: &str) -> f32 {
        let spacing = self.spacing_px * text.chars().count().saturating_sub(1) as f32;
        text.chars().map(|letter| self.advance(letter)).sum::<f32>() + spacing
    }

    /// Sets a text in a line whose middle is at height `y`.
    pub(crate) fn line(&self, layer: &mut GrayImage, text: &str, x: f32, y: f32, anchor: Anchor) {
        let mut left = match anchor {
            Anchor::Left => x,
            Anchor::Middle => x - self.width(text) / 2.0,
            Anchor::Right => x - self.width(text),
        };
        for letter in text.chars() {
            let advance = self.advance(letter);
            // A W must not run over the edges of a typewriter's cell.
            let natural = self.natural_advance(self.face.font().glyph_id(letter)) * 0.96;
            let fit = if advance < natural { self.narrowed(self.narrow * advance / natural) } else { *self };
            fit.letter(layer, letter, (left + advance / 2.0, y), 0.0);
            left += advance + self.spacing_px;
        }
    }

    /// Sets a text from top to bottom, letters upright, the middle of the first at `(x, y)`.
    pub(crate) fn column(&self, layer: &mut GrayImage, text: &str, x: f32, y: f32) {
        let pitch = self.em_px + self.spacing_px;
        for (index, letter) in text.chars().enumerate() {
            self.letter(layer, letter, (x, y + pitch * index as f32), 0.0);
        }
    }

    /// Sets a text along a line through `(x, y)` (its middle), turned clockwise by `turn` radians.
    pub(crate) fn slanted(&self, layer: &mut GrayImage, text: &str, (x, y): (f32, f32), turn: f32) {
        let mut along = -self.width(text) / 2.0;
        for letter in text.chars() {
            let advance = self.advance(letter);
            let middle = along + advance / 2.0;
            self.letter(layer, letter, (x + middle * turn.cos(), y + middle * turn.sin()), turn);
            along += advance + self.spacing_px;
        }
    }

    /// Draws one letter with the middle of its square at `at`, turned clockwise by `turn` radians.
    pub(crate) fn letter(&self, layer: &mut GrayImage, letter: char, at: (f32, f32), turn: f32) {
        let font = self.face.font();
        let glyph = font.glyph_id(letter);
        let units = font.units_per_em().unwrap_or(1_000.0);
        let height = self.em_px * font.height_unscaled() / units;
        // Chinese characters stand on a square from 0.12 em below to 0.88 em above the base line.
        let (left, base) = (-self.natural_advance(glyph) / 2.0, 0.38 * self.em_px);
        let straight = turn == 0.0;
        let origin = if straight { point(at.0 + left, at.1 + base) } else { point(left, base) };
        let scale = PxScale { x: height * self.narrow, y: height };
        let Some(outline) = font.outline_glyph(glyph.with_scale_and_position(scale, origin)) else { return };
        let bounds = outline.px_bounds();
        if straight {
            outline.draw(|x, y, cover| {
                ink(layer, x.cast_signed() + bounds.min.x as i32, y.cast_signed() + bounds.min.y as i32, cover);
            });
            return;
        }
        let mut mask = GrayImage::new(bounds.width() as u32 + 1, bounds.height() as u32 + 1);
        outline.draw(|x, y, cover| ink(&mut mask, x.cast_signed(), y.cast_signed(), cover));
        turned(layer, &mask, (bounds.min.x, bounds.min.y), at, turn);
    }
}

/// Lays `mask`, whose corner stands at `corner` from the turning point, turned onto the layer.
fn turned(layer: &mut GrayImage, mask: &GrayImage, corner: (f32, f32), at: (f32, f32), turn: f32) {
    let (sin, cos) = turn.sin_cos();
    let reach = [corner.0, corner.0 + mask.width() as f32, corner.1, corner.1 + mask.height() as f32]
        .into_iter()
        .fold(0.0_f32, |reach, side| reach.max(side.abs()))
        * 1.5;
    for y in (at.1 - reach) as i32..=(at.1 + reach) as i32 {
        for x in (at.0 - reach) as i32..=(at.0 + reach) as i32 {
            let (dx, dy) = (x as f32 - at.0, y as f32 - at.1);
            let cover = smooth(mask, dx * cos + dy * sin - corner.0, dy * cos - dx * sin - corner.1);
            if cover > 0.0 {
                ink(layer, x, y, cover);
            }
        }
    }
}

/// The value between pixels, 0 outside.
fn smooth(mask: &GrayImage, x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (right_part, low_part) = (x - left, y - top);
    let at = |x: i32, y: i32| match (u32::try_from(x), u32::try_from(y)) {
        (Ok(x), Ok(y)) if x < mask.width() && y < mask.height() => f32::from(mask.get_pixel(x, y).0[0]),
        _ => 0.0,
    };
    let (x, y) = (left as i32, top as i32);
    let upper = at(x, y) * (1.0 - right_part) + at(x + 1, y) * right_part;
    let lower = at(x, y + 1) * (1.0 - right_part) + at(x + 1, y + 1) * right_part;
    (upper * (1.0 - low_part) + lower * low_part) / 255.0
}

/// Puts ink on a pixel: `cover` from 0 to 1, the darker of old and new stays. Outside the layer nothing happens.
pub(crate) fn ink(layer: &mut GrayImage, x: i32, y: i32, cover: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if x < layer.width() && y < layer.height() {
        let Luma([old]) = layer.get_pixel_mut(x, y);
        *old = (*old).max((cover * 255.0) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(face: Face, text: &str) -> String {
        text.chars().filter(|letter| !letter.is_control() && face.font().glyph_id(*letter).0 == 0).collect()
    }

    #[test]
    fn both_fonts_have_every_character_that_the_sample_can_print() {
        let sources = [
            include_str!("company.rs"),
            include_str!("form.rs"),
            include_str!("money.rs"),
            include_str!("seal.rs"),
            include_str!("sheet.rs"),
        ];
        for face in [Face::Sans, Face::Serif] {
            for source in sources {
                let printed = source.split("#[cfg(test)]").next().unwrap();
                assert_eq!(lacking(face, printed), "", "{face:?}");
            }
        }
    }

    #[test]
    fn the_sans_has_the_rare_half_of_gb_2312_too() {
        assert_eq!(lacking(Face::Sans, "翊霁砚岚泓鑫圳濮睿喆犇¥（）⊗"), "喆犇");
    }

    #[test]
    fn a_typewriter_gives_all_latin_letters_one_width() {
        let pen = Pen::new(Face::Sans, 30.0).typewriter(0.5);
        assert!((pen.width("1W.") - 45.0).abs() < 0.01);
        assert!((pen.width("样张") - 60.0).abs() < 0.1);
    }

    #[test]
    fn a_turned_letter_has_as_much_ink_as_a_straight_one() {
        let sum = |turn: f32| {
            let mut layer = GrayImage::new(100, 100);
            Pen::new(Face::Serif, 60.0).letter(&mut layer, '样', (50.0, 50.0), turn);
            layer.pixels().map(|pixel| f64::from(pixel.0[0])).sum::<f64>()
        };
        assert!(sum(0.0) > 1_000.0);
        assert!((sum(1.0) / sum(0.0) - 1.0).abs() < 0.05);
    }
}

use ab_glyph::{Font, FontRef, GlyphId};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::fonts::SANS_SC;

/// A line of text is one em high: so much of it is above the baseline. Chinese characters fill this box.
const ASCENT_EM: f32 = 0.88;

/// Sets lines of text in the font that comes with the program. Sizes are px of the em, as in CSS.
#[derive(Debug)]
pub(super) struct Typesetter {
    font: FontRef<'static>,
}

/// A line of text: its glyphs with the x of each, in font units from the line's left end.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) glyphs: Vec<(GlyphId, f32)>,
    width_units: f32,
}

impl Typesetter {
    pub(super) fn new() -> Self {
        #[expect(clippy::expect_used, reason = "the font is part of the program, and a test draws with it")]
        let font = FontRef::try_from_slice(SANS_SC).expect("the embedded font");
        Self { font }
    }

    pub(super) fn font(&self) -> &FontRef<'static> {
        &self.font
    }

    /// How many px a font unit is.
    pub(super) fn scale(&self, size_px: f32) -> f32 {
        size_px / self.font.units_per_em().unwrap_or(1000.0)
    }

    pub(super) fn set(&self, text: &str) -> Line {
        let mut line = Line { glyphs: Vec::new(), width_units: 0.0 };
        for character in text.chars().filter(|character| !character.is_control()) {
            let glyph = self.font.glyph_id(character);
            line.glyphs.push((glyph, line.width_units));
            line.width_units += self.font.h_advance_unscaled(glyph);
        }
        line
    }

    /// Width and height of a line of text, px.
    pub(super) fn measure(&self, text: &str, size_px: f32) -> (u32, u32) {
        ((self.set(text).width_units * self.scale(size_px)).ceil() as u32, size_px.ceil() as u32)
    }

    /// Where the left end of the line's baseline is, px from the point that `anchor` fixes; y grows downwards.
    pub(super) fn offset(&self, line: &Line, size_px: f32, anchor: Pos) -> (f32, f32) {
        let width_px = line.width_units * self.scale(size_px);
        let x = match anchor.h_pos {
            HPos::Left => 0.0,
            HPos::Center => -width_px / 2.0,
            HPos::Right => -width_px,
        };
        let top = match anchor.v_pos {
            VPos::Top => 0.0,
            VPos::Center => -size_px / 2.0,
            VPos::Bottom => -size_px,
        };
        (x, top + ASCENT_EM * size_px)
    }

    /// The text cut to a width, with an ellipsis where something is left out.
    pub(super) fn fit(&self, text: &str, size_px: f32, width_px: u32) -> String {
        if self.measure(text, size_px).0 <= width_px {
            return text.to_owned();
        }
        let mut kept: String = text.to_owned();
        while kept.pop().is_some() {
            let cut = format!("{kept}…");
            if self.measure(&cut, size_px).0 <= width_px {
                return cut;
            }
        }
        "…".to_owned()
    }
}

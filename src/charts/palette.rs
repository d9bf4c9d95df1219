//! The colours: the palette of Okabe and Ito, made to be told apart by everyone, on a light and on a dark ground.

use std::fmt::Write as _;

use plotters::style::RGBColor;

pub(super) const GROUND: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const SOFT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
pub(super) const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(super) const SKY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
pub(super) const VERMILLION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
pub(super) const ORANGE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);

/// What each colour becomes on a dark ground. The bright half of the palette trades places with the dark half.
const ON_DARK: [(RGBColor, RGBColor); 8] = [
    (GROUND, RGBColor(0x16, 0x1b, 0x22)),
    (INK, RGBColor(0xe6, 0xe6, 0xe6)),
    (SOFT_INK, RGBColor(0xa8, 0xb0, 0xb8)),
    (GRID, RGBColor(0x36, 0x3c, 0x44)),
    (BLUE, RGBColor(0x56, 0xb4, 0xe9)),
    (SKY, RGBColor(0x2f, 0x7f, 0xb8)),
    (VERMILLION, RGBColor(0xff, 0x8c, 0x3a)),
    (ORANGE, RGBColor(0xf0, 0xe4, 0x42)),
];

/// The ground that an SVG is drawn on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Background {
    /// White, wherever it is shown: a notebook does not tell a picture which theme it has.
    #[default]
    Light,
    /// White or dark, as the reader's system is set (`prefers-color-scheme`). A viewer that does not know the question
    /// shows the light one.
    LightOrDark,
}

/// The class of an SVG that follows the reader's colour scheme.
pub(super) const DARKENING_CLASS: &str = "nova-ft-chart";

/// The rules that repaint a chart of that class where the reader prefers dark.
pub(super) fn darkening_style() -> String {
    let mut style = String::from("<style>@media (prefers-color-scheme: dark) {\n");
    for (light, dark) in ON_DARK {
        let (light, dark) = (hex(light), hex(dark));
        for what in ["fill", "stroke"] {
            let _ = writeln!(style, ".{DARKENING_CLASS} [{what}=\"{light}\"] {{ {what}: {dark} }}");
        }
    }
    style.push_str("}</style>\n");
    style
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast as WCAG 2 defines it.
    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |RGBColor(r, g, b): RGBColor| 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_lines_stand_out_on_both_grounds() {
        let dark = |color| ON_DARK.iter().find(|(light, _)| *light == color).unwrap().1;
        for (color, least) in [(INK, 7.0), (SOFT_INK, 4.5), (BLUE, 3.0), (VERMILLION, 3.0), (ORANGE, 2.0), (SKY, 2.0)] {
            assert!(contrast(color, GROUND) >= least, "{color:?} on white: {}", contrast(color, GROUND));
            let on_dark = contrast(dark(color), dark(GROUND));
            assert!(on_dark >= least, "{color:?} on dark: {on_dark}");
        }
    }
}

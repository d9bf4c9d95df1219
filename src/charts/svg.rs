use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;

use ab_glyph::{Font, GlyphId, OutlineCurve, Point};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};

use super::palette::{Background, DARKENING_CLASS, darkening_style};
use super::typeset::Typesetter;
use crate::markup::escape;

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// Writes an SVG whose text is glyph outlines. Each outline is written once, in font units, and used where it occurs.
#[derive(Debug)]
pub(super) struct SvgCanvas<'a> {
    target: &'a mut String,
    head: String,
    body: String,
    outlines: BTreeMap<GlyphId, String>,
    type_: Typesetter,
    size: (u32, u32),
}

impl<'a> SvgCanvas<'a> {
    /// A canvas of so many units a px; `size_px` is what the drawing takes on a page.
    pub(super) fn new(
        target: &'a mut String,
        title: &str,
        size_px: (u32, u32),
        fineness: u32,
        background: Background,
    ) -> Self {
        let title = escape(title);
        let (width_px, height_px) = size_px;
        let size = (width_px * fineness, height_px * fineness);
        let (class, style) = match background {
            Background::Light => (String::new(), String::new()),
            Background::LightOrDark => (format!(" class=\"{DARKENING_CLASS}\""), darkening_style()),
        };
        let head = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_px}\" height=\"{height_px}\" \
             viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{title}\"{class}>\n<title>{title}</title>\n{style}",
            size.0, size.1
        );
        Self { target, head, body: String::new(), outlines: BTreeMap::new(), type_: Typesetter::new(), size }
    }

    fn element(&mut self, shape: &str, paint: &str) {
        let _ = writeln!(self.body, "<{shape} {paint}/>");
    }
}

impl DrawingBackend for SvgCanvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        self.target.clear();
        self.target.push_str(&self.head);
        self.target.push_str("<defs>\n");
        // The id is the glyph's number in the font: where several charts stand in one page, equal ids are equal outlines.
        for (glyph, outline) in &self.outlines {
            let _ = writeln!(self.target, "<path id=\"g{}\" d=\"{outline}\"/>", glyph.0);
        }
        self.target.push_str("</defs>\n");
        self.target.push_str(&self.body);
        self.target.push_str("</svg>\n");
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        self.element(&format!("rect x=\"{x}\" y=\"{y}\" width=\"1\" height=\"1\""), &fill(color));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        let shape = format!("line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"", from.0, from.1, to.0, to.1);
        let crisp = if from.0 == to.0 || from.1 == to.1 { " shape-rendering=\"crispEdges\"" } else { "" };
        self.element(&shape, &format!("{}{crisp}", stroke(style)));
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, filled: bool) -> Done {
        let (x, y) = (from.0.min(to.0), from.1.min(to.1));
        let (width, height) = (from.0.abs_diff(to.0), from.1.abs_diff(to.1));
        let paint = if filled { fill(style.color()) } else { format!("fill=\"none\" {}", stroke(style)) };
        self.element(&format!("rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""), &paint);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        let points = points(path);
        self.element(&format!("polyline points=\"{points}\" fill=\"none\""), &stroke(style));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, filled: bool) -> Done {
        let paint = if filled { fill(style.color()) } else { format!("fill=\"none\" {}", stroke(style)) };
        self.element(&format!("circle cx=\"{}\" cy=\"{}\" r=\"{radius}\"", center.0, center.1), &paint);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        let points = points(path);
        self.element(&format!("polygon points=\"{points}\""), &fill(style.color()));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        let size_px = style.size() as f32;
        let line = self.type_.set(text);
        let (x, y) = self.type_.offset(&line, size_px, style.anchor());
        let turn = match style.transform() {
            FontTransform::None => "",
            FontTransform::Rotate90 => " rotate(90)",
            FontTransform::Rotate180 => " rotate(180)",
            FontTransform::Rotate270 => " rotate(-90)",
        };
        let scale = self.type_.scale(size_px);
        let _ = writeln!(
            self.body,
            "<g transform=\"translate({} {}){turn} translate({x:.1} {y:.1}) scale({scale:.5} -{scale:.5})\" {}><title>{}</title>",
            at.0,
            at.1,
            fill(style.color()),
            escape(text)
        );
        for (glyph, x_units) in line.glyphs {
            let Some(outline) = self.type_.font().outline(glyph) else { continue };
            self.outlines.entry(glyph).or_insert_with(|| path_data(&outline.curves));
            let _ = write!(self.body, "<use href=\"#g{}\" x=\"{x_units:.0}\"/>", glyph.0);
        }
        self.body.push_str("</g>\n");
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

/// The curves as SVG path data in whole font units, relative: an outline takes a few hundred bytes.
fn path_data(curves: &[OutlineCurve]) -> String {
    let mut data = String::new();
    let mut pen: Option<(i32, i32)> = None;
    for curve in curves {
        let (start, command, rest): (Point, char, &[Point]) = match curve {
            OutlineCurve::Line(a, b) => (*a, 'l', &[*b]),
            OutlineCurve::Quad(a, b, c) => (*a, 'q', &[*b, *c]),
            OutlineCurve::Cubic(a, b, c, d) => (*a, 'c', &[*b, *c, *d]),
        };
        let from = whole(start);
        if pen != Some(from) {
            let close = if pen.is_some() { "z" } else { "" };
            let _ = write!(data, "{close}M{} {}", from.0, from.1);
        }
        data.push(command);
        let mut end = from;
        for (n, point) in rest.iter().enumerate() {
            end = whole(*point);
            let (dx, dy) = (end.0 - from.0, end.1 - from.1);
            let gap = if n == 0 || dx < 0 { "" } else { " " };
            let comma = if dy < 0 { "" } else { " " };
            let _ = write!(data, "{gap}{dx}{comma}{dy}");
        }
        pen = Some(end);
    }
    if pen.is_some() {
        data.push('z');
    }
    data
}

fn whole(point: Point) -> (i32, i32) {
    (point.x.round() as i32, point.y.round() as i32)
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    path.into_iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

fn fill(color: BackendColor) -> String {
    paint("fill", color)
}

fn stroke(style: &impl BackendStyle) -> String {
    format!("{} stroke-width=\"{}\"", paint("stroke", style.color()), style.stroke_width())
}

fn paint(what: &str, color: BackendColor) -> String {
    let (red, green, blue) = color.rgb;
    let opacity = if color.alpha < 1.0 { format!(" {what}-opacity=\"{:.2}\"", color.alpha) } else { String::new() };
    format!("{what}=\"#{red:02x}{green:02x}{blue:02x}\"{opacity}")
}

//! Draws a plot: title, captions, legend, axes, layers.

use std::convert::Infallible;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontTransform, IntoFont as _, RGBColor, ShapeStyle, TextStyle};

use super::Drawn;
use super::palette::{GRID, GROUND, INK, SOFT_INK};
use super::plot::{Layer, Marker, Plot, Shape, Stroke};
use super::ticks::Axis;
use super::typeset::Typesetter;

const MARGIN_PX: i32 = 16;
const TITLE_TEXT_PX: i32 = 18;
const TEXT_PX: i32 = 13;
const LINE_PX: i32 = 19;
const SWATCH_PX: i32 = 24;
/// Room at the top of the plot for the names of marks.
const MARK_TEXT_PX: i32 = 12;
/// Marks of the vertical axis; the horizontal one has room for more.
const TICK_COUNT: usize = 6;

/// The inner rectangle, in units.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

/// A plot on its way to a canvas that has `unit` units a px.
struct Layout<'a, B: DrawingBackend<ErrorType = Infallible>> {
    area: &'a DrawingArea<B, Shift>,
    type_: Typesetter,
    unit: i32,
}

pub(super) fn draw<B: DrawingBackend<ErrorType = Infallible>>(
    plot: &Plot,
    area: &DrawingArea<B, Shift>,
    unit: i32,
) -> Drawn {
    Layout { area, type_: Typesetter::new(), unit }.draw(plot)
}

impl<B: DrawingBackend<ErrorType = Infallible>> Layout<'_, B> {
    fn draw(&self, plot: &Plot) -> Drawn {
        let u = self.unit;
        let (width, height) = self.area.dim_in_pixel();
        let (width, height) = (width.cast_signed(), height.cast_signed());
        self.area.fill(&GROUND)?;
        let room = (width - 2 * MARGIN_PX * u).cast_unsigned();
        let mut y = MARGIN_PX * u;
        let title = self.type_.fit(&plot.title, (TITLE_TEXT_PX * u) as f32, room);
        self.text(&title, (MARGIN_PX * u, y), TITLE_TEXT_PX, INK, Pos::default())?;
        y += (TITLE_TEXT_PX + 8) * u;
        for caption in &plot.captions {
            let line = self.type_.fit(caption, (TEXT_PX * u) as f32, room);
            self.text(&line, (MARGIN_PX * u, y), TEXT_PX, SOFT_INK, Pos::default())?;
            y += LINE_PX * u;
        }
        y = self.legend(plot, y + 3 * u, width)?;

        // Headroom, so that the highest point is seen to be one and marks have a place for their names.
        let (least, most) =
            plot.ys().filter(|y| y.is_finite()).fold((0.0f64, 0.0f64), |(a, b), y| (a.min(y), b.max(y)));
        let above = if most > 0.0 { most + (most - least) * 0.12 } else { most };
        let vertical = Axis::over(plot.ys().chain([above]), plot.y_numbers, TICK_COUNT);
        let horizontal = Axis::over(plot.xs(), plot.x_numbers, TICK_COUNT + 3);
        let widest = vertical.ticks.iter().map(|(_, label)| self.width(label, TEXT_PX)).max().unwrap_or(0);
        let frame = Frame {
            left: (MARGIN_PX + LINE_PX + 6) * u + widest,
            top: y + 6 * u,
            right: width - (MARGIN_PX + 8) * u,
            bottom: height - (MARGIN_PX + 2 * LINE_PX + 4) * u,
        };
        self.axes(plot, &horizontal, &vertical, frame)?;
        let place = |x: f64, y: f64| {
            let inset = f64::from(8 * u);
            let (left, right) = (f64::from(frame.left) + inset, f64::from(frame.right) - inset);
            let (top, bottom) = (f64::from(frame.top), f64::from(frame.bottom));
            let across = left + horizontal.share(x) * (right - left);
            let up = bottom - vertical.share(y) * (bottom - top);
            (across.round() as i32, up.round() as i32)
        };
        let mut free_from = i32::MIN;
        for mark in plot.marks.iter().filter(|mark| mark.x.is_finite()) {
            let (x, _) = place(mark.x, 0.0);
            self.line(&[(x, frame.top), (x, frame.bottom)], SOFT_INK.stroke_width(self.px(1)))?;
            let end = x + 5 * u + self.width(&mark.label, MARK_TEXT_PX);
            if x > free_from && end < frame.right {
                self.text(&mark.label, (x + 5 * u, frame.top + 2 * u), MARK_TEXT_PX, SOFT_INK, Pos::default())?;
                free_from = end;
            }
        }
        for layer in &plot.layers {
            self.layer(layer, &place, frame)?;
        }
        Ok(())
    }

    fn px(&self, px: i32) -> u32 {
        (px * self.unit).cast_unsigned()
    }

    fn width(&self, text: &str, size_px: i32) -> i32 {
        self.type_.measure(text, (size_px * self.unit) as f32).0.cast_signed()
    }

    fn text(&self, text: &str, at: (i32, i32), size_px: i32, color: RGBColor, anchor: Pos) -> Drawn {
        let font = ("sans-serif", f64::from(size_px * self.unit)).into_font();
        self.area.draw(&Text::new(text.to_owned(), at, TextStyle::from(font).color(&color).pos(anchor)))
    }

    fn line(&self, points: &[(i32, i32)], style: ShapeStyle) -> Drawn {
        self.area.draw(&PathElement::new(points.to_vec(), style))
    }

    /// The legend, in as many rows as it needs; where the next thing begins.
    fn legend(&self, plot: &Plot, top: i32, width: i32) -> Drawn<i32> {
        let u = self.unit;
        let (mut x, mut y) = (MARGIN_PX * u, top);
        for layer in plot.layers.iter().filter(|layer| !layer.name.is_empty()) {
            let item = (SWATCH_PX + 6 + 22) * u + self.width(&layer.name, TEXT_PX);
            if x > MARGIN_PX * u && x + item > width - MARGIN_PX * u {
                (x, y) = (MARGIN_PX * u, y + LINE_PX * u);
            }
            let middle = y + LINE_PX * u / 2;
            self.swatch(layer, x, middle)?;
            let at = (x + (SWATCH_PX + 6) * u, middle);
            self.text(&layer.name, at, TEXT_PX, INK, Pos::new(HPos::Left, VPos::Center))?;
            x += item;
        }
        Ok(y + if plot.layers.iter().any(|layer| !layer.name.is_empty()) { LINE_PX * u } else { 0 })
    }

    fn swatch(&self, layer: &Layer, x: i32, middle: i32) -> Drawn {
        let (u, color) = (self.unit, layer.hue.color());
        let center = x + SWATCH_PX * u / 2;
        match &layer.shape {
            Shape::Line { stroke, marker, .. } => {
                self.line(&[(x, middle), (x + SWATCH_PX * u, middle)], self.stroke(*stroke, color))?;
                self.marker(*marker, (center, middle), color)
            }
            Shape::Bars(_) => {
                let corners = [(x + 4 * u, middle - 6 * u), (x + (SWATCH_PX - 4) * u, middle + 6 * u)];
                self.area.draw(&Rectangle::new(corners, color.filled()))
            }
            Shape::Ranges(_) => self.range(center, middle - 7 * u, middle + 7 * u, color),
            Shape::Crosses(_) => self.cross((center, middle), color),
        }
    }

    fn axes(&self, plot: &Plot, horizontal: &Axis, vertical: &Axis, frame: Frame) -> Drawn {
        let u = self.unit;
        let Frame { left, top, right, bottom } = frame;
        let thin = self.px(1);
        for (value, label) in &vertical.ticks {
            let y = (f64::from(bottom) - vertical.share(*value) * f64::from(bottom - top)).round() as i32;
            self.line(&[(left, y), (right, y)], GRID.stroke_width(thin))?;
            self.text(label, (left - 6 * u, y), TEXT_PX, INK, Pos::new(HPos::Right, VPos::Center))?;
        }
        for (value, label) in &horizontal.ticks {
            let inset = 8 * u;
            let across = f64::from(right - left - 2 * inset);
            let x = left + inset + (horizontal.share(*value) * across).round() as i32;
            self.line(&[(x, bottom), (x, bottom + 4 * u)], INK.stroke_width(thin))?;
            self.text(label, (x, bottom + 7 * u), TEXT_PX, INK, Pos::new(HPos::Center, VPos::Top))?;
        }
        self.line(&[(left, top), (left, bottom), (right, bottom)], INK.stroke_width(thin))?;
        let below = (i32::midpoint(left, right), bottom + (LINE_PX + 8) * u);
        self.text(&plot.x_axis, below, TEXT_PX, INK, Pos::new(HPos::Center, VPos::Top))?;
        let font = ("sans-serif", f64::from(TEXT_PX * u)).into_font().transform(FontTransform::Rotate270);
        let style = TextStyle::from(font).color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
        self.area.draw(&Text::new(plot.y_axis.clone(), (MARGIN_PX * u, i32::midpoint(top, bottom)), style))
    }

    fn layer(&self, layer: &Layer, place: &impl Fn(f64, f64) -> (i32, i32), frame: Frame) -> Drawn {
        let (u, color) = (self.unit, layer.hue.color());
        match &layer.shape {
            Shape::Line { points, stroke, marker } => {
                for run in points.split(|(x, y)| !x.is_finite() || !y.is_finite()).filter(|run| !run.is_empty()) {
                    let run: Vec<_> = run.iter().map(|(x, y)| place(*x, *y)).collect();
                    match run[..] {
                        [alone] if *marker == Marker::None => self.marker(Marker::Disc, alone, color)?,
                        [_] => {}
                        _ => self.line(&run, self.stroke(*stroke, color))?,
                    }
                    run.iter().try_for_each(|at| self.marker(*marker, *at, color))?;
                }
                Ok(())
            }
            Shape::Bars(bars) => bars.iter().filter(|bar| bar.height.is_finite()).try_for_each(|bar| {
                let (foot, head) = (place(bar.left, 0.0), place(bar.right, bar.height));
                self.area.draw(&Rectangle::new([(foot.0, head.1), (head.0.max(foot.0 + u), foot.1)], color.filled()))
            }),
            Shape::Ranges(ranges) => ranges.iter().try_for_each(|(x, low, high)| {
                let ((x, low), (_, high)) = (place(*x, *low), place(*x, *high));
                self.range(x, high, low, color)
            }),
            Shape::Crosses(xs) => {
                let mut columns: Vec<i32> = xs.iter().map(|x| place(*x, 0.0).0).collect();
                columns.dedup();
                columns.into_iter().try_for_each(|x| self.cross((x, frame.top + 24 * u), color))
            }
        }
    }

    fn stroke(&self, stroke: Stroke, color: RGBColor) -> ShapeStyle {
        match stroke {
            Stroke::Thin => color.stroke_width((3 * self.unit / 2).max(1).cast_unsigned()),
            Stroke::Bold => color.stroke_width((5 * self.unit / 2).max(1).cast_unsigned()),
        }
    }

    fn marker(&self, marker: Marker, (x, y): (i32, i32), color: RGBColor) -> Drawn {
        let u = self.unit;
        match marker {
            Marker::None => Ok(()),
            Marker::Disc => self.area.draw(&Circle::new((x, y), 7 * u / 2, color.filled())),
            Marker::Square => {
                let half = 9 * u / 2;
                self.area.draw(&Rectangle::new([(x - half, y - half), (x + half, y + half)], color.filled()))
            }
        }
    }

    fn range(&self, x: i32, top: i32, bottom: i32, color: RGBColor) -> Drawn {
        let (half, style) = (6 * self.unit, self.stroke(Stroke::Thin, color));
        self.line(&[(x, top), (x, bottom)], style)?;
        [top, bottom].iter().try_for_each(|y| self.line(&[(x - half, *y), (x + half, *y)], style))
    }

    fn cross(&self, (x, y): (i32, i32), color: RGBColor) -> Drawn {
        let (half, style) = (4 * self.unit, self.stroke(Stroke::Bold, color));
        self.line(&[(x - half, y - half), (x + half, y + half)], style)?;
        self.line(&[(x - half, y + half), (x + half, y - half)], style)
    }
}

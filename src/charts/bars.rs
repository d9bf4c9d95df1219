use std::convert::Infallible;

use plotters::chart::{ChartBuilder, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, TextStyle};

use super::palette::{BLUE, GRID, GROUND, INK};
use super::typeset::Typesetter;
use super::{Chart, Drawn, Kind};
use crate::labels::SellerCount;
use crate::wording::counted;

/// Bars drawn one by one; the sellers after them become one row.
const MOST_ROWS: usize = 24;
const ROW_PX: u32 = 26;
const WIDTH_PX: u32 = 760;
const MOST_LABEL_PX: u32 = 330;
const TITLE_PX: u32 = 44;
const AXIS_PX: u32 = 52;
const MARGIN_PX: u32 = 14;

const TEXT_PX: f64 = 14.0;
const TITLE_TEXT_PX: f64 = 18.0;

/// Named amounts as horizontal bars.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bars {
    rows: Vec<Row>,
    /// What the rows leave out: a line of text, since a bar for it would dwarf the others.
    rest: Option<(String, String)>,
    axis: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    label: String,
    count: usize,
}

/// How many photos each seller has, the most frequent on top.
///
/// Equal counts stand in the order of their names. Past 24 sellers the last line says how many more there are.
pub fn counts_by_seller(counts: &[SellerCount]) -> Chart {
    let mut sorted: Vec<&SellerCount> = counts.iter().collect();
    sorted.sort_by(|a, b| b.row_count.cmp(&a.row_count).then_with(|| a.seller.cmp(&b.seller)));
    let shown = if sorted.len() > MOST_ROWS + 1 { MOST_ROWS } else { sorted.len() };
    let (single, rest) = sorted.split_at(shown);
    let photos = |counts: &[&SellerCount]| counts.iter().map(|count| count.row_count).sum();
    let title =
        format!("Photos by seller: {} of {}", counted(photos(&sorted), "photo"), counted(counts.len(), "seller"));
    let rows: Vec<Row> = single.iter().map(|c| Row { label: one_line(&c.seller), count: c.row_count }).collect();
    let rest = (!rest.is_empty())
        .then(|| (counted(rest.len(), "other seller"), format!("{} together", counted(photos(rest), "photo"))));
    let height_px = TITLE_PX + ROW_PX * (rows.len() + usize::from(rest.is_some())).max(1) as u32 + AXIS_PX + MARGIN_PX;
    Chart { title, width_px: WIDTH_PX, height_px, kind: Kind::Bars(Bars { rows, rest, axis: "photos" }) }
}

/// A name as one line: a label with a line break in it is a fault that the chart has to survive.
fn one_line(name: &str) -> String {
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "(empty)".to_owned() } else { line }
}

impl Bars {
    pub(super) fn draw<B: DrawingBackend<ErrorType = Infallible>>(
        &self,
        area: &DrawingArea<B, Shift>,
        title: &str,
    ) -> Drawn {
        let font = ("sans-serif", TEXT_PX).into_font();
        let text = |h_pos, v_pos| TextStyle::from(font.clone()).color(&INK).pos(Pos::new(h_pos, v_pos));
        area.fill(&GROUND)?;
        let heading = TextStyle::from(("sans-serif", TITLE_TEXT_PX).into_font()).color(&INK);
        area.draw(&Text::new(title.to_owned(), (MARGIN_PX.cast_signed(), MARGIN_PX.cast_signed()), heading))?;

        let type_ = Typesetter::new();
        let labels: Vec<String> =
            self.rows.iter().map(|row| type_.fit(&row.label, TEXT_PX as f32, MOST_LABEL_PX)).collect();
        let widest = labels
            .iter()
            .chain(self.rest.iter().map(|(label, _)| label))
            .map(|label| type_.measure(label, TEXT_PX as f32).0)
            .max()
            .unwrap_or(0);
        let most = self.rows.iter().map(|row| row.count).max().unwrap_or(0).max(1);
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let line_count = (self.rows.len() + usize::from(self.rest.is_some())).max(1) as f64;

        let mut chart = ChartBuilder::on(area)
            .margin_top(TITLE_PX)
            // Room for the number beside the longest bar.
            .margin_right(MARGIN_PX + type_.measure(&most.to_string(), TEXT_PX as f32).0 + 10)
            .margin_bottom(MARGIN_PX)
            .margin_left(MARGIN_PX)
            .set_label_area_size(LabelAreaPosition::Left, widest + 10)
            .set_label_area_size(LabelAreaPosition::Bottom, AXIS_PX)
            .build_cartesian_2d(0..most, 0.0..line_count)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(0)
            .x_labels(most.min(8) as usize + 1)
            .bold_line_style(GRID)
            .light_line_style(GROUND.mix(0.0))
            .axis_style(INK)
            .set_all_tick_mark_size(4)
            .label_style(TextStyle::from(font.clone()).color(&INK))
            .x_desc(self.axis)
            .draw()?;

        for (place, (row, label)) in self.rows.iter().zip(&labels).enumerate() {
            let top = line_count - place as f64;
            let count = i32::try_from(row.count).unwrap_or(i32::MAX);
            chart.draw_series([Rectangle::new([(0, top - 0.15), (count, top - 0.85)], BLUE.filled())])?;
            let (left, middle) = chart.backend_coord(&(0, top - 0.5));
            let (right, _) = chart.backend_coord(&(count, top - 0.5));
            area.draw(&Text::new(label.clone(), (left - 8, middle), text(HPos::Right, VPos::Center)))?;
            area.draw(&Text::new(row.count.to_string(), (right + 6, middle), text(HPos::Left, VPos::Center)))?;
        }
        if let Some((label, amount)) = &self.rest {
            let (left, middle) = chart.backend_coord(&(0, 0.5));
            area.draw(&Text::new(label.clone(), (left - 8, middle), text(HPos::Right, VPos::Center)))?;
            area.draw(&Text::new(amount.clone(), (left + 6, middle), text(HPos::Left, VPos::Center)))?;
        }
        Ok(())
    }
}

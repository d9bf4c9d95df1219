//! The figures of a training, and its charts.

use maud::{Markup, html};

use super::gallery::picture;
use super::stages::MOST_ROWS;
use super::table::{Side, Table, count};
use super::{Content, Show};
use crate::charts::Chart;
use crate::training::metrics::{Metrics, NamedChart, Series, loss_chart, render_table, render_words};

/// The chart is a PNG inside the page: a notebook that is not trusted yet, and GitHub, drop an SVG that stands in HTML.
impl Show for Metrics {
    fn content(&self) -> Content {
        let html = html! { (image(&loss_chart(self))) "\n" (render_words(self)) };
        Content::text(render_table(self)).with_html(html)
    }
}

/// The losses as they stand in the file: of many the first and the last.
impl Show for Series {
    fn content(&self) -> Content {
        let rows = self.rows.len();
        let left_out = rows.saturating_sub(MOST_ROWS);
        let mut caption = format!("{} of {}", count(rows, "step"), self.name());
        if left_out > 0 {
            caption = format!("{caption}, the first and the last {}", MOST_ROWS / 2);
        }
        if !self.oddities.is_empty() {
            let odd: Vec<String> = self.oddities.iter().map(ToString::to_string).collect();
            caption = format!("{caption}; {}", odd.join("; "));
        }
        let mut table = Table::new(caption);
        for name in ["step", "epoch", "loss", "perplexity"] {
            table = table.column(name, "", Side::Right);
        }
        let first = if left_out > 0 { MOST_ROWS / 2 } else { rows };
        for (n, row) in self.rows.iter().enumerate().filter(|(n, _)| !(first..first + left_out).contains(n)) {
            if left_out > 0 && n == first + left_out {
                table.push(std::array::from_fn::<_, 4, _>(|_| Some("…".to_owned())));
            }
            let number = |value: Option<f64>| value.map(|value| format!("{value:.3}"));
            let epoch = row.epoch.map(|epoch| epoch.to_string());
            table.push([Some(row.step.to_string()), epoch, number(row.loss), number(row.perplexity)]);
        }
        table.to_content()
    }
}

impl Show for NamedChart {
    fn content(&self) -> Content {
        self.chart.content()
    }
}

/// Charts below each other.
impl Show for Vec<NamedChart> {
    fn content(&self) -> Content {
        let titles: Vec<String> = self.iter().map(|named| format!("{} (a chart)", named.chart.title)).collect();
        Content::text(titles.join("\n")).with_html(html! {
            @for (n, named) in self.iter().enumerate() { @if n > 0 { "\n" br; "\n" } (image(&named.chart)) }
        })
    }
}

fn image(chart: &Chart) -> Markup {
    picture(&chart.title, Some(chart.width_px), "image/png", &chart.to_png())
}

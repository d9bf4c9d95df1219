//! The figures of a training, and its charts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::stages::MOST_ROWS;
use super::table::{Side, Table, count};
use super::{Content, Show};
use crate::chart::Chart;
use crate::markup::escape;
use crate::metrics::{Metrics, NamedChart, Series, loss_chart, render_table, render_words};

/// The chart is a PNG inside the page: a notebook that is not trusted yet, and GitHub, drop an SVG that stands in HTML.
impl Show for Metrics {
    fn content(&self) -> Content {
        let image = image(&loss_chart(self));
        Content::text(render_table(self)).with_html(format!("{image}\n{}", render_words(self)))
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
        let images: Vec<String> = self.iter().map(|named| image(&named.chart)).collect();
        Content::text(titles.join("\n")).with_html(images.join("\n<br>\n"))
    }
}

fn image(chart: &Chart) -> String {
    format!(
        "<img alt=\"{}\" width=\"{}\" src=\"data:image/png;base64,{}\">",
        escape(&chart.title),
        chart.width_px,
        STANDARD.encode(chart.to_png())
    )
}

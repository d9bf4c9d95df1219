use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Content, Show};
use crate::markup::escape;
use crate::metrics::{Metrics, loss_chart, render_table, render_words};

/// The chart is a PNG inside the page: a notebook that is not trusted yet, and GitHub, drop an SVG that stands in HTML.
impl Show for Metrics {
    fn content(&self) -> Content {
        let chart = loss_chart(self);
        let image = format!(
            "<img alt=\"{}\" width=\"{}\" src=\"data:image/png;base64,{}\">",
            escape(&chart.title),
            chart.width_px,
            STANDARD.encode(chart.to_png())
        );
        Content::text(render_table(self)).with_html(format!("{image}\n{}", render_words(self)))
    }
}

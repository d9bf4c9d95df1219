//! What a training says of itself: the step-wise CSV files of a job, their figures, a verdict in words, charts.
//!
//! A loss is the mean cross-entropy of a step's samples. That it fell says that the model learned its labels, never that
//! the labels are right: that is what `audit` and `evaluate` are for.

mod analysis;
mod charts;
mod columns;
mod find;
mod oddity;
mod read;
mod render;
mod series;
mod statistics;
mod verdict;

pub use analysis::{Analysis, EpochMean, HeldOut, HeldOutLoss, Metrics, Outliers, StepLoss, Tail, analyze};
pub use charts::{ChartOptions, Detail, NamedChart, OutlierBars, loss_chart, render_charts, write_charts};
pub use find::{MetricsFiles, find_metrics, read_found};
pub use oddity::{Oddity, OddityKind};
pub use read::{parse_series, read_series};
pub(crate) use render::render_words;
pub use render::{render_section, render_table};
pub use series::{Row, Series};
pub use statistics::Slope;
pub use verdict::{Verdict, VerdictKind};

#[cfg(test)]
mod tests;

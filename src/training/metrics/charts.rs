use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::analysis::{EpochMean, Metrics};
use super::verdict::figure;
use crate::charts::picture_file;
use crate::charts::{
    AxisNumbers, Background, Bar, Chart, Hue, Layer, Mark, Marker, Plot, Point, Shape, Stroke, thin_out,
};
use crate::error::Result;
use crate::wording::{counted, grouped, visible};

/// Strips of the drawing: no more than these can be told apart on it.
const COLUMNS: usize = 640;
/// With more points than these a marker on each hides the line.
const MOST_MARKERS: usize = 80;
/// Bars of the distribution.
const MOST_BINS: usize = 40;
const FEWEST_BINS: usize = 5;
/// Epochs whose bars have room for a number.
const MOST_NUMBERED: usize = 12;
/// With more epochs than these their marks, bars and ranges run into each other.
const MOST_EPOCHS: usize = 36;

/// What to do where another file has a chart's name.
const ELSEWHERE: &str = "move it away, or name another `output_dir`.";

const TREND_CHART: &str = "detailed_loss_trend";
const EPOCH_CHART: &str = "detailed_epoch_means";
const DISTRIBUTION_CHART: &str = "detailed_distribution";
const VALIDATION_CHART: &str = "detailed_training_validation";

/// Which charts are drawn, and what stands in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChartOptions {
    /// Which charts.
    pub detail: Detail,
    /// Whether the distribution shows outliers.
    pub outliers: OutlierBars,
}

/// Which charts are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// The loss by step.
    #[default]
    LossOnly,
    /// And trend, means by epoch, distribution, training against validation.
    All,
}

/// What the distribution does with outliers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutlierBars {
    /// Leaves them out, and says so: a few high losses at the start make everything else one bar.
    #[default]
    LeftOut,
    /// Draws them, in another colour.
    Drawn,
}

/// A chart and the name of its files.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedChart {
    /// `training_loss_plot`, `detailed_…`; without an ending.
    pub name: &'static str,
    /// The chart.
    pub chart: Chart,
}

/// The charts of a training, the loss by step first.
pub fn render_charts(metrics: &Metrics, options: &ChartOptions) -> Vec<NamedChart> {
    let mut charts = vec![NamedChart { name: "training_loss_plot", chart: loss_chart(metrics) }];
    if options.detail == Detail::All {
        let mut push = |name, plot: Plot| charts.push(NamedChart { name, chart: plot.into_chart() });
        push(TREND_CHART, trend_plot(metrics));
        if !metrics.analysis.epochs.is_empty() {
            push(EPOCH_CHART, epoch_plot(metrics));
        }
        push(DISTRIBUTION_CHART, distribution_plot(metrics, options.outliers));
        if metrics.analysis.held_out.is_some() {
            push(VALIDATION_CHART, validation_plot(metrics));
        }
    }
    charts
}

/// Writes each chart as SVG, light or dark as its reader's system is, and as PNG. A detailed chart of an earlier
/// call that is not among these is removed, so that it cannot be taken for this training's.
///
/// # Errors
/// Where a file is in the way that nova-ft did not draw, or a chart cannot be written.
pub fn write_charts(charts: &[NamedChart], folder: &Path) -> Result<Vec<PathBuf>> {
    let file = |name: &str, ending: &str| folder.join(format!("{name}.{ending}"));
    // All of them before the first is written.
    for NamedChart { name, .. } in charts {
        ["svg", "png"].iter().try_for_each(|ending| picture_file::check(&file(name, ending), ELSEWHERE))?;
    }
    let mut written = Vec::new();
    for NamedChart { name, chart } in charts {
        let (svg, png) = (file(name, "svg"), file(name, "png"));
        picture_file::write_svg(&svg, &chart.to_svg_on(Background::LightOrDark), ELSEWHERE)?;
        picture_file::write_png(&png, &chart.to_png(), ELSEWHERE)?;
        written.extend([svg, png]);
    }
    for name in [TREND_CHART, EPOCH_CHART, DISTRIBUTION_CHART, VALIDATION_CHART] {
        if !charts.iter().any(|chart| chart.name == name) {
            picture_file::remove(&file(name, "svg"))?;
            picture_file::remove(&file(name, "png"))?;
        }
    }
    Ok(written)
}

/// Loss by step with the epochs marked, and that on the records held out where it is known.
pub fn loss_chart(metrics: &Metrics) -> Chart {
    let mut plot = by_step(metrics, format!("Training loss: {}", visible(&metrics.subject)));
    plot.layers.push(training_line(metrics, "training", Hue::Blue));
    plot.layers.extend(validation_line(metrics));
    plot.layers.extend(crosses(metrics));
    plot.into_chart()
}

fn trend_plot(metrics: &Metrics) -> Plot {
    let mut plot = by_step(metrics, format!("Training loss and its trend: {}", visible(&metrics.subject)));
    let window = metrics.analysis.trend_reach * 2 + 1;
    plot.captions.push(format!("trend: centred moving mean of {}, taken twice", counted(window, "step")));
    plot.layers.push(training_line(metrics, "loss of each step", Hue::Sky));
    // A trend across a gap would be a guess.
    let mut trend = metrics.analysis.trend.iter().peekable();
    let mut loss_at = |step| trend.next_if(|point| point.step == step).map_or(f64::NAN, |point| point.loss);
    let points: Vec<Point> = metrics.training.rows.iter().map(|row| (row.step as f64, loss_at(row.step))).collect();
    let shape = line(&points, Stroke::Bold, Marker::None);
    plot.layers.push(Layer { name: "trend".to_owned(), hue: Hue::Blue, shape });
    plot.layers.extend(crosses(metrics));
    plot
}

/// What the charts by step have in common: axes, epochs, the figures.
fn by_step(metrics: &Metrics, title: String) -> Plot {
    let analysis = &metrics.analysis;
    let mut figures = vec![counted(analysis.step_count, "step")];
    if let (Some(first), Some(last), Some(lowest)) = (analysis.first, analysis.last, analysis.lowest) {
        let [first, last, low] = [first.loss, last.loss, lowest.loss].map(figure);
        figures.push(format!("first {first}, last {last}, lowest {low} (step {})", grouped(lowest.step)));
    }
    figures.push(format!("verdict: {}", metrics.verdict.kind));
    let mut captions = vec![figures.join(" · ")];
    let marks = epoch_marks(&analysis.epochs);
    if marks.is_empty() && !analysis.epochs.is_empty() {
        captions.push(format!("{}, too many to mark", counted(analysis.epochs.len(), "epoch")));
    }
    Plot {
        title,
        captions,
        x_axis: "step".to_owned(),
        y_axis: "loss".to_owned(),
        x_numbers: AxisNumbers::Whole,
        y_numbers: AxisNumbers::Real,
        layers: Vec::new(),
        marks,
    }
}

/// A mark where each epoch begins, half a step before its first; none where they would hide the line.
fn epoch_marks(epochs: &[EpochMean]) -> Vec<Mark> {
    if epochs.len() > MOST_EPOCHS {
        return Vec::new();
    }
    let mark = |(n, epoch): (usize, &EpochMean)| Mark {
        x: epoch.first_step as f64 - if n == 0 { 0.0 } else { 0.5 },
        label: format!("epoch {}", epoch.epoch),
    };
    epochs.iter().enumerate().map(mark).collect()
}

fn training_line(metrics: &Metrics, name: &str, hue: Hue) -> Layer {
    let rows = &metrics.training.rows;
    let points: Vec<Point> = rows.iter().map(|row| (row.step as f64, row.finite_loss().unwrap_or(f64::NAN))).collect();
    Layer { name: name.to_owned(), hue, shape: line(&points, Stroke::Thin, Marker::Disc) }
}

fn validation_line(metrics: &Metrics) -> Option<Layer> {
    let held_out = metrics.analysis.held_out.as_ref()?;
    let points: Vec<Point> = held_out.points.iter().map(|point| (point.step as f64, point.loss)).collect();
    let shape = line(&points, Stroke::Bold, Marker::Square);
    Some(Layer { name: "validation".to_owned(), hue: Hue::Vermillion, shape })
}

/// A line of as many points as can be told apart, with a marker on each where they do not hide it.
fn line(points: &[Point], stroke: Stroke, marker: Marker) -> Shape {
    let marker = if points.len() <= MOST_MARKERS { marker } else { Marker::None };
    Shape::Line { points: thin_out(points, COLUMNS), stroke, marker }
}

fn crosses(metrics: &Metrics) -> Option<Layer> {
    let steps: Vec<f64> =
        metrics.training.rows.iter().filter(|row| row.ran_away()).map(|row| row.step as f64).collect();
    (!steps.is_empty()).then(|| Layer { name: "no number".to_owned(), hue: Hue::Ink, shape: Shape::Crosses(steps) })
}

fn epoch_plot(metrics: &Metrics) -> Plot {
    let epochs = &metrics.analysis.epochs;
    let mut layers = if epochs.len() <= MOST_EPOCHS { epoch_bars(epochs) } else { epoch_lines(epochs) };
    let validation: Vec<Point> =
        epochs.iter().filter_map(|epoch| Some((f64::from(epoch.epoch), epoch.validation?))).collect();
    if !validation.is_empty() {
        let shape = line(&validation, Stroke::Bold, Marker::Square);
        layers.push(Layer { name: "validation".to_owned(), hue: Hue::Vermillion, shape });
    }
    let means = || epochs.iter().filter_map(|epoch| epoch.mean).map(figure).collect::<Vec<_>>();
    let captions = if epochs.len() <= MOST_NUMBERED {
        vec![format!("means: {}", means().join(", "))]
    } else if epochs.len() <= MOST_EPOCHS {
        Vec::new()
    } else {
        let count = counted(epochs.len(), "epoch");
        vec![format!("{count}, too many for a bar each: lines through their means, lowest and highest")]
    };
    Plot {
        title: format!("Loss by epoch: {}", visible(&metrics.subject)),
        captions,
        x_axis: "epoch".to_owned(),
        y_axis: "loss".to_owned(),
        x_numbers: AxisNumbers::Whole,
        y_numbers: AxisNumbers::Real,
        layers,
        marks: Vec::new(),
    }
}

fn epoch_bars(epochs: &[EpochMean]) -> Vec<Layer> {
    let bar = |epoch: &EpochMean| {
        let (middle, height) = (f64::from(epoch.epoch), epoch.mean.unwrap_or(f64::NAN));
        Bar { left: middle - 0.32, right: middle + 0.32, height }
    };
    let ranges = epochs.iter().filter_map(|epoch| epoch.range.map(|(low, high)| (f64::from(epoch.epoch), low, high)));
    let bars = Shape::Bars(epochs.iter().map(bar).collect());
    vec![
        Layer { name: "mean of its steps".to_owned(), hue: Hue::Sky, shape: bars },
        Layer { name: "lowest to highest".to_owned(), hue: Hue::Blue, shape: Shape::Ranges(ranges.collect()) },
    ]
}

fn epoch_lines(epochs: &[EpochMean]) -> Vec<Layer> {
    let through = |name: &str, hue, stroke, of: fn(&EpochMean) -> Option<f64>| {
        let points: Vec<Point> =
            epochs.iter().map(|epoch| (f64::from(epoch.epoch), of(epoch).unwrap_or(f64::NAN))).collect();
        Layer { name: name.to_owned(), hue, shape: line(&points, stroke, Marker::None) }
    };
    vec![
        through("lowest and highest", Hue::Sky, Stroke::Thin, |epoch| epoch.range.map(|range| range.0)),
        // The same in the legend.
        through("", Hue::Sky, Stroke::Thin, |epoch| epoch.range.map(|range| range.1)),
        through("mean of its steps", Hue::Blue, Stroke::Bold, |epoch| epoch.mean),
    ]
}

fn distribution_plot(metrics: &Metrics, outliers: OutlierBars) -> Plot {
    let losses: Vec<f64> = metrics.training.losses().map(|(_, loss)| loss).collect();
    let (low, high, count) = match &metrics.analysis.outliers {
        Some(fences) => (fences.low, fences.high, fences.steps.len()),
        None => (f64::NEG_INFINITY, f64::INFINITY, 0),
    };
    let (inside, outside): (Vec<f64>, Vec<f64>) = losses.iter().partition(|loss| (low..=high).contains(*loss));
    let mut plot = Plot {
        title: format!("Distribution of the training loss: {}", visible(&metrics.subject)),
        captions: vec![match (count, outliers) {
            (0, _) => "no outliers (no loss lies more than 1.5 interquartile ranges beyond the quartiles)".to_owned(),
            (count, OutlierBars::LeftOut) => format!(
                "{} outside {} to {} (1.5 interquartile ranges) left out; --include-outliers draws them",
                counted(count, "outlier"),
                figure(low),
                figure(high)
            ),
            (count, OutlierBars::Drawn) => format!(
                "{} outside {} to {} (1.5 interquartile ranges)",
                counted(count, "outlier"),
                figure(low),
                figure(high)
            ),
        }],
        x_axis: "loss".to_owned(),
        y_axis: "steps".to_owned(),
        x_numbers: AxisNumbers::Real,
        y_numbers: AxisNumbers::Whole,
        layers: Vec::new(),
        marks: Vec::new(),
    };
    let drawn = if outliers == OutlierBars::Drawn { &losses } else { &inside };
    let bins = Bins::of(drawn, &inside);
    let mut push = |name: &str, hue, values: &[f64]| {
        let bars = bins.count(values);
        plot.layers.push(Layer { name: name.to_owned(), hue, shape: Shape::Bars(bars) });
    };
    if outliers == OutlierBars::Drawn && count > 0 {
        // Below the others, since a bin may hold both.
        let theirs: BTreeSet<usize> = outside.iter().map(|loss| bins.place(*loss)).collect();
        let stacked: Vec<f64> = losses.iter().copied().filter(|loss| theirs.contains(&bins.place(*loss))).collect();
        push("outliers", Hue::Orange, &stacked);
    }
    push("steps", Hue::Blue, &inside);
    plot
}

/// Equal bins over the losses that are drawn.
struct Bins {
    low: f64,
    width: f64,
    count: usize,
}

impl Bins {
    /// As wide as Freedman and Diaconis have them, from the quartiles of what is no outlier; 5 to 40.
    fn of(drawn: &[f64], inside: &[f64]) -> Self {
        let low = drawn.iter().copied().fold(f64::INFINITY, f64::min);
        let high = drawn.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low >= high {
            // All equal, or none at all: one bar around the value.
            let low = if low.is_finite() { low } else { 0.0 };
            let width = (low.abs() * 0.1).max(0.01);
            return Self { low: low - width / 2.0, width, count: 1 };
        }
        let mut sorted = inside.to_vec();
        sorted.sort_by(f64::total_cmp);
        let quartile = |share| super::statistics::quantile(&sorted, share).unwrap_or(0.0);
        let wanted = 2.0 * (quartile(0.75) - quartile(0.25)) / (sorted.len().max(1) as f64).cbrt();
        let count = ((high - low) / wanted).ceil();
        let count = if count.is_finite() { count as usize } else { FEWEST_BINS }.clamp(FEWEST_BINS, MOST_BINS);
        Self { low, width: (high - low) / count as f64, count }
    }

    fn place(&self, value: f64) -> usize {
        (((value - self.low) / self.width).max(0.0) as usize).min(self.count - 1)
    }

    fn count(&self, values: &[f64]) -> Vec<Bar> {
        let mut counts = vec![0usize; self.count];
        for value in values {
            counts[self.place(*value)] += 1;
        }
        let bar = |(n, count): (usize, usize)| {
            let left = self.low + n as f64 * self.width;
            let gap = self.width * 0.04;
            Bar { left: left + gap, right: left + self.width - gap, height: count as f64 }
        };
        counts.into_iter().enumerate().filter(|(_, count)| *count > 0).map(bar).collect()
    }
}

fn validation_plot(metrics: &Metrics) -> Plot {
    let points = metrics.analysis.held_out.iter().flat_map(|held_out| &held_out.points);
    let points: Vec<_> = points.collect();
    let by_epoch = points.iter().all(|point| point.epoch.is_some());
    let x = |point: &super::analysis::HeldOutLoss| match point.epoch {
        Some(epoch) if by_epoch => f64::from(epoch),
        _ => point.step as f64,
    };
    let through = |name: &str, hue, marker, y: fn(&super::analysis::HeldOutLoss) -> f64| {
        let points: Vec<Point> = points.iter().map(|point| (x(point), y(point))).collect();
        Layer { name: name.to_owned(), hue, shape: line(&points, Stroke::Bold, marker) }
    };
    let last = points.last();
    let gap = last.and_then(|last| Some((last.loss, last.training?)));
    let of_training = if by_epoch && !metrics.analysis.epochs.is_empty() {
        "training (mean of the epoch)"
    } else {
        "training (trend)"
    };
    Plot {
        title: format!("Training against validation: {}", visible(&metrics.subject)),
        captions: gap
            .map(|(loss, training)| format!("at the end: validation {}, training {}", figure(loss), figure(training)))
            .into_iter()
            .collect(),
        x_axis: if by_epoch { "epoch" } else { "step" }.to_owned(),
        y_axis: "loss".to_owned(),
        x_numbers: AxisNumbers::Whole,
        y_numbers: AxisNumbers::Real,
        layers: vec![
            through(of_training, Hue::Blue, Marker::Disc, |point| point.training.unwrap_or(f64::NAN)),
            through("validation", Hue::Vermillion, Marker::Square, |point| point.loss),
        ],
        marks: Vec::new(),
    }
}

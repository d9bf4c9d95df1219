use std::collections::BTreeMap;

use super::series::Series;
use super::statistics::{Slope, mean, quantile, smooth, trend_reach};
use super::verdict::{Verdict, judge};

/// Steps whose mean is the start: one alone is chance, and more would count what was learned by then.
pub(super) const START_STEPS: usize = 3;
/// An epoch needs so many steps for its mean to be the end of a training; a shorter one gives way to the last third.
const LEAST_OF_EPOCH: usize = 3;
/// The last third has at least so many steps, or no line is laid through it.
const LEAST_OF_TAIL: usize = 3;
/// How far beyond the quartiles a loss is an outlier, in distances between them (Tukey's fences).
const FENCE: f64 = 1.5;

/// A training's files with all that is said of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// What stands in titles: the job's name, or the file's.
    pub subject: String,
    /// The losses by step.
    pub training: Series,
    /// The losses on the records held out, where there are any.
    pub validation: Option<Series>,
    /// The figures.
    pub analysis: Analysis,
    /// What they come to.
    pub verdict: Verdict,
}

/// The figures of a training. Losses that are none, and gaps, count in none of them but [`Analysis::away_count`].
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Steps in the file.
    pub step_count: usize,
    /// Steps whose loss is no number.
    pub away_count: usize,
    /// The first of them.
    pub first_away: Option<u64>,
    /// The first loss.
    pub first: Option<StepLoss>,
    /// The last.
    pub last: Option<StepLoss>,
    /// The lowest.
    pub lowest: Option<StepLoss>,
    /// Mean of the first three losses.
    pub start: Option<f64>,
    /// Mean of the last epoch; of the last third, where epochs are not known or there is one.
    pub end: Option<f64>,
    /// What `end` is the mean of.
    pub end_of: &'static str,
    /// By epoch, in their order; empty where epochs are not known.
    pub epochs: Vec<EpochMean>,
    /// The smoothed trend by step.
    pub trend: Vec<StepLoss>,
    /// How many steps to each side the trend looks at, twice.
    pub trend_reach: usize,
    /// The losses by Tukey's fences.
    pub outliers: Option<Outliers>,
    /// The line through all losses.
    pub whole: Option<Slope>,
    /// The last third.
    pub tail: Option<Tail>,
    /// The losses on the records held out.
    pub held_out: Option<HeldOut>,
}

/// A loss and its step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepLoss {
    /// The step.
    pub step: u64,
    /// The loss.
    pub loss: f64,
}

/// An epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochMean {
    /// From 1.
    pub epoch: u32,
    /// Its first step.
    pub first_step: u64,
    /// Its last.
    pub last_step: u64,
    /// How many of its steps have a loss.
    pub count: usize,
    /// Their mean; `None` where there are none.
    pub mean: Option<f64>,
    /// Their lowest and highest.
    pub range: Option<(f64, f64)>,
    /// The last loss on the records held out in it.
    pub validation: Option<f64>,
    /// The mean of the perplexities, where the file has them.
    pub perplexity: Option<f64>,
}

/// The fences, and what stands outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Outliers {
    /// 1.5 distances between the quartiles below the lower one.
    pub low: f64,
    /// The same above the upper one.
    pub high: f64,
    /// Outside, by step.
    pub steps: Vec<StepLoss>,
}

/// The last third of the steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// Its first step.
    pub first_step: u64,
    /// Its last.
    pub last_step: u64,
    /// How many losses it has.
    pub count: usize,
    /// The line through it.
    pub slope: Slope,
}

/// What was measured on the records held out.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Each measurement, at the step of the training that it came after.
    pub points: Vec<HeldOutLoss>,
    /// The place of the lowest among them.
    pub lowest: usize,
}

/// A measurement on the records held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOutLoss {
    /// The step of the training.
    pub step: u64,
    /// From 1, where it is known.
    pub epoch: Option<u32>,
    /// The loss.
    pub loss: f64,
    /// The training's loss at that time: the mean of the epoch, else the trend there.
    pub training: Option<f64>,
}

/// Reckons the figures and the verdict of a training.
pub fn analyze(subject: &str, mut training: Series, validation: Option<Series>) -> Metrics {
    if let Some(validation) = &validation {
        set_epochs_by(validation, &mut training);
    }
    let mut analysis = figures(&training);
    if let Some(validation) = &validation {
        analysis.held_out = held_out(validation, &analysis);
        for point in analysis.held_out.iter().flat_map(|held_out| &held_out.points) {
            if let Some(at) = place_of(point.epoch, &analysis.epochs) {
                analysis.epochs[at].validation = Some(point.loss);
            }
        }
    }
    let verdict = judge(&analysis);
    Metrics { subject: subject.to_owned(), training, validation, analysis, verdict }
}

/// Epochs of a training whose file has none: an epoch ends where the validation after it was measured.
fn set_epochs_by(validation: &Series, training: &mut Series) {
    let ends: Vec<(u64, u32)> = validation.rows.iter().filter_map(|row| Some((row.step, row.epoch?))).collect();
    let (Some(first), Some(last)) = (training.rows.first(), training.rows.last()) else { return };
    let fits = ends.len() == validation.rows.len()
        && ends.windows(2).all(|pair| pair[0].1 < pair[1].1)
        && ends.first().is_some_and(|end| end.0 > first.step)
        && ends.last().is_some_and(|end| end.0 + 1 >= last.step && end.0 <= last.step + 1);
    if !fits || training.rows.iter().any(|row| row.epoch.is_some()) {
        return;
    }
    for row in &mut training.rows {
        let at = ends.partition_point(|(step, _)| *step < row.step);
        row.epoch = ends.get(at).or(ends.last()).map(|(_, epoch)| *epoch);
    }
}

/// Where an epoch stands among the means, which are in the order of their epochs.
fn place_of(epoch: Option<u32>, means: &[EpochMean]) -> Option<usize> {
    means.binary_search_by_key(&epoch?, |mean| mean.epoch).ok()
}

fn figures(training: &Series) -> Analysis {
    let losses: Vec<StepLoss> = training.losses().map(|(step, loss)| StepLoss { step, loss }).collect();
    let epochs = epoch_means(training);
    let third = losses.len().div_ceil(3);
    let tail_losses = &losses[losses.len() - third..];
    let last_epoch = epochs.last().filter(|epoch| epochs.len() > 1 && epoch.count >= LEAST_OF_EPOCH);
    let (end, end_of) = match last_epoch {
        Some(epoch) => (epoch.mean, "the last epoch"),
        None => (mean(tail_losses.iter().map(|point| point.loss)), "the last third"),
    };
    let values: Vec<Option<f64>> = training.rows.iter().map(super::Row::finite_loss).collect();
    let trend_reach = trend_reach(values.len());
    let trend = smooth(&values, trend_reach);
    let trend =
        training.rows.iter().zip(trend).filter_map(|(row, loss)| Some(StepLoss { step: row.step, loss: loss? }));
    let points = |losses: &[StepLoss]| losses.iter().map(|point| (point.step as f64, point.loss)).collect::<Vec<_>>();
    let tail = (third >= LEAST_OF_TAIL).then(|| Slope::of(&points(tail_losses))).flatten().map(|slope| Tail {
        first_step: tail_losses[0].step,
        last_step: tail_losses[third - 1].step,
        count: third,
        slope,
    });
    Analysis {
        step_count: training.rows.len(),
        away_count: training.rows.iter().filter(|row| row.ran_away()).count(),
        first_away: training.rows.iter().find(|row| row.ran_away()).map(|row| row.step),
        first: losses.first().copied(),
        last: losses.last().copied(),
        lowest: losses.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)).copied(),
        start: mean(losses.iter().take(START_STEPS).map(|point| point.loss)),
        end,
        end_of,
        epochs,
        trend: trend.collect(),
        trend_reach,
        outliers: outliers(&losses),
        whole: Slope::of(&points(&losses)),
        tail,
        held_out: None,
    }
}

fn epoch_means(training: &Series) -> Vec<EpochMean> {
    let mut epochs: BTreeMap<u32, Vec<&super::Row>> = BTreeMap::new();
    for row in &training.rows {
        if let Some(epoch) = row.epoch {
            epochs.entry(epoch).or_default().push(row);
        }
    }
    let mean_of = |(epoch, rows): (u32, Vec<&super::Row>)| {
        let losses: Vec<f64> = rows.iter().filter_map(|row| row.finite_loss()).collect();
        let low = losses.iter().copied().reduce(f64::min);
        EpochMean {
            epoch,
            first_step: rows[0].step,
            last_step: rows[rows.len() - 1].step,
            count: losses.len(),
            range: low.zip(losses.iter().copied().reduce(f64::max)),
            mean: mean(losses),
            validation: None,
            perplexity: mean(rows.iter().filter_map(|row| row.perplexity.filter(|value| value.is_finite()))),
        }
    };
    epochs.into_iter().map(mean_of).collect()
}

fn outliers(losses: &[StepLoss]) -> Option<Outliers> {
    let mut sorted: Vec<f64> = losses.iter().map(|point| point.loss).collect();
    sorted.sort_by(f64::total_cmp);
    let (lower, upper) = (quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?);
    let (low, high) = (lower - FENCE * (upper - lower), upper + FENCE * (upper - lower));
    let steps = losses.iter().filter(|point| !(low..=high).contains(&point.loss)).copied().collect();
    Some(Outliers { low, high, steps })
}

fn held_out(validation: &Series, analysis: &Analysis) -> Option<HeldOut> {
    let points: Vec<HeldOutLoss> = validation
        .rows
        .iter()
        .filter_map(|row| {
            let loss = row.finite_loss()?;
            let epoch = place_of(row.epoch, &analysis.epochs).map(|at| &analysis.epochs[at]);
            // A file may count its own rows in place of the training's steps: then the end of the epoch is the place.
            let step = match epoch {
                Some(mean) if row.step < mean.first_step || row.step > mean.last_step + 1 => mean.last_step,
                _ => row.step,
            };
            let near = analysis.trend.partition_point(|point| point.step <= step);
            let trend = near.checked_sub(1).and_then(|at| analysis.trend.get(at)).map(|point| point.loss);
            let training = epoch.and_then(|mean| mean.mean).or(trend);
            Some(HeldOutLoss { step, epoch: row.epoch, loss, training })
        })
        .collect();
    let lowest = (0..points.len()).min_by(|a, b| points[*a].loss.total_cmp(&points[*b].loss))?;
    Some(HeldOut { points, lowest })
}

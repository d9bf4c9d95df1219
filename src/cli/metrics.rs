use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};
use serde::Serialize;
use serde_json::Value;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::open::open;
use super::session::Session;
use crate::dataset::Side;
use crate::error::{Error, Result};
use crate::metrics::{
    self, ChartOptions, Detail, EpochMean, Metrics, Oddity, OutlierBars, Series, find_metrics, read_found, read_series,
};
use crate::store::S3Uri;

#[derive(Debug, Args)]
pub(super) struct MetricsArgs {
    /// Job whose metrics are looked for: the `s3://` folder of its output
    #[arg(value_name = "JOB", conflicts_with = "metrics_file")]
    job: Option<String>,
    /// Losses by step, as Bedrock writes them: step_wise_training_metrics.csv
    #[arg(long, value_name = "CSV")]
    metrics_file: Option<PathBuf>,
    /// Losses on the records held out: validation_metrics.csv
    #[arg(long, value_name = "CSV")]
    validation_file: Option<PathBuf>,
    /// Folder that the charts go to [default: output/metrics]
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Draw trend, means by epoch, distribution, and training against validation too
    #[arg(long, action = ArgAction::SetTrue)]
    detailed: bool,
    /// Draw outliers in the distribution
    #[arg(long, action = ArgAction::SetTrue)]
    include_outliers: bool,
    /// Open the chart with the desktop's viewer
    #[arg(long)]
    show: bool,
    /// Region of the job
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

#[derive(Debug, Serialize)]
struct EpochEvent {
    event: &'static str,
    epoch: u32,
    first_step: u64,
    last_step: u64,
    losses: usize,
    mean: Option<f64>,
    lowest: Option<f64>,
    highest: Option<f64>,
    validation: Option<f64>,
    perplexity: Option<f64>,
}

impl From<&EpochMean> for EpochEvent {
    fn from(epoch: &EpochMean) -> Self {
        Self {
            event: "epoch",
            epoch: epoch.epoch,
            first_step: epoch.first_step,
            last_step: epoch.last_step,
            losses: epoch.count,
            mean: epoch.mean,
            lowest: epoch.range.map(|range| range.0),
            highest: epoch.range.map(|range| range.1),
            validation: epoch.validation,
            perplexity: epoch.perplexity,
        }
    }
}

#[derive(Debug, Serialize)]
struct OddityEvent {
    event: &'static str,
    file: Option<String>,
    line: Option<u64>,
    rows: usize,
    message: String,
    hint: &'static str,
}

impl From<&Oddity> for OddityEvent {
    fn from(oddity: &Oddity) -> Self {
        Self {
            event: "oddity",
            file: oddity.place.file.as_ref().map(|file| file.display().to_string()),
            line: oddity.place.line,
            rows: oddity.count,
            message: oddity.to_string(),
            hint: oddity.kind.hint(),
        }
    }
}

pub(super) fn execute(args: MetricsArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("metrics");
    let folder = own.path(args.output_dir, "output_dir")?;
    let folder = folder.unwrap_or_else(|| session.settings.folder().join("output/metrics"));
    let flag = |given: bool, key: &str| Ok::<_, Error>(own.value(given.then_some(true), key)?.unwrap_or(false));
    let options = ChartOptions {
        detail: if flag(args.detailed, "detailed")? { Detail::All } else { Detail::LossOnly },
        outliers: if flag(args.include_outliers, "include_outliers")? {
            OutlierBars::Drawn
        } else {
            OutlierBars::LeftOut
        },
    };
    let (subject, training, validation) = match (&args.metrics_file, &args.job) {
        (Some(file), _) => {
            let training = read_series(file, Side::Train)?;
            (training.name(), training, None)
        }
        (None, Some(job)) => series_of_job(job, own.value(args.region, "region")?, session)?,
        (None, None) => return Err(nothing_to_read()),
    };
    let validation = match &args.validation_file {
        Some(file) => Some(read_series(file, Side::Validation)?),
        None => validation,
    };
    let metrics = metrics::analyze(&subject, training, validation);
    session.ui.page(metrics::render_table(&metrics).trim_end());
    metrics.analysis.epochs.iter().for_each(|epoch| session.ui.event(&EpochEvent::from(epoch)));
    let series = std::iter::once(&metrics.training).chain(&metrics.validation);
    series.flat_map(|series| &series.oddities).for_each(|oddity| session.ui.event(&OddityEvent::from(oddity)));
    let written = metrics::write_charts(&metrics::render_charts(&metrics, &options), &folder)?;
    for path in &written {
        session.ui.result(&format!("wrote {}", path.display()));
        session.ui.event(&PathEvent::written("chart", path));
    }
    if args.show {
        show(&written, session);
    }
    Ok(summary(&metrics))
}

/// The series of a job, and what to call it.
fn series_of_job(job: &str, region: Option<String>, session: &Session<'_>) -> Result<(String, Series, Option<Series>)> {
    let Ok(output) = job.parse::<S3Uri>() else {
        return Err(Error::Setting {
            origin: "JOB".to_owned(),
            what: format!("`{job}` is not an s3:// folder"),
            hint: "name the folder of the job's output, `s3://bucket/output/`, or a file with --metrics-file."
                .to_owned(),
        });
    };
    let backend = session.open_backend(region)?;
    let store = backend.object_store();
    let files = find_metrics(&store, &output, None)?;
    session.ui.status(&format!("reading {}", files.training));
    let (training, validation) = read_found(&store, &files)?;
    Ok((output.to_string(), training, validation))
}

fn nothing_to_read() -> Error {
    Error::Setting {
        origin: "--metrics-file".to_owned(),
        what: "neither a job nor a file is named".to_owned(),
        hint: "name a job, or the CSV file with --metrics-file.".to_owned(),
    }
}

/// Opens the first PNG: every desktop has a viewer for it. That it cannot be opened takes nothing from the result.
fn show(written: &[PathBuf], session: &Session<'_>) {
    let png = written.iter().find(|path| path.extension().is_some_and(|ending| ending == "png"));
    if let Some(reason) = png.and_then(|png: &PathBuf| open(Path::new(png)).err()) {
        session.ui.warning(&reason);
    }
}

fn summary(metrics: &Metrics) -> Summary {
    let analysis = &metrics.analysis;
    let verdict = serde_json::to_value(metrics.verdict.kind).unwrap_or(Value::Null);
    let held_out = analysis.held_out.as_ref().and_then(|held_out| held_out.points.last());
    Summary::new(Exit::answer(metrics.verdict.kind.is_good()))
        .with("verdict", verdict)
        .with("reasons", metrics.verdict.reasons.clone())
        .with("steps", analysis.step_count)
        .with("epochs", analysis.epochs.len())
        .with("first_loss", analysis.first.map(|point| point.loss))
        .with("last_loss", analysis.last.map(|point| point.loss))
        .with("lowest_loss", analysis.lowest.map(|point| point.loss))
        .with("start_loss", analysis.start)
        .with("end_loss", analysis.end)
        .with("validation_loss", held_out.map(|point| point.loss))
        .with("outliers", analysis.outliers.as_ref().map_or(0, |outliers| outliers.steps.len()))
        .with("not_numbers", analysis.away_count)
}

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};
use serde::Serialize;
use serde_json::Value;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::job::{OpenJob, open_job};
use super::open::open;
use super::session::Session;
use nova_ft::aws::bedrock::{JobState, JobStatus, Jobs as _};
use nova_ft::aws::s3::{ObjectStore, S3Uri, is_bucket_name};
use nova_ft::dataset::Side;
use nova_ft::error::{Error, Result};
use nova_ft::training::job::no_such_job;
use nova_ft::training::metrics::{
    self, ChartOptions, Detail, EpochMean, Metrics, Oddity, OutlierBars, Series, find_metrics, read_found, read_series,
};

/// The charts' folder, in the folder `output`.
const METRICS_FOLDER: &str = "metrics";

#[derive(Debug, Args)]
pub(super) struct MetricsArgs {
    /// Name or ARN of the job, or the s3:// folder of its output [default: the job that was created last]
    #[arg(value_name = "JOB", conflicts_with = "metrics_file")]
    job: Option<String>,
    /// Losses by step, as Bedrock writes them into `step_wise_training_metrics.csv`
    #[arg(long, value_name = "CSV")]
    metrics_file: Option<PathBuf>,
    /// Losses on the records held out: `validation_metrics.csv`
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
    let folder = folder.unwrap_or_else(|| session.output_dir().join(METRICS_FOLDER));
    let flag = |given: bool, key: &str| Ok::<_, Error>(own.value(given.then_some(true), key)?.unwrap_or(false));
    let options = ChartOptions {
        detail: if flag(args.detailed, "detailed")? { Detail::All } else { Detail::LossOnly },
        outliers: if flag(args.include_outliers, "include_outliers")? {
            OutlierBars::Drawn
        } else {
            OutlierBars::LeftOut
        },
    };
    let found = match &args.metrics_file {
        Some(file) => Found::in_file(file)?,
        None => Found::of_job(args.job, args.region, session)?,
    };
    let validation = match &args.validation_file {
        Some(file) => Some(read_series(file, Side::Validation)?),
        None => found.validation,
    };
    let metrics = metrics::analyze(&found.subject, found.training, validation);
    let written = present(&metrics, options, &folder, session)?;
    if args.show {
        show(&written, session);
    }
    Ok(summary(&metrics))
}

/// Figures and verdict of a job that is over, and all its charts, into the folder that `metrics` writes to.
pub(super) fn chart_job(state: &JobState, store: &ObjectStore, session: &Session<'_>) -> Result<Metrics> {
    let metrics = analyze_job(state, store, session)?;
    let folder = session.settings.command("metrics").path(None, "output_dir")?;
    let folder = folder.unwrap_or_else(|| session.output_dir().join(METRICS_FOLDER));
    let options = ChartOptions { detail: Detail::All, ..ChartOptions::default() };
    present(&metrics, options, &folder, session)?;
    Ok(metrics)
}

/// The figures of a job that is over.
pub(super) fn analyze_job(state: &JobState, store: &ObjectStore, session: &Session<'_>) -> Result<Metrics> {
    let Found { subject, training, validation } = Found::of_state(state, store, session)?;
    Ok(metrics::analyze(&subject, training, validation))
}

/// Shows figures and verdict, and writes the charts.
fn present(metrics: &Metrics, options: ChartOptions, folder: &Path, session: &Session<'_>) -> Result<Vec<PathBuf>> {
    session.ui.page(metrics::render_table(metrics).trim_end());
    metrics.analysis.epochs.iter().for_each(|epoch| session.ui.event(&EpochEvent::from(epoch)));
    let series = std::iter::once(&metrics.training).chain(&metrics.validation);
    series.flat_map(|series| &series.oddities).for_each(|oddity| session.ui.event(&OddityEvent::from(oddity)));
    let written = metrics::write_charts(&metrics::render_charts(metrics, &options), folder)?;
    for path in &written {
        session.ui.result(&format!("wrote {}", path.display()));
        session.ui.event(&PathEvent::written("chart", path));
    }
    Ok(written)
}

/// What is charted, and what to call it.
struct Found {
    subject: String,
    training: Series,
    validation: Option<Series>,
}

impl Found {
    fn in_file(file: &Path) -> Result<Self> {
        let training = read_series(file, Side::Train)?;
        Ok(Self { subject: training.name(), training, validation: None })
    }

    /// The files of a job, of the output in a folder, or of the job that was created last.
    fn of_job(job: Option<String>, region: Option<String>, session: &Session<'_>) -> Result<Self> {
        if let Some(output) = job.as_deref().and_then(|job| job.parse::<S3Uri>().ok()) {
            // The stand-in may be in this process, and ends with the backend.
            let backend = session.open_backend(session.settings.command("metrics").value(region, "region")?)?;
            return Self::below(&backend.object_store(), output.to_string(), &output, None, session);
        }
        let OpenJob { backend, job, .. } = open_job("metrics", job, region, session)?;
        let Some(state) = backend.bedrock().find_job(&job)? else { return Err(no_such_job(&job)) };
        Self::of_state(&state, &backend.object_store(), session)
    }

    /// The files of a job that was looked up.
    fn of_state(state: &JobState, store: &ObjectStore, session: &Session<'_>) -> Result<Self> {
        if !matches!(state.status, JobStatus::Completed) {
            session.ui.warning(&format!("the job is {}: its losses may not be all there", state.status));
        }
        let prefix = &state.request.output_data_s3_uri;
        let output = output_of(prefix).ok_or_else(|| {
            Error::input(Path::new(prefix), "this is no place for a job's output", "name the file with --metrics-file.")
        })?;
        let id = state.job_arn.rsplit('/').next();
        Self::below(store, state.request.job_name.clone(), &output, id, session)
    }

    fn below(
        store: &ObjectStore,
        subject: String,
        output: &S3Uri,
        id: Option<&str>,
        session: &Session<'_>,
    ) -> Result<Self> {
        let files = find_metrics(store, output, id)?;
        for uri in std::iter::once(&files.training).chain(&files.validation) {
            session.ui.status(&format!("reading {uri}"));
        }
        let (training, validation) = read_found(store, &files)?;
        Ok(Self { subject, training, validation })
    }
}

/// The prefix of a job's output; a whole bucket is one too.
fn output_of(uri: &str) -> Option<S3Uri> {
    uri.parse().ok().or_else(|| {
        let bucket = uri.strip_prefix("s3://")?.trim_end_matches('/');
        is_bucket_name(bucket).then(|| S3Uri::new(bucket, ""))
    })
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

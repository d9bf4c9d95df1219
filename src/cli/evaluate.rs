use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Summary;
use super::exit::Exit;
use super::metrics::analyze_job;
use super::report::{Format, ReportOutput};
use super::session::{Session, Yes};
use super::ui::with_causes;
use nova_ft::aws::backend::{Backend, BackendKind};
use nova_ft::aws::bedrock::{Jobs as _, Models as _};
use nova_ft::aws::inference::{AnswerJournal, AskOptions};
use nova_ft::dataset::{FolderLock, VALIDATION_FILE};
use nova_ft::error::{Error, Result};
use nova_ft::evaluate::{
    ANSWERS_FILE, CaseOptions, DEPLOYMENT_FILE, DeploymentReceipt, Evaluation, Score, inference_id, read_cases,
    render_evaluation_html, render_evaluation_json, render_evaluation_markdown, render_evaluation_text,
};
use nova_ft::pipeline::{ModelToAsk, evaluate_models};
use nova_ft::training::job::WallPace;
use nova_ft::training::metrics::{Metrics, render_section};
use nova_ft::validate::Model;

/// Questions at the same time.
pub(super) const CONCURRENCY: usize = 4;

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// Held-out records [default: validation.jsonl of the data set]
    #[arg(long, value_name = "JSONL")]
    data: Option<PathBuf>,
    /// Folder of the photos [default: where the data set's manifest says, else S3]
    #[arg(long, value_name = "DIR")]
    input_dir: Option<PathBuf>,
    /// Model before tuning: an id for inference or a profile [default: that of --model]
    #[arg(long, value_name = "MODEL")]
    base: Option<String>,
    /// Tuned model: name or ARN of its deployment [default: the one of `nova-ft deploy create`]
    #[arg(long, value_name = "ARN")]
    tuned: Option<String>,
    /// Family of both, which says how much they take in a minute: micro, lite, pro, lite-2 [default: lite]
    #[arg(long, value_name = "MODEL")]
    model: Option<Model>,
    /// Exit with 1 where the tuned model's exact by sheet is below this, 0 to 1
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    min_exact: Option<f64>,
    /// Questions at the same time, 1 to 64 [default: 4]
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Region of the models
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Form of the report: text, json, markdown, html [default: by the file's ending, else text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the report into this file
    #[arg(long, value_name = "FILE")]
    report_file: Option<PathBuf>,
    #[command(flatten)]
    yes: Yes,
}

/// Refuses a floor that is no rate.
pub(super) fn check_floor(min_exact: Option<f64>) -> Result<Option<f64>> {
    match min_exact {
        Some(floor) if !(0.0..=1.0).contains(&floor) => Err(Error::Setting {
            origin: "--min-exact".to_owned(),
            what: format!("{floor} is no rate"),
            hint: "name one from 0 to 1, 0.9.".to_owned(),
        }),
        floor => Ok(floor),
    }
}

/// The receipt of the deployment that was made last with this backend.
pub(super) fn last_deployment(session: &Session<'_>, origin: &str) -> Result<DeploymentReceipt> {
    let folder = session.output_dir();
    let kind = session.backend_kind()?.to_string();
    match DeploymentReceipt::read(&folder)? {
        Some(receipt) if receipt.backend == kind => Ok(receipt),
        other => Err(Error::Setting {
            origin: origin.to_owned(),
            what: match other {
                Some(receipt) => format!("the deployment that was made last is of the backend {}", receipt.backend),
                None => format!("no deployment was made here: {} is missing", folder.join(DEPLOYMENT_FILE).display()),
            },
            hint: "name the deployment, or make one with `nova-ft deploy create`.".to_owned(),
        }),
    }
}

pub(super) fn execute(args: EvaluateArgs, session: &Session<'_>) -> Result<Summary> {
    session.start_log()?;
    let own = session.settings.command("evaluate");
    let output = ReportOutput::choose(args.format, args.report_file, &own, session.ui)?;
    let min_exact = check_floor(own.value(args.min_exact, "min_exact")?)?;
    let concurrency = own.value(args.concurrency, "concurrency")?.unwrap_or(CONCURRENCY);
    AskOptions::check_concurrency(concurrency)?;
    let data = match args.data {
        Some(data) => data,
        None => session.dataset_dir(None)?.join(VALIDATION_FILE),
    };
    // Says so where it has to wait.
    let held = FolderLock::shared_around([data.as_path()], session.ui);
    let cases = read_cases(&CaseOptions { data, input_dir: own.path(args.input_dir, "input_dir")? })?;
    drop(held);
    let model = own.value(args.model, "model")?.unwrap_or_default();
    let tuned = args.tuned;
    let receipt = if tuned.is_none() { Some(last_deployment(session, "--tuned")?) } else { None };
    let tuned = tuned.or(receipt.map(|receipt| receipt.deployment_arn.unwrap_or(receipt.name))).unwrap_or_default();
    let backend = session.open_backend(own.value(args.region, "region")?)?;
    let what = format!("{} photos for Bedrock, each asked about twice,", cases.cases.len());
    session.ask_before_photos_leave(&backend, &what, args.yes)?;
    let base = args.base.unwrap_or_else(|| inference_id(model).to_owned());
    let models =
        [ModelToAsk { id: base.clone(), identity: base, family: model }, tuned_model(&backend, &tuned, model)?];
    session.ui.set_interrupt_hint(
        "the answers so far are kept, and the same command goes on with the rest; the deployment stays until `nova-ft \
         deploy delete`"
            .to_owned(),
    );
    let journal = AnswerJournal::open(&session.output_dir().join(ANSWERS_FILE))?;
    let sights = session.sights();
    let pace = WallPace::new(session.clock());
    let evaluation =
        evaluate_models(&backend, cases, &models, concurrency, &journal, sights.as_ref(), &pace, session.ui)?;
    let render = |format: Format| match format {
        Format::Text => render_evaluation_text(&evaluation),
        Format::Json => render_evaluation_json(&evaluation),
        Format::Markdown => render_evaluation_markdown(&evaluation),
        Format::Html => {
            let training = training_of(&models[1].identity, &backend, session);
            render_evaluation_html(&evaluation, &training.iter().map(render_section).collect::<Vec<_>>())
        }
    };
    output.write_text(&evaluation.verdict(), &render, session.ui)?;
    session.ui.status("the answers are remembered; the deployment stays until `nova-ft deploy delete`");
    say_floor(&evaluation, min_exact, session);
    Ok(with_scores(Summary::new(Exit::answer(evaluation.is_good(min_exact))), &evaluation))
}

/// Says so where the tuned model's headline is below the floor.
pub(super) fn say_floor(evaluation: &Evaluation, min_exact: Option<f64>, session: &Session<'_>) {
    if let Some(floor) = min_exact.filter(|floor| evaluation.tuned_score.exact_sheets < *floor) {
        session.ui.warning(&format!("exact by sheet is below {floor}: {:.4}", evaluation.tuned_score.exact_sheets));
    }
}

/// The losses of the job that made a model, where they can be found: a page is whole without them.
fn training_of(model: &str, backend: &Backend, session: &Session<'_>) -> Option<Metrics> {
    let bedrock = backend.bedrock();
    let read = || -> Result<Option<Metrics>> {
        let Some(job) = bedrock.find_model(model)?.and_then(|model| model.job_arn) else { return Ok(None) };
        let Some(state) = bedrock.find_job(&job)? else { return Ok(None) };
        analyze_job(&state, &backend.object_store(), session).map(Some)
    };
    read().unwrap_or_else(|error| {
        session.ui.detail(&format!("no chart of the training: {}", with_causes(&error)));
        None
    })
}

/// What a deployment is asked by, and what its answers are remembered by: the model behind it.
fn tuned_model(backend: &Backend, tuned: &str, family: Model) -> Result<ModelToAsk> {
    let found = if tuned.contains(":custom-model-deployment/") || !tuned.contains(':') {
        backend.bedrock().find_deployment(tuned)?
    } else {
        None
    };
    Ok(match found {
        Some(deployment) => ModelToAsk { id: deployment.deployment_arn, identity: deployment.model_arn, family },
        None => ModelToAsk { id: tuned.to_owned(), identity: tuned.to_owned(), family },
    })
}

/// The summary's keys of both models.
pub(super) fn with_scores(summary: Summary, evaluation: &Evaluation) -> Summary {
    let figures = |score: &Score| json!({"exact": score.exact, "exact_sheets": score.exact_sheets, "cer": score.cer, "count": score.count});
    summary.with("base", figures(&evaluation.base_score)).with("tuned", figures(&evaluation.tuned_score))
}

/// Whether a backend is the stand-in.
pub(super) fn is_local(backend: &Backend) -> bool {
    backend.kind() == BackendKind::Local
}

//! The second half of `nova-ft run`: from objects in a bucket to the proof.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::Summary;
use super::deploy::{deploy_model, no_such_model, remove_deployment};
use super::evaluate::{CONCURRENCY, is_local, say_floor, with_scores};
use super::event::PathEvent;
use super::exit::Exit;
use super::job::create::{Look, start};
use super::job::spec::{Resolved, SpecArgs};
use super::job::watch::JobView;
use super::metrics::chart_job;
use super::report::write_report;
use super::session::{Session, Yes};
use super::ui::with_causes;
use nova_ft::aws::backend::Backend;
use nova_ft::aws::bedrock::{CustomModel, JobState, JobStatus, Models as _};
use nova_ft::aws::inference::AnswerJournal;
use nova_ft::dataset::{Manifest, Side, VALIDATION_FILE};
use nova_ft::error::{Error, Result};
use nova_ft::evaluate::{
    ANSWERS_FILE, CaseOptions, Cases, DeploymentReceipt, Evaluation, inference_id, read_cases, render_evaluation_html,
    render_evaluation_text,
};
use nova_ft::findings::Levels;
use nova_ft::pipeline::{ModelToAsk, Stage, evaluate_models};
use nova_ft::settings::MissingSettings;
use nova_ft::training::job::{Outcome, WallPace, WatchOptions, render, watch};
use nova_ft::training::metrics::{Metrics, render_section};
use nova_ft::validate::Model;

/// The stand-in is on this machine: what a look costs is less than what the last moment of waiting does.
const LOCAL_INTERVAL: Duration = Duration::from_millis(200);
/// The report's name in the folder `output`.
pub(super) const REPORT_FILE: &str = "report.html";

/// What the second half needs to know.
#[derive(Debug)]
pub(super) struct ProveOptions {
    pub(super) spec: SpecArgs,
    pub(super) model: Model,
    /// The data set's folder.
    pub(super) folder: PathBuf,
    pub(super) min_exact: Option<f64>,
    pub(super) levels: Levels,
    pub(super) until: Stage,
    pub(super) yes: Yes,
}

#[derive(Debug, Serialize)]
struct StageEvent {
    event: &'static str,
    stage: String,
    number: usize,
    of: usize,
}

/// Says which stage begins.
pub(super) fn announce(stage: Stage, until: Stage, session: &Session<'_>) {
    let number = Stage::ALL.iter().position(|own| *own == stage).map_or(0, |at| at + 1);
    let of = Stage::ALL.iter().filter(|own| **own <= until).count();
    session.ui.status(&format!("[{number}/{of}] {stage}"));
    session.ui.event(&StageEvent { event: "stage", stage: stage.to_string(), number, of });
}

/// Refuses a data set that leaves nothing to evaluate, before anything is paid for.
pub(super) fn check_held_out(manifest: &Manifest) -> Result<()> {
    if manifest.photos_of(Side::Validation).next().is_some() {
        return Ok(());
    }
    Err(nothing_held_out())
}

/// The error of a data set that leaves nothing to evaluate.
pub(super) fn nothing_held_out() -> Error {
    Error::Setting {
        origin: "--validation-fraction".to_owned(),
        what: "no photo is held out, so base and tuned could not be compared".to_owned(),
        hint: "hold out 0.2, or end with the upload: --until upload.".to_owned(),
    }
}

/// Job, deployment, evaluation, and the deployment's end. `summary` is that of the upload.
pub(super) fn prove(
    options: ProveOptions,
    backend: &Backend,
    summary: Summary,
    session: &Session<'_>,
) -> Result<Summary> {
    let ProveOptions { spec, model, folder, min_exact, levels, until, yes } = options;
    announce(Stage::Job, until, session);
    let resolved = resolve(spec, &folder, session)?;
    let (summary, state, custom) = match tune(&resolved, backend, levels, yes, summary, session)? {
        (summary, Some((state, custom))) => (summary, state, custom),
        (summary, None) => return Ok(summary),
    };
    session.ui.set_interrupt_hint(format!(
        "{} stays, and on AWS costs money each month; the same command goes on, `nova-ft clean` removes the model",
        custom.model_arn
    ));
    if until == Stage::Job {
        session.ui.status("on AWS the model costs money each month; `nova-ft clean` removes it");
        return Ok(summary);
    }
    announce(Stage::Metrics, until, session);
    let training = training(&state, backend, session);
    let summary = match &training {
        Some(metrics) => summary.with("verdict", serde_json::to_value(metrics.verdict.kind).unwrap_or_default()),
        None => summary,
    };
    let charts: Vec<String> = training.iter().map(render_section).collect();
    let cases = read_cases(&CaseOptions { data: folder.join(VALIDATION_FILE), input_dir: None })?;
    let evaluation = compare(cases, &custom, model, backend, until, yes, session)?;
    session.ui.page(render_evaluation_text(&evaluation).trim_end());
    let path = session.output_dir().join(REPORT_FILE);
    write_report(&path, &render_evaluation_html(&evaluation, &charts))?;
    session.ui.event(&PathEvent::written("report", &path));
    session.ui.result(&format!("report: {}", path.display()));
    session.ui.status(if until == Stage::Clean {
        "the model and the objects stay, and on AWS cost money each month; `nova-ft clean` removes them"
    } else {
        "deployment, model and objects stay, and on AWS cost money; `nova-ft deploy delete` ends the deployment, \
         `nova-ft clean` removes everything"
    });
    let summary = with_scores(summary, &evaluation).with("report", path.display().to_string());
    say_floor(&evaluation, min_exact, session);
    let has_learned = training.is_none_or(|metrics| metrics.verdict.kind.is_good());
    Ok(Summary { exit: Exit::answer(has_learned && evaluation.is_good(min_exact)), ..summary })
}

/// The job on the data set in a folder.
pub(super) fn resolve(spec: SpecArgs, folder: &Path, session: &Session<'_>) -> Result<Resolved> {
    let mut missing = MissingSettings::default();
    let resolved = spec.for_dataset(folder).resolve(session, &mut missing)?;
    missing.check().map(|()| resolved)
}

/// The losses of the job, charted. The proof does not need them: where they are missing, that is a warning.
fn training(state: &JobState, backend: &Backend, session: &Session<'_>) -> Option<Metrics> {
    let charted = chart_job(state, &backend.object_store(), session);
    charted.inspect_err(|error| session.ui.warning(&format!("no charts: {}", with_causes(error)))).ok()
}

/// A job that is over, and the model that it made.
type Tuned = (JobState, CustomModel);

/// Creates the job, or finds it, and waits until it is over; what came of it, unless the answer is no.
fn tune(
    resolved: &Resolved,
    backend: &Backend,
    levels: Levels,
    yes: Yes,
    summary: Summary,
    session: &Session<'_>,
) -> Result<(Summary, Option<Tuned>)> {
    let started = start(resolved, backend, Look::Whole, levels, yes, session)?;
    let job = started.keys.get("job_arn").and_then(serde_json::Value::as_str).map(str::to_owned);
    let mut summary = Summary { exit: started.exit, ..summary };
    let Some(job) = job.filter(|_| started.exit == Exit::Done) else {
        summary.keys.extend(started.keys);
        return Ok((summary, None));
    };
    let default = WatchOptions::default();
    let interval = if is_local(backend) { LOCAL_INTERVAL } else { default.interval };
    let pace = WallPace::new(session.clock());
    let options = WatchOptions { interval, ..default };
    let view = JobView::new(backend, session);
    let outcome = watch(&backend.bedrock(), &job, &options, &pace, &|notice| view.show(notice));
    session.ui.end_live();
    let (Outcome::Over(state) | Outcome::DeadlinePassed(state)) = outcome?;
    summary = summary.with("job_arn", job).with("status", state.status.to_string());
    if state.status != JobStatus::Completed {
        session.ui.page(render::page(&state, session.clock().now()).trim_end());
        return Ok((Summary { exit: Exit::No, ..summary }, None));
    }
    let name = state.output_model_arn.clone().unwrap_or_else(|| state.request.custom_model_name.clone());
    let Some(custom) = backend.bedrock().find_model(&name)? else { return Err(no_such_model(&name)) };
    Ok((summary.with("model_arn", custom.model_arn.clone()), Some((state, custom))))
}

/// Deploys the model where there is something to ask it, compares it with its base, and ends the deployment.
fn compare(
    cases: Cases,
    custom: &CustomModel,
    family: Model,
    backend: &Backend,
    until: Stage,
    yes: Yes,
    session: &Session<'_>,
) -> Result<Evaluation> {
    let journal = AnswerJournal::open(&session.output_dir().join(ANSWERS_FILE))?;
    let base = inference_id(family).to_owned();
    let base = ModelToAsk { id: base.clone(), identity: base, family };
    let mut tuned = ModelToAsk { id: custom.model_arn.clone(), identity: custom.model_arn.clone(), family };
    announce(Stage::Deploy, until, session);
    if tuned.unanswered(&cases, backend, &journal) > 0 {
        tuned.id = deploy_model(custom, None, backend, yes, session)?.deployment_arn;
    } else {
        session.ui.status("every answer of this model is known from an earlier run; nothing is deployed");
    }
    announce(Stage::Evaluate, until, session);
    let pace = WallPace::new(session.clock());
    let sights = session.sights();
    let evaluation =
        evaluate_models(backend, cases, &[base, tuned], CONCURRENCY, &journal, sights.as_ref(), &pace, session.ui);
    if until == Stage::Clean {
        announce(Stage::Clean, until, session);
        // Also that of an earlier run that was killed; and also where the evaluation failed.
        let receipt = DeploymentReceipt::read(&session.output_dir())?;
        let own = receipt.filter(|own| own.backend == backend.kind().to_string() && own.model_arn == custom.model_arn);
        if let Some(receipt) = own {
            remove_deployment(receipt.deployment_arn.as_ref().unwrap_or(&receipt.name), backend, session)?;
        }
    }
    evaluation
}

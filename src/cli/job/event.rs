//! The events of `nova-ft job --json`.

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use nova_ft::aws::bedrock::{JobState, JobStatus, JobSummary, Phase, PhaseState, PhaseStatus};
use nova_ft::error::Error;
use nova_ft::training::job::Stall;

/// A job was created, found, seen or told to stop.
#[derive(Debug, Serialize)]
pub(super) struct JobEvent<'a> {
    event: &'static str,
    action: &'static str,
    job_arn: &'a str,
    job_name: &'a str,
    status: &'a JobStatus,
    phases: Vec<PhaseEvent>,
    failure: Option<&'a str>,
    base_model: &'a str,
    model_arn: Option<&'a str>,
    model_name: Option<&'a str>,
    created: Option<String>,
    ended: Option<String>,
    training_loss: Option<f32>,
    validation_losses: &'a [f32],
}

#[derive(Debug, Serialize)]
struct PhaseEvent {
    phase: Phase,
    status: PhaseStatus,
    changed: Option<String>,
}

/// A moment as RFC 3339.
fn stamp(at: Option<OffsetDateTime>) -> Option<String> {
    at?.format(&Rfc3339).ok()
}

fn phases(phases: &[PhaseState]) -> Vec<PhaseEvent> {
    let event = |state: &PhaseState| PhaseEvent {
        phase: state.phase,
        status: state.status.clone(),
        changed: stamp(state.changed),
    };
    phases.iter().map(event).collect()
}

impl<'a> JobEvent<'a> {
    /// `action` says what happened: `created`, `found`, `state`, `stopping`.
    pub(super) fn of(action: &'static str, state: &'a JobState) -> Self {
        Self {
            event: "job",
            action,
            job_arn: &state.job_arn,
            job_name: &state.request.job_name,
            status: &state.status,
            phases: phases(&state.phases),
            failure: state.failure.as_deref(),
            base_model: &state.base_model_arn,
            model_arn: state.output_model_arn.as_deref(),
            model_name: Some(&state.request.custom_model_name),
            created: stamp(state.created),
            ended: stamp(state.ended),
            training_loss: state.training_loss,
            validation_losses: &state.validation_losses,
        }
    }

    /// A row of a list.
    pub(super) fn row(job: &'a JobSummary) -> Self {
        Self {
            event: "job",
            action: "listed",
            job_arn: &job.job_arn,
            job_name: &job.job_name,
            status: &job.status,
            phases: phases(&job.phases),
            failure: None,
            base_model: &job.base_model_arn,
            model_arn: job.custom_model_arn.as_deref(),
            model_name: job.custom_model_name.as_deref(),
            created: stamp(job.created),
            ended: stamp(job.ended),
            training_loss: None,
            validation_losses: &[],
        }
    }
}

/// A job has not changed for long.
#[derive(Debug, Serialize)]
pub(super) struct StallEvent<'a> {
    event: &'static str,
    job_arn: &'a str,
    phase: Option<Phase>,
    status: Option<&'a PhaseStatus>,
    since: Option<String>,
    seconds: u64,
    known: &'a str,
}

impl<'a> From<&'a Stall> for StallEvent<'a> {
    fn from(stall: &'a Stall) -> Self {
        Self {
            event: "stall",
            job_arn: &stall.job_arn,
            phase: stall.phase.as_ref().map(|(phase, _)| *phase),
            status: stall.phase.as_ref().map(|(_, status)| status),
            since: stamp(Some(stall.since)),
            seconds: stall.length.as_secs(),
            known: stall.known,
        }
    }
}

/// A look at a job failed in a way that may pass, or succeeds again.
#[derive(Debug, Serialize)]
pub(super) struct TroubleEvent {
    event: &'static str,
    message: Option<String>,
}

impl TroubleEvent {
    /// Of a failed look; `None` where looks succeed again.
    pub(super) fn new(error: Option<&Error>) -> Self {
        Self { event: "trouble", message: error.map(ToString::to_string) }
    }
}

/// A document that is itself the result.
#[derive(Debug, Serialize)]
pub(super) struct DocumentEvent<'a> {
    event: &'static str,
    document: &'a Value,
}

impl<'a> DocumentEvent<'a> {
    /// The request that would be sent.
    pub(super) fn request(document: &'a Value) -> Self {
        Self { event: "request", document }
    }

    /// The IAM documents.
    pub(super) fn policy(document: &'a Value) -> Self {
        Self { event: "policy", document }
    }
}

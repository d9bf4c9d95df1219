//! Jobs as a person reads them.

use std::fmt::Write as _;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::format_description;

use super::{Span, Stall};
use crate::aws::bedrock::{JobState, JobStatus, JobSummary, PhaseState};
use crate::wording::{align_columns, visible};

/// A moment in UTC, to the second.
fn moment(at: Option<OffsetDateTime>) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    at.and_then(|at| at.to_offset(time::UtcOffset::UTC).format(format).ok()).unwrap_or_else(|| "-".to_owned())
}

/// The time from one moment to another; `None` where it would be negative.
fn between(from: Option<OffsetDateTime>, to: OffsetDateTime) -> Option<Span> {
    Duration::try_from(to - from?).ok().map(|length| Span(Duration::from_secs(length.as_secs())))
}

fn phases(phases: &[PhaseState]) -> String {
    let parts: Vec<_> = phases.iter().map(|phase| format!("{} {}", phase.phase, phase.status)).collect();
    parts.join(" · ")
}

/// One line for a change: when, for how long the job has been there, how it stands.
pub fn line(state: &JobState, now: OffsetDateTime) -> String {
    let age = between(state.created, now).map_or_else(String::new, |age| format!(", after {age}"));
    let phases = phases(&state.phases);
    let details = if phases.is_empty() { String::new() } else { format!(": {phases}") };
    format!("{}{age}: {}{details}", moment(Some(now)), state.status)
}

/// All that is known of a job.
pub fn page(state: &JobState, now: OffsetDateTime) -> String {
    let mut out = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<19}{}", visible(value));
    };
    row("job", &state.request.job_name);
    row("arn", &state.job_arn);
    let age = between(state.created, state.ended.unwrap_or(now)).map_or_else(String::new, |age| format!(", {age}"));
    row("status", &format!("{}{age}", state.status));
    for phase in &state.phases {
        let changed = phase.changed.map_or_else(String::new, |at| format!(", since {}", moment(Some(at))));
        row(&format!("  {}", phase.phase), &format!("{}{changed}", phase.status));
    }
    row("created", &moment(state.created));
    if state.ended.is_some() {
        row("ended", &moment(state.ended));
    }
    row("base model", &state.request.base_model_identifier);
    row("training", &state.request.training_data_s3_uri);
    if let Some(uri) = &state.request.validation_data_s3_uri {
        row("validation", uri);
    }
    row("output", &state.request.output_data_s3_uri);
    let parameters: Vec<_> =
        state.request.hyper_parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
    row("hyperparameters", &parameters.join(", "));
    if let Some(loss) = state.training_loss {
        row("training loss", &format!("{loss:.4}"));
    }
    for loss in &state.validation_losses {
        row("validation loss", &format!("{loss:.4}"));
    }
    row("model", state.output_model_arn.as_deref().unwrap_or(&state.request.custom_model_name));
    if let Some(failure) = &state.failure {
        row("failure", failure);
    }
    out
}

/// AWS's page on failed jobs says to try again and then to contact Support. In a public report of August 2026 (see
/// `docs/troubleshooting.md`) new names did not help.
const OF_SERVICE: &str = "the service reports an error of its own. Try once more with another --job-name; in a public report of \
                          August 2026, four jobs with new names failed the same way. Then try another --base-model-id, and \
                          open an AWS support case.";
/// The quota counts the characters of one record, so that splitting the file does not help.
const OF_LONG_RECORD: &str = "one record has too many characters: shorten or remove the record that the message names, upload, and \
                              create the job again. Splitting the file does not help.";
const OF_RECORDS: &str = "`nova-ft validate` names the records at fault; fix them, upload, and create the job again.";
const OF_ROLE: &str =
    "`nova-ft job policy` prints what the role must be allowed; then create it again with another --job-name.";

/// Parts of the messages of jobs that failed, and what each asks for. The first that a message holds counts: single words
/// stand last, since they may be part of a place's name in the message.
const BY_FAILURE: &[(&[&str], &str)] = &[
    (&["internal error", "unexpected error", "try again"], OF_SERVICE),
    (&["Input size exceeded"], OF_LONG_RECORD),
    (&["Unable to parse", "invalid data schema"], OF_RECORDS),
    (&["GetObject", "PutObject", "assume", "perms", "permissions"], OF_ROLE),
    (&["parse", "schema", "format", "reserved", "record", "sample", "token"], OF_RECORDS),
    (&["role"], OF_ROLE),
];

/// What to do about a job that is over, and did not do what it should.
pub fn advice(state: &JobState) -> Option<&'static str> {
    let failure = state.failure.as_deref().unwrap_or_default();
    let known = BY_FAILURE.iter().find(|(parts, _)| parts.iter().any(|part| failure.contains(part)));
    match state.status {
        JobStatus::Stopped => Some("it was stopped; create another with --job-name and another name."),
        JobStatus::Failed => Some(known.map_or(
            "fix what the message names, and create it again with --job-name and another name.",
            |(_, advice)| advice,
        )),
        _ => None,
    }
}

/// A stall in two sentences.
pub fn stall(stall: &Stall) -> String {
    let what = match &stall.phase {
        Some((phase, status)) => format!("{phase} has been {status}"),
        None => "nothing has changed".to_owned(),
    };
    let length = Span(Duration::from_secs(stall.length.as_secs()));
    format!("{what} for {length}, since {}: {}", moment(Some(stall.since)), stall.known)
}

/// A table of jobs.
pub fn list(jobs: &[JobSummary]) -> String {
    let rows = jobs.iter().map(|job| {
        let phase = job.phases.iter().find(|phase| phase.status.to_string() != "Completed");
        let status = match phase.filter(|_| job.status == JobStatus::InProgress) {
            Some(phase) => format!("{} ({} {})", job.status, phase.phase, phase.status),
            None => job.status.to_string(),
        };
        let base = job.base_model_arn.split_once(":foundation-model/").map_or("", |(_, id)| id);
        [visible(&job.job_name), status, moment(job.created), visible(base)]
    });
    let headings = ["job", "status", "created", "base model"].map(str::to_owned);
    align_columns([headings].into_iter().chain(rows), 0..0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::bedrock::{Phase, PhaseStatus};
    use crate::training::job::testing::{at, state};

    #[test]
    fn a_job_as_line_page_and_row() {
        let mut job =
            state(JobStatus::InProgress, [PhaseStatus::Completed, PhaseStatus::InProgress, PhaseStatus::NotStarted]);
        let running = page(&job, at("2026-11-22T12:30:07Z"));
        let line = line(&job, at("2026-11-22T12:30:07Z"));
        job.status = JobStatus::Failed;
        job.ended = Some(at("2026-11-23T11:00:00Z"));
        job.failure = Some("Encountered an internal error\u{1b}[31m".to_owned());
        job.training_loss = Some(0.123_456);
        job.validation_losses = vec![0.5];
        let failed = page(&job, at("2026-11-24T00:00:00Z"));
        insta::assert_snapshot!(format!("{line}\n\n{running}\n{failed}{}", advice(&job).unwrap()));
    }

    #[test]
    fn a_list_has_columns_and_names_the_phase_of_those_that_run() {
        let job =
            state(JobStatus::InProgress, [PhaseStatus::Completed, PhaseStatus::Completed, PhaseStatus::NotStarted]);
        let summary = |name: &str, status: JobStatus| JobSummary {
            job_arn: job.job_arn.clone(),
            job_name: name.to_owned(),
            base_model_arn: job.base_model_arn.clone(),
            status,
            phases: job.phases.clone(),
            created: job.created,
            ended: None,
            custom_model_arn: None,
            custom_model_name: None,
        };
        insta::assert_snapshot!(list(&[
            summary("a-longer-name-1", JobStatus::InProgress),
            summary("b", JobStatus::Completed)
        ]));
    }

    #[test]
    fn a_stall_says_what_is_known() {
        let known = "nothing.";
        let stalled = |phase| Stall {
            job_arn: String::new(),
            phase,
            since: at("2026-11-22T11:00:00Z"),
            length: Duration::from_secs(90_061),
            known,
        };
        let text = stall(&stalled(Some((Phase::Training, PhaseStatus::NotStarted))));
        assert_eq!(text, "Training has been NotStarted for 1 d 1 h, since 2026-11-22 11:00:00 UTC: nothing.");
        assert!(stall(&stalled(None)).starts_with("nothing has changed for"));
    }

    #[test]
    fn the_name_of_a_place_in_a_failure_is_not_taken_for_its_cause() {
        let phases = [PhaseStatus::Failed, PhaseStatus::NotStarted, PhaseStatus::NotStarted];
        let advice_on = |failure: &str| {
            advice(&JobState { failure: Some(failure.to_owned()), ..state(JobStatus::Failed, phases.clone()) }).unwrap()
        };
        for (failure, advice) in [
            (
                "Could not validate GetObject permissions to access Amazon S3 bucket: formats at key records/train.jsonl",
                OF_ROLE,
            ),
            ("Could not assume provided IAM role arn:aws:iam::123456789012:role/token-format", OF_ROLE),
            ("Unable to parse S3 file due to invalid data schema/format: s3://my-role/permissions/t.jsonl", OF_RECORDS),
            ("Input size of record 3 is above the limit", OF_RECORDS),
            ("Input size exceeded in file `train.jsonl` for record starting with {\"schemaVersion\"", OF_LONG_RECORD),
            ("Encountered an internal error when processing the records", OF_SERVICE),
        ] {
            assert_eq!(advice_on(failure), advice, "{failure}");
        }
        assert!(advice_on("something new").contains("what the message names"));
    }

    #[test]
    fn a_job_that_does_well_needs_no_advice() {
        let job = state(JobStatus::Completed, [PhaseStatus::Completed, PhaseStatus::Completed, PhaseStatus::Completed]);
        assert_eq!(advice(&job), None);
    }
}

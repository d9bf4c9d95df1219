//! Looking at a job until it is over. Nothing here stops a job: only `job stop` does.

use std::time::Duration;

use time::OffsetDateTime;

use crate::aws::bedrock::{JobState, JobStatus, Jobs, Phase, PhaseStatus};
use crate::error::{Error, Result};
use crate::pace::Pace;

/// How to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchOptions {
    /// How long to wait between two looks.
    pub interval: Duration,
    /// How long to watch, by the moments that the pace tells; then it ends, and the job goes on.
    pub deadline: Option<Duration>,
    /// After how long without a change to say so; once more after twice as long, and so on.
    pub stall_after: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { interval: Duration::from_secs(30), deadline: None, stall_after: Duration::from_hours(2) }
    }
}

/// A job that has not changed for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stall {
    /// The job's ARN.
    pub job_arn: String,
    /// The phase whose turn it is, where the service tells of phases.
    pub phase: Option<(Phase, PhaseStatus)>,
    /// Since when nothing has changed.
    pub since: OffsetDateTime,
    /// For how long that is.
    pub length: Duration,
    /// What is known of such a stall.
    pub known: &'static str,
}

/// What is told while a job is watched.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The first look, or something changed; and the moment.
    Changed(&'a JobState, OffsetDateTime),
    /// A look that showed what is known already; and the moment.
    Looked(&'a JobState, OffsetDateTime),
    /// Nothing has changed for long.
    Stalled(&'a Stall),
    /// A look that failed in a way that may pass; the next one follows.
    Trouble(&'a Error),
    /// Looks succeed again.
    Recovered,
}

/// How watching ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The job is over.
    Over(JobState),
    /// The deadline has passed; the job goes on.
    DeadlinePassed(JobState),
}

/// For how long looks may fail one after the other. A machine that slept meanwhile has not looked.
const LONGEST_TROUBLE: Duration = Duration::from_hours(1);

/// A stall that is no time at all would be reported without end.
const SHORTEST_STALL: Duration = Duration::from_secs(1);

/// Looks at a job until it is over or the deadline has passed.
///
/// # Errors
/// Where there is no such job, the service refuses to tell of it, or cannot be reached for an hour.
pub fn watch(
    jobs: &dyn Jobs,
    job: &str,
    options: &WatchOptions,
    pace: &dyn Pace,
    observe: &dyn Fn(&Notice<'_>),
) -> Result<Outcome> {
    let mut seen: Option<Seen> = None;
    let mut trouble_since = None;
    let began = pace.now();
    let left = || options.deadline.map(|deadline| deadline.saturating_sub(length_between(began, pace.now())));
    loop {
        match jobs.find_job(job) {
            Ok(None) => return Err(no_such_job(job)),
            Ok(Some(state)) => {
                if trouble_since.take().is_some() {
                    observe(&Notice::Recovered);
                }
                let now = pace.now();
                let is_first = seen.is_none();
                let last = seen.take().filter(|seen| seen.is_same(&state));
                let is_change = last.is_none();
                let mut current = if let Some(last) = last {
                    Seen { state, ..last }
                } else {
                    // A job that has stood still for long before the first look stands still since then.
                    let since = if is_first { last_change(&state).unwrap_or(now).min(now) } else { now };
                    Seen { state, since, report_after: options.stall_after.max(SHORTEST_STALL) }
                };
                observe(&if is_change {
                    Notice::Changed(&current.state, now)
                } else {
                    Notice::Looked(&current.state, now)
                });
                if current.state.status.is_over() {
                    return Ok(Outcome::Over(current.state));
                }
                if let Some(stall) = current.stall(now) {
                    observe(&Notice::Stalled(&stall));
                }
                seen = Some(current);
            }
            Err(error) if error.is_transient() => {
                let since = *trouble_since.get_or_insert_with(|| {
                    observe(&Notice::Trouble(&error));
                    pace.elapsed()
                });
                // Who has seen nothing until the deadline knows nothing to end with.
                let is_late = seen.is_none() && left() == Some(Duration::ZERO);
                if is_late || pace.elapsed().saturating_sub(since) >= LONGEST_TROUBLE {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        let left = left();
        if left == Some(Duration::ZERO)
            && let Some(seen) = seen
        {
            return Ok(Outcome::DeadlinePassed(seen.state));
        }
        pace.pause(left.filter(|left| !left.is_zero()).map_or(options.interval, |left| left.min(options.interval)));
    }
}

/// The time from one moment to another; none where the clock was put back.
fn length_between(from: OffsetDateTime, to: OffsetDateTime) -> Duration {
    Duration::try_from(to - from).unwrap_or_default()
}

/// What the last look showed, and since when.
#[derive(Debug)]
struct Seen {
    state: JobState,
    since: OffsetDateTime,
    /// How long it must stand still to be reported.
    report_after: Duration,
}

impl Seen {
    /// Whether a look shows nothing new.
    fn is_same(&self, state: &JobState) -> bool {
        let phases =
            |state: &JobState| state.phases.iter().map(|phase| (phase.phase, phase.status.clone())).collect::<Vec<_>>();
        self.state.status == state.status && phases(&self.state) == phases(state)
    }

    /// The stall to report now, if there is one.
    fn stall(&mut self, now: OffsetDateTime) -> Option<Stall> {
        let length = Duration::try_from(now - self.since).ok().filter(|length| *length >= self.report_after)?;
        while self.report_after <= length {
            self.report_after *= 2;
        }
        let phase = self.state.phases.iter().find(|phase| phase.status != PhaseStatus::Completed);
        let phase = phase.map(|phase| (phase.phase, phase.status.clone()));
        let known = known_of(&self.state.status, phase.as_ref());
        Some(Stall { job_arn: self.state.job_arn.clone(), phase, since: self.since, length, known })
    }
}

/// When the service says that something last changed.
fn last_change(state: &JobState) -> Option<OffsetDateTime> {
    let phases = state.phases.iter().filter(|phase| phase.status != PhaseStatus::NotStarted);
    phases.flat_map(|phase| [phase.began, phase.changed]).chain([state.created]).flatten().max()
}

/// Returns what is publicly known of a job that does not change in this phase, and what to do about it.
///
/// Sources, both second-hand reports on Nova jobs in us-east-1: the incident log of the public repository
/// AWS-Bedrock-FineTuning-LangGraph-MCP-Agentic-Platform (jobs of 2026-08-03 to 2026-08-10), and the notes beside
/// cloud-custodian's test fixture `bedrock_deployable_custom_model` (2026-07).
fn known_of(status: &JobStatus, phase: Option<&(Phase, PhaseStatus)>) -> &'static str {
    match (status, phase) {
        (JobStatus::Stopping, _) => "stopping can take as long as the training step that is in progress.",
        (_, Some((Phase::Training, PhaseStatus::NotStarted))) => {
            "a job may wait for training capacity, but in a public report of August 2026 three Nova jobs stayed in this state \
             for 25, 25 and 74 hours until they were stopped by hand, a second report says \"indefinitely\", and none of \
             these jobs is known to have started training. The stopped jobs were not billed; new names did not help. Set a \
             limit with `nova-ft job watch --deadline 24h`, then run `nova-ft job stop`, try another base model, and open an \
             AWS support case or ask on re:Post."
        }
        (_, Some((Phase::Training, _))) => {
            "the service does not report training progress; a public report of May 2025 says that 300 photos in 5 epochs \
             took about an hour."
        }
        (_, Some(_)) => {
            "this phase usually takes minutes. If it takes hours, stop the job with `nova-ft job stop`, try another base \
             model, and open an AWS support case."
        }
        (_, None) => "the service reports no phases for this job.",
    }
}

/// The error of a job that nobody has.
pub fn no_such_job(job: &str) -> Error {
    let hint = "`nova-ft job list` names the jobs of this account and Region.";
    Error::not_found("GetModelCustomizationJob", job, "there is no such job", hint)
}

#[cfg(test)]
mod tests;

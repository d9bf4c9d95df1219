use std::cell::RefCell;
use std::collections::VecDeque;

use super::*;
use crate::aws::bedrock::{CreateJob, FoundationModel, JobFilter, JobSummary};
use crate::training::job::render;
use crate::training::job::testing::{FakePace, refused, state};

/// Bedrock with a job that goes through these looks; the last one stays.
struct Script {
    looks: RefCell<VecDeque<Result<Option<JobState>>>>,
    asked: std::cell::Cell<usize>,
}

impl Script {
    fn new(looks: Vec<Result<Option<JobState>>>) -> Self {
        Self { looks: RefCell::new(looks.into()), asked: std::cell::Cell::new(0) }
    }
}

fn copy(look: &Result<Option<JobState>>) -> Result<Option<JobState>> {
    match look {
        Ok(state) => Ok(state.clone()),
        Err(Error::Service { code, message, .. }) => Err(refused("GetModelCustomizationJob", code, message)),
        Err(error) => panic!("{error}"),
    }
}

impl Jobs for Script {
    fn create_job(&self, _: &CreateJob) -> Result<String> {
        panic!("watching creates nothing")
    }

    fn find_job(&self, _: &str) -> Result<Option<JobState>> {
        self.asked.set(self.asked.get() + 1);
        let mut looks = self.looks.borrow_mut();
        if looks.len() > 1 { looks.pop_front().unwrap() } else { copy(&looks[0]) }
    }

    fn list_jobs(&self, _: &JobFilter) -> Result<Vec<JobSummary>> {
        panic!("watching looks at one job")
    }

    fn stop_job(&self, _: &str) -> Result<()> {
        panic!("watching stops nothing")
    }

    fn list_tunable_models(&self) -> Result<Vec<FoundationModel>> {
        panic!("watching looks at one job")
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a look is what the service answers")]
fn job(status: &str, phases: [&str; 3]) -> Result<Option<JobState>> {
    Ok(Some(state(JobStatus::from(status), phases.map(PhaseStatus::from))))
}

fn down() -> Result<Option<JobState>> {
    Err(refused("GetModelCustomizationJob", "Unreachable", "no connection"))
}

/// Watches the script; what was said, a line each, looks without news left out.
fn watched(looks: Vec<Result<Option<JobState>>>, options: &WatchOptions) -> (Vec<String>, Result<Outcome>, usize) {
    let script = Script::new(looks);
    let said = RefCell::new(Vec::new());
    let outcome = watch(&script, "job", options, &FakePace::new(), &|notice| {
        let line = match notice {
            Notice::Changed(state, now) => render::line(state, *now),
            Notice::Looked(..) => return,
            Notice::Stalled(stall) => render::stall(stall),
            Notice::Trouble(error) => format!("trouble: {error}"),
            Notice::Recovered => "recovered".to_owned(),
        };
        said.borrow_mut().push(line);
    });
    (said.into_inner(), outcome, script.asked.get())
}

const WAITING: [&str; 3] = ["Completed", "Completed", "NotStarted"];
const DONE: [&str; 3] = ["Completed", "Completed", "Completed"];

#[test]
fn each_change_is_one_line_and_the_end_ends_it() {
    let looks = vec![
        job("InProgress", ["InProgress", "NotStarted", "NotStarted"]),
        job("InProgress", ["InProgress", "NotStarted", "NotStarted"]),
        job("InProgress", WAITING),
        job("InProgress", ["Completed", "Completed", "InProgress"]),
        job("Completed", DONE),
    ];
    let (said, outcome, asked) = watched(looks, &WatchOptions::default());
    insta::assert_snapshot!(said.join("\n"));
    assert!(matches!(outcome.unwrap(), Outcome::Over(state) if state.status == JobStatus::Completed));
    assert_eq!(asked, 5);
}

#[test]
fn failed_and_stopped_jobs_are_over_and_stopping_ones_are_not() {
    for status in ["Failed", "Stopped"] {
        let (_, outcome, asked) =
            watched(vec![job("Stopping", WAITING), job(status, WAITING)], &WatchOptions::default());
        assert!(matches!(outcome.unwrap(), Outcome::Over(state) if state.status.to_string() == status));
        assert_eq!(asked, 2);
    }
}

#[test]
fn the_deadline_ends_the_watch_to_the_second_and_not_the_job() {
    let options = WatchOptions { deadline: Some(Duration::from_secs(100)), ..WatchOptions::default() };
    let (said, outcome, asked) = watched(vec![job("InProgress", WAITING)], &options);
    assert!(matches!(outcome.unwrap(), Outcome::DeadlinePassed(state) if state.status == JobStatus::InProgress));
    // At 0, 30, 60, 90 and 100 seconds.
    assert_eq!((said.len(), asked), (1, 5));
    let just = WatchOptions { deadline: Some(Duration::from_secs(30)), ..WatchOptions::default() };
    let (_, outcome, _) = watched(vec![job("InProgress", WAITING), job("Completed", DONE)], &just);
    assert!(matches!(outcome.unwrap(), Outcome::Over(_)), "a job that ends at the deadline has ended");
}

#[test]
fn a_stall_is_said_after_its_time_then_after_twice_that_and_anew_after_a_change() {
    let hour = Duration::from_hours(1);
    let options = WatchOptions { interval: hour, stall_after: 2 * hour, deadline: None };
    let mut looks: Vec<_> = (0..9).map(|_| job("InProgress", WAITING)).collect();
    looks.extend((0..3).map(|_| job("InProgress", ["Completed", "Completed", "InProgress"])));
    looks.push(job("Completed", DONE));
    let (said, outcome, _) = watched(looks, &options);
    insta::assert_snapshot!(said.join("\n"));
    assert!(outcome.is_ok());
}

#[test]
fn a_job_that_stood_still_before_the_first_look_is_said_to_at_once() {
    let mut old = state(JobStatus::InProgress, WAITING.map(PhaseStatus::from));
    for phase in &mut old.phases {
        (phase.began, phase.changed) = (phase.began.map(|at| at - Duration::from_hours(30)), None);
    }
    old.created = old.created.map(|at| at - Duration::from_hours(30));
    let (said, _, _) = watched(vec![Ok(Some(old)), job("Completed", DONE)], &WatchOptions::default());
    assert!(
        said[1].starts_with("Training has been NotStarted for 1 d 6 h, since 2026-11-21 05:00:00 UTC: a job may wait"),
        "{said:?}"
    );
}

#[test]
fn a_stalled_job_comes_with_the_commands_that_limit_and_stop_it_and_with_no_promise() {
    let options = WatchOptions { stall_after: Duration::from_mins(1), ..WatchOptions::default() };
    for phases in [WAITING, ["Completed", "InProgress", "NotStarted"], ["InProgress", "NotStarted", "NotStarted"]] {
        let (said, _, _) =
            watched(vec![job("InProgress", phases), job("InProgress", phases), job("Stopped", phases)], &options);
        let stall = said.iter().find(|line| line.contains(" has been ")).unwrap();
        for part in ["`nova-ft job stop`", "another base model", "AWS support case"] {
            assert!(stall.contains(part), "{phases:?}: no {part} in: {stall}");
        }
        assert!(!stall.contains("Nothing has to be done") && !stall.contains("after which"), "{stall}");
    }
    let (said, _, _) =
        watched(vec![job("InProgress", WAITING), job("InProgress", WAITING), job("Stopped", WAITING)], &options);
    assert!(said.iter().any(|line| line.contains("`nova-ft job watch --deadline 24h`")), "{said:?}");
}

#[test]
fn trouble_that_passes_is_said_once_and_forgotten() {
    let looks =
        vec![job("InProgress", WAITING), down(), down(), down(), job("InProgress", WAITING), job("Completed", DONE)];
    let (said, outcome, asked) = watched(looks, &WatchOptions::default());
    assert!(matches!(outcome.unwrap(), Outcome::Over(_)));
    assert_eq!(asked, 6);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[1].starts_with("trouble: ") && said[2] == "recovered", "{said:?}");
}

#[test]
fn trouble_of_an_hour_and_a_refusal_end_the_watch() {
    let (said, outcome, asked) = watched(vec![job("InProgress", WAITING), down()], &WatchOptions::default());
    assert!(outcome.unwrap_err().to_string().contains("Unreachable"));
    assert_eq!((said.len(), asked), (2, 1 + 121));
    let denied = Err(refused("GetModelCustomizationJob", "AccessDeniedException", "no"));
    let (_, outcome, asked) = watched(vec![job("InProgress", WAITING), denied], &WatchOptions::default());
    assert!(outcome.unwrap_err().to_string().contains("AccessDenied"));
    assert_eq!(asked, 2);
}

#[test]
fn a_job_that_nobody_has_is_an_error_that_says_where_to_look() {
    let (_, outcome, _) = watched(vec![Ok(None)], &WatchOptions::default());
    assert!(outcome.unwrap_err().hint().unwrap().contains("job list"));
}

#[test]
fn a_service_that_is_down_from_the_first_look_to_the_deadline_is_an_error() {
    let options = WatchOptions { deadline: Some(Duration::from_mins(5)), ..WatchOptions::default() };
    let (said, outcome, asked) = watched(vec![down()], &options);
    assert!(outcome.unwrap_err().to_string().contains("Unreachable"));
    assert_eq!((said.len(), asked), (1, 11), "every half minute, and at the deadline");
}

/// A machine that sleeps for a day whenever it waits; only the clock on the wall goes on.
struct SleepyPace(FakePace, std::cell::Cell<u32>);

impl Pace for SleepyPace {
    fn now(&self) -> OffsetDateTime {
        self.0.now() + Duration::from_hours(24) * self.1.get()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn pause(&self, length: Duration) {
        self.0.pause(length);
        self.1.set(self.1.get() + 1);
    }
}

#[test]
fn the_deadline_passes_while_the_machine_sleeps_and_the_hour_of_trouble_does_not() {
    let watched = |looks, deadline| {
        let script = Script::new(looks);
        let options = WatchOptions { deadline, ..WatchOptions::default() };
        let pace = SleepyPace(FakePace::new(), std::cell::Cell::new(0));
        (watch(&script, "job", &options, &pace, &|_| ()), script.asked.get())
    };
    let (outcome, asked) = watched(vec![job("InProgress", WAITING)], Some(Duration::from_hours(72)));
    assert!(matches!(outcome.unwrap(), Outcome::DeadlinePassed(_)));
    assert_eq!(asked, 4, "at the beginning, and after each of three days");
    // Where the lid was closed at once, the network may need a moment more than the machine.
    let (outcome, _) = watched(vec![down(), down(), job("Completed", DONE)], None);
    assert!(matches!(outcome.unwrap(), Outcome::Over(_)));
}

#[test]
fn a_stall_after_no_time_at_all_is_reported_after_a_second() {
    let stalled = || job("InProgress", WAITING);
    let options = WatchOptions { stall_after: Duration::ZERO, ..WatchOptions::default() };
    let (said, outcome, _) = watched(vec![stalled(), stalled(), job("Completed", DONE)], &options);
    assert!(matches!(outcome.unwrap(), Outcome::Over(_)));
    assert!(said.iter().any(|line| line.contains("has been NotStarted")), "{said:?}");
}

//! Looking at jobs until all are over.

use std::collections::BTreeMap;
use std::time::Duration;

use super::journal::Batch;
use super::work::{Left, Work};
use super::{BatchNotice, BatchServices};
use crate::aws::bedrock::BatchState;
use crate::error::{Error, Result};

/// For how long looks may fail one after the other.
const LONGEST_TROUBLE: Duration = Duration::from_hours(1);
/// After how long without a change to say so; once more after twice as long, and so on.
const STALL_AFTER: Duration = Duration::from_hours(2);

/// What the last look at a job showed, and since when.
struct Seen {
    state: BatchState,
    since: Duration,
    /// How long it must stand still to be reported.
    report_after: Duration,
}

impl Seen {
    /// Whether a look shows nothing new.
    fn is_same(&self, state: &BatchState) -> bool {
        (&self.state.status, self.state.counts) == (&state.status, state.counts)
    }

    /// For how long nothing has changed, where that is to be reported now.
    fn stall(&mut self, now: Duration) -> Option<Duration> {
        let length = now.saturating_sub(self.since);
        if length < self.report_after {
            return None;
        }
        while self.report_after <= length {
            self.report_after *= 2;
        }
        Some(length)
    }
}

impl Work<'_> {
    /// Looks at jobs until all are over, and fetches the answers of each as soon as it is.
    pub(super) fn watch(&self, mut open: Vec<(Batch, String)>) -> Result<Option<Left>> {
        let BatchServices { jobs, pace, observe, .. } = self.services;
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        let (mut left, mut trouble_since) = (None, None);
        while !open.is_empty() {
            let mut waiting = Vec::new();
            for (batch, job) in open {
                match jobs.find_batch(&job) {
                    Ok(Some(state)) => {
                        trouble_since = None;
                        let now = pace.elapsed();
                        let last = seen.remove(&job).filter(|last| last.is_same(&state));
                        observe(&if last.is_none() {
                            BatchNotice::Changed(&state)
                        } else {
                            BatchNotice::Looked(&state)
                        });
                        if state.status.is_over() {
                            left = self.conclude(&batch, &state)?.or(left);
                            continue;
                        }
                        let mut last = last.unwrap_or(Seen { state, since: now, report_after: STALL_AFTER });
                        if let Some(length) = last.stall(now) {
                            observe(&BatchNotice::Stalled { job: &last.state, length });
                        }
                        seen.insert(job.clone(), last);
                        waiting.push((batch, job));
                    }
                    Ok(None) => {
                        // It may be there all the same, for another account: the next run looks for it by its name.
                        self.journal.lost(&batch.name, &job)?;
                        return Err(gone(&job));
                    }
                    Err(error) if error.is_transient() => {
                        let since = *trouble_since.get_or_insert_with(|| {
                            observe(&BatchNotice::Trouble(&error));
                            pace.elapsed()
                        });
                        if pace.elapsed().saturating_sub(since) >= LONGEST_TROUBLE {
                            return Err(error);
                        }
                        waiting.push((batch, job));
                    }
                    Err(error) => return Err(error),
                }
            }
            open = waiting;
            if !open.is_empty() {
                pace.pause(self.batch.interval);
            }
        }
        Ok(left)
    }
}

fn gone(job: &str) -> Error {
    let message = "the job that an earlier run created is not there any more";
    let hint = "check the account and `region`; the same command looks for the job by its name, and creates another one \
                where there is none.";
    Error::not_found("GetModelInvocationJob", job, message, hint)
}

//! The jobs in their rounds: planned, agreed to, brought to their end.

use std::collections::HashSet;
use std::path::Path;

use super::journal::{Asked, Batch, BatchJournal};
use super::need::Consent;
use super::photos::Album;
use super::plan::batch_name;
use super::{BatchNotice, BatchOptions, BatchServices, MOST_TRIES};
use crate::aws::inference::{AnswerJournal, Question};
use crate::error::{Error, Result};
use crate::images::Digest;
use crate::labels::labeler::Asking;

/// Why no more is asked about, where something is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// So many photos are fewer than a job takes.
    TooFew(usize),
    /// Somebody stopped a job.
    Stopped,
    /// The time of a job was up before anybody was asked.
    TimeUp,
    /// So many photos could cost more than may be spent.
    TooDear(usize),
    /// Somebody did not want them to be sent.
    Declined,
}

/// What a run works with.
pub(super) struct Work<'a> {
    pub(super) album: &'a Album,
    /// Those of the photos that are asked about.
    pub(super) lacking: HashSet<Digest>,
    pub(super) answers: &'a AnswerJournal,
    pub(super) journal: &'a BatchJournal,
    pub(super) batch: &'a BatchOptions,
    pub(super) services: BatchServices<'a>,
}

impl Work<'_> {
    pub(super) fn asked(&self) -> Asked {
        Asked { model: self.batch.memory_key.clone(), prompt: self.batch.prompt.sha256() }
    }

    /// What a photo's answer is remembered by.
    pub(super) fn question(&self, photo: Digest) -> Question {
        let Asked { model, prompt } = self.asked();
        Question { model, photo, prompt }
    }

    pub(super) fn has_answer(&self, photo: Digest) -> bool {
        self.answers.recall(&self.question(photo)).is_some()
    }

    /// Files whose photo has an answer.
    pub(super) fn answered(&self) -> usize {
        let shown = self.album.files.iter().filter_map(|(_, shown)| shown.as_ref().ok());
        shown.filter(|photo| self.has_answer(**photo)).count()
    }

    /// Distinct photos with an answer.
    pub(super) fn answers_given(&self) -> usize {
        self.album.photos.keys().filter(|photo| self.has_answer(**photo)).count()
    }

    /// What the questions came to; `before` had an answer at the beginning.
    pub(super) fn asking(&self, before: usize, left: Option<Left>) -> Asking {
        let (input_tokens, output_tokens) = self.spent();
        Asking {
            model: self.batch.model_id.clone(),
            distinct: self.album.photos.len(),
            asked: self.answers_given().saturating_sub(before),
            left: if let Some(Left::TooDear(count)) = left { count } else { 0 },
            input_tokens,
            output_tokens,
            cost_usd: (self.services.cost_usd)(input_tokens, output_tokens),
        }
    }

    /// How often a photo was asked about without an answer, and what was said.
    pub(super) fn tries(&self, photo: Digest) -> (usize, String) {
        self.journal.tries(&self.asked(), photo)
    }

    /// Asks about everything; says what is left, where it is not asked about.
    pub(super) fn all(&self, folder: &Path) -> Result<Option<Left>> {
        self.adopt()?;
        let (mut is_first, mut held) = (true, None);
        loop {
            let (new, open) = (self.unasked(), self.journal.open_batches(&self.asked()));
            let is_enough = new.len() >= self.batch.limits.min_records.max(1);
            if is_first && open.is_empty() && self.answered() == 0 && !new.is_empty() && !is_enough {
                return Err(too_few(folder, new.len(), self.batch.limits.min_records));
            }
            if held.is_none() {
                let to_plan: &[Digest] = if is_enough { &new } else { &[] };
                held = self.may_send(to_plan, &open, is_first)?;
                if held.is_none() && is_enough {
                    self.plan(&new)?;
                }
            }
            is_first = false;
            let open = self.journal.open_batches(&self.asked());
            let (under_way, unsent): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|batch| held.is_none() || batch.job.is_some());
            if under_way.is_empty() {
                let left = new.len() + unsent.iter().map(|batch| batch.photos.len()).sum::<usize>();
                return Ok(match held {
                    _ if left == 0 => None,
                    Some(Left::TooDear(_)) => Some(Left::TooDear(left)),
                    Some(why) => Some(why),
                    None => Some(Left::TooFew(left)),
                });
            }
            // Jobs that are over may have cost less than was feared.
            held = self.finish(under_way)?.or(held.filter(|why| !matches!(why, Left::TooDear(_))));
        }
    }

    /// Asks whether it may go on, where something is to be sent; says why not. It is an error where that comes to nothing:
    /// else there are answers to write, and jobs to wait for.
    fn may_send(&self, new: &[Digest], open: &[Batch], is_first: bool) -> Result<Option<Left>> {
        let is_beginning = is_first && open.iter().all(|batch| batch.job.is_none()) && self.answered() == 0;
        match self.agree(new, open)? {
            Consent::Given => Ok(None),
            Consent::TooDear(error) if is_beginning => Err(error),
            Consent::TooDear(_) => Ok(Some(Left::TooDear(new.len()))),
            Consent::Declined(error) if is_first => Err(error),
            Consent::Declined(_) => Ok(Some(Left::Declined)),
        }
    }

    /// Photos without an answer that are in no job and may still be asked about.
    fn unasked(&self) -> Vec<Digest> {
        let open = self.journal.open_batches(&self.asked());
        let waiting: HashSet<_> = open.iter().flat_map(|batch| &batch.photos).collect();
        let is_unasked =
            |photo: &Digest| !waiting.contains(photo) && !self.has_answer(*photo) && self.tries(*photo).0 < MOST_TRIES;
        self.album.photos.keys().copied().filter(|photo| self.lacking.contains(photo) && is_unasked(photo)).collect()
    }

    fn plan(&self, photos: &[Digest]) -> Result<()> {
        let parts = self.batch.limits.split(photos);
        (self.services.observe)(&BatchNotice::Planned { jobs: parts.len(), photos: photos.len() });
        parts.into_iter().try_for_each(|part| self.journal.plan(&batch_name(self.batch, part), &self.asked(), part))
    }

    /// Brings batches to their end; returns why nothing more is sent in this run, where that is so.
    fn finish(&self, batches: Vec<Batch>) -> Result<Option<Left>> {
        let mut open = Vec::new();
        for batch in batches {
            match batch.job.clone() {
                Some(job) => open.push((batch, job)),
                None => open.extend(self.start(&batch)?.map(|job| (batch, job))),
            }
        }
        self.watch(open)
    }
}

fn too_few(folder: &Path, photos: usize, least: usize) -> Error {
    let what =
        format!("there are {photos} distinct photos to ask about, and a batch job takes {least} records or more");
    let hint = "ask about each by itself: `labeler = converse`, with the same `model` and `output_file`; or give \
                `min_records` where your account takes fewer.";
    Error::input(folder, what, hint)
}

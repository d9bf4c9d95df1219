//! Which batches were planned, which jobs made of them, and how those ended.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::images::Digest;
use crate::line_journal::LineJournal;

/// What the words of a batch are remembered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The backend and the model.
    pub(super) model: String,
    /// Of the question.
    pub(super) prompt: Digest,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    /// A job will be made of these photos.
    Planned { batch: String, asked: Asked, photos: Vec<Digest> },
    /// It was.
    Created { batch: String, job: String },
    /// The service does not know of that job; of another account or Region it may.
    Lost { batch: String, job: String },
    /// It is over, and its answers are in the journal of answers.
    Ended { batch: String, job: String, end: End, errors: Vec<(Digest, String)> },
}

/// What the end of a job means for those of its photos that have no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// Each had its turn: one try.
    Tried,
    /// Time was up: one try for those that the service had an error for, and none for the rest.
    Partial,
    /// Nobody asked about them.
    NotTried,
}

/// A batch that is planned, or more than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) name: String,
    pub(super) photos: Vec<Digest>,
    /// The ARN of its job.
    pub(super) job: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    /// Those that have not ended, by name, with their place in the order.
    open: HashMap<String, (usize, Asked, Batch)>,
    planned: usize,
    /// Jobs that have.
    ended: HashSet<String>,
    /// How often photos without an answer were asked about, and what was said the last time.
    tries: HashMap<(String, Digest, Digest), (usize, String)>,
}

impl State {
    fn take(&mut self, line: Line) {
        match line {
            Line::Planned { batch, asked, photos } => {
                self.planned += 1;
                self.open.insert(batch.clone(), (self.planned, asked, Batch { name: batch, photos, job: None }));
            }
            Line::Created { batch, job } => {
                if let Some((.., open)) = self.open.get_mut(&batch) {
                    open.job = Some(job);
                }
            }
            Line::Lost { batch, job } => {
                if let Some((.., open)) = self.open.get_mut(&batch).filter(|(.., open)| open.job.as_ref() == Some(&job))
                {
                    open.job = None;
                }
            }
            Line::Ended { batch, job, end, errors } => {
                self.ended.insert(job);
                let Some((_, asked, open)) = self.open.remove(&batch) else { return };
                if end == End::NotTried {
                    return;
                }
                let mut errors: HashMap<_, _> = errors.into_iter().collect();
                for photo in open.photos {
                    let why = match (errors.remove(&photo), end) {
                        (Some(why), _) => why,
                        (None, End::Tried) => "the job has no answer for it".to_owned(),
                        (None, End::Partial | End::NotTried) => continue,
                    };
                    let tries = self.tries.entry((asked.model.clone(), asked.prompt, photo)).or_default();
                    *tries = (tries.0 + 1, why);
                }
            }
        }
    }
}

/// A journal to add to; while it lives, no other process writes into it.
#[derive(Debug)]
pub(super) struct BatchJournal {
    lines: LineJournal,
    state: RefCell<State>,
}

impl BatchJournal {
    /// Opens a journal, which is made if it is missing.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let lines = LineJournal::open(path, "wait for it to end, or name another `output_file`.")?;
        let mut state = State::default();
        lines.lines()?.into_iter().for_each(|line| state.take(line));
        Ok(Self { lines, state: RefCell::new(state) })
    }

    fn add(&self, line: Line) -> Result<()> {
        self.lines.add(&line)?;
        self.state.borrow_mut().take(line);
        Ok(())
    }

    pub(super) fn plan(&self, batch: &str, asked: &Asked, photos: &[Digest]) -> Result<()> {
        self.add(Line::Planned { batch: batch.to_owned(), asked: asked.clone(), photos: photos.to_vec() })
    }

    pub(super) fn created(&self, batch: &str, job: &str) -> Result<()> {
        self.add(Line::Created { batch: batch.to_owned(), job: job.to_owned() })
    }

    /// The batch has no job any more that is known of.
    pub(super) fn lost(&self, batch: &str, job: &str) -> Result<()> {
        self.add(Line::Lost { batch: batch.to_owned(), job: job.to_owned() })
    }

    pub(super) fn ended(&self, batch: &str, job: &str, end: End, errors: Vec<(Digest, String)>) -> Result<()> {
        self.add(Line::Ended { batch: batch.to_owned(), job: job.to_owned(), end, errors })
    }

    /// The batches of a question that have not ended.
    pub(super) fn open_batches(&self, asked: &Asked) -> Vec<Batch> {
        let state = self.state.borrow();
        let mut open: Vec<_> = state.open.values().filter(|(_, of, _)| of == asked).collect();
        open.sort_by_key(|(place, ..)| *place);
        open.into_iter().map(|(.., batch)| batch.clone()).collect()
    }

    /// Whether a job's end is written down.
    pub(super) fn has_ended(&self, job: &str) -> bool {
        self.state.borrow().ended.contains(job)
    }

    /// How often a photo was asked about without an answer, and what was said the last time.
    pub(super) fn tries(&self, asked: &Asked, photo: Digest) -> (usize, String) {
        let key = (asked.model.clone(), asked.prompt, photo);
        self.state.borrow().tries.get(&key).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;

    #[test]
    fn a_batch_is_open_until_its_end_is_written_and_comes_back_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batch.jsonl");
        let asked = Asked { model: "local m".to_owned(), prompt: hash_bytes(b"?") };
        let [a, b] = [hash_bytes(b"a"), hash_bytes(b"b")];
        let journal = BatchJournal::open(&path).unwrap();
        journal.plan("x", &asked, &[a, b]).unwrap();
        journal.plan("y", &Asked { model: "other".to_owned(), ..asked.clone() }, &[a]).unwrap();
        drop(journal);
        let journal = BatchJournal::open(&path).unwrap();
        let open = Batch { name: "x".to_owned(), photos: vec![a, b], job: None };
        assert_eq!(journal.open_batches(&asked), std::slice::from_ref(&open));
        journal.created("x", "arn:x").unwrap();
        drop(journal);
        let journal = BatchJournal::open(&path).unwrap();
        assert_eq!(journal.open_batches(&asked), [Batch { job: Some("arn:x".to_owned()), ..open }]);
        journal.ended("x", "arn:x", End::Tried, vec![(b, "400: bad".to_owned())]).unwrap();
        drop(journal);
        let journal = BatchJournal::open(&path).unwrap();
        assert!(journal.open_batches(&asked).is_empty() && journal.has_ended("arn:x") && !journal.has_ended("arn:y"));
        assert_eq!(journal.tries(&asked, b), (1, "400: bad".to_owned()));
        assert_eq!(journal.tries(&asked, a).0, 1);
        journal.plan("x", &asked, &[b]).unwrap();
        journal.ended("x", "arn:x2", End::NotTried, Vec::new()).unwrap();
        assert_eq!(journal.tries(&asked, b).0, 1, "a job that failed is no try");
        journal.plan("z", &asked, &[a, b]).unwrap();
        journal.created("z", "arn:z").unwrap();
        journal.lost("z", "arn:z").unwrap();
        assert_eq!(journal.open_batches(&asked)[0].job, None);
        assert!(!journal.has_ended("arn:z"), "it may be found again");
        journal.ended("z", "arn:z", End::Partial, vec![(a, "500: busy".to_owned())]).unwrap();
        drop(journal);
        let journal = BatchJournal::open(&path).unwrap();
        assert_eq!(journal.tries(&asked, a), (2, "500: busy".to_owned()));
        assert_eq!(journal.tries(&asked, b).0, 1, "nobody asked about it");
    }
}

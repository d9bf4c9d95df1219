//! The records in memory and on disk: a change is written in one step before anybody is told of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::batch::{ANSWERS_FOLDER, BatchJob};
use super::fault::Fault;
use super::record::{CustomModel, Deployment, Job, Record};
use crate::tuning::Ranker;
use foundation::atomic::{self, create_private_folder};
use foundation::entropy::random_hex;
use foundation::error::{IoContext as _, Place, Result};
use foundation::files::{self, MAX_DOCUMENT_BYTES};

const WEIGHTS_FOLDER: &str = "weights";

/// All records of one kind, by id.
pub(super) type Records<T> = BTreeMap<String, T>;

/// What is on the shelf.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) jobs: Records<Job>,
    pub(super) batches: Records<BatchJob>,
    pub(super) models: Records<CustomModel>,
    pub(super) deployments: Records<Deployment>,
    /// The job that is worked on.
    pub(super) running: Option<String>,
    last_sequence: u64,
}

impl State {
    /// The next place in the order.
    pub(super) fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    /// Twelve characters that no record has, or had: 48 random bits, compared with those that are there.
    pub(super) fn new_id(&self) -> Result<String, Fault> {
        loop {
            let id = random_hex(6).map_err(|error| Fault::internal(format!("no id can be drawn: {error}")))?;
            let known = self.jobs.values().flat_map(|job| [&job.id, &job.model_id]);
            if !known
                .chain(self.batches.keys())
                .chain(self.models.keys())
                .chain(self.deployments.keys())
                .any(|known| *known == id)
            {
                return Ok(id);
            }
        }
    }
}

/// The folder of the records and what it holds.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    state: Mutex<State>,
    /// Something changed that a worker may wait for.
    changed: Condvar,
}

impl Shelf {
    /// Reads the folder, which is made if it is missing. The caller holds the lock of the state folder.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let shelf = Self { folder: folder.to_path_buf(), state: Mutex::default(), changed: Condvar::new() };
        let records = [Job::FOLDER, BatchJob::FOLDER, CustomModel::FOLDER, Deployment::FOLDER];
        for name in records.into_iter().chain([WEIGHTS_FOLDER, ANSWERS_FOLDER]) {
            let folder = shelf.folder.join(name);
            create_private_folder(&folder).at("create", folder.as_path())?;
            atomic::sweep(&folder)?;
        }
        {
            let mut state = shelf.lock();
            let mut last = 0;
            state.jobs = shelf.read_all(&mut last)?;
            state.batches = shelf.read_all(&mut last)?;
            state.models = shelf.read_all(&mut last)?;
            state.deployments = shelf.read_all(&mut last)?;
            state.last_sequence = last;
        }
        Ok(shelf)
    }

    fn read_all<T: Record>(&self, last_sequence: &mut u64) -> Result<Records<T>> {
        let folder = self.folder.join(T::FOLDER);
        let mut records = Records::new();
        for entry in std::fs::read_dir(&folder).at("list", folder.as_path())? {
            let path = entry.at("list", folder.as_path())?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let record: T = read_json(&path)?;
                *last_sequence = record.sequence().max(*last_sequence);
                records.insert(record.id().to_owned(), record);
            }
        }
        Ok(records)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever waits that something changed.
    pub(super) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Waits for a change, not for long.
    pub(super) fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        const LONGEST: Duration = Duration::from_millis(200);
        self.changed.wait_timeout(state, LONGEST).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Writes a record. The caller puts it into the state after that.
    pub(super) fn write<T: Record>(&self, record: &T) -> Result<(), Fault> {
        let json = serde_json::to_vec_pretty(record).map_err(|error| Fault::internal(error.to_string()))?;
        Ok(atomic::write(&self.path_of::<T>(record.id()), &json)?)
    }

    /// Removes a record's file. The caller takes it out of the state after that.
    pub(super) fn remove<T: Record>(&self, id: &str) -> Result<(), Fault> {
        Ok(atomic::remove_if_there(&self.path_of::<T>(id))?)
    }

    /// Changes a job on disk and then in memory, and gives it back.
    pub(super) fn update_job(&self, id: &str, change: impl FnOnce(&mut Job)) -> Result<Job, Fault> {
        self.update(id, |state| &mut state.jobs, change)
    }

    /// Changes a batch job on disk and then in memory, and gives it back.
    pub(super) fn update_batch(&self, id: &str, change: impl FnOnce(&mut BatchJob)) -> Result<BatchJob, Fault> {
        self.update(id, |state| &mut state.batches, change)
    }

    fn update<T: Record>(
        &self,
        id: &str,
        records: fn(&mut State) -> &mut Records<T>,
        change: impl FnOnce(&mut T),
    ) -> Result<T, Fault> {
        let mut state = self.lock();
        let job = records(&mut state).get_mut(id).ok_or_else(|| Fault::internal(format!("there is no job {id}")))?;
        let mut changed = job.clone();
        change(&mut changed);
        self.write(&changed)?;
        *job = changed.clone();
        drop(state);
        self.notify();
        Ok(changed)
    }

    /// Where batch jobs under way keep their answers.
    pub(super) fn answers_folder(&self) -> PathBuf {
        self.folder.join(ANSWERS_FOLDER)
    }

    fn path_of<T: Record>(&self, id: &str) -> PathBuf {
        self.folder.join(T::FOLDER).join(format!("{id}.json"))
    }

    fn weights_path(&self, model_id: &str) -> PathBuf {
        self.folder.join(WEIGHTS_FOLDER).join(format!("{model_id}.json"))
    }

    /// Writes the weights of a model.
    pub(super) fn write_weights(&self, model_id: &str, ranker: &Ranker) -> Result<(), Fault> {
        let json = serde_json::to_vec(ranker).map_err(|error| Fault::internal(error.to_string()))?;
        Ok(atomic::write(&self.weights_path(model_id), &json)?)
    }

    /// The weights of a model.
    pub(super) fn weights(&self, model_id: &str) -> Result<Arc<Ranker>, Fault> {
        Ok(Arc::new(read_json(&self.weights_path(model_id))?))
    }

    pub(super) fn remove_weights(&self, model_id: &str) -> Result<(), Fault> {
        Ok(atomic::remove_if_there(&self.weights_path(model_id))?)
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = files::read(path, MAX_DOCUMENT_BYTES).at("read", path)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        foundation::Error::input(
            Place::file(path),
            format!("this is not a file of the local stand-in: {error}"),
            "forget the stand-in's state with `nova-ft local reset` and start again.",
        )
    })
}

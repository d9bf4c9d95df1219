//! The networks of PP-OCRv6, run by rten in pure Rust.

use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::engine::{Engine, EngineError, Heat, Planes, STRIP_HEIGHT_PX, Scores, Threads};
use super::models::Models;
use foundation::error::{Error, Result};

/// PP-OCRv6 small for detection and recognition.
pub struct RtenEngine {
    detection: Model,
    recognition: Model,
    alphabet: Vec<String>,
    version: String,
    all_cores: Arc<ThreadPool>,
    /// Pools of one thread that nobody uses at the moment. rten computes in a pool; one of the caller's own would let its
    /// waiting thread begin another photo.
    single: Mutex<Vec<Arc<ThreadPool>>>,
}

impl std::fmt::Debug for RtenEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RtenEngine").field("version", &self.version).finish_non_exhaustive()
    }
}

impl RtenEngine {
    /// Loads the networks: 31 MB from disk, about 0.2 s.
    ///
    /// # Errors
    /// Where a file holds no such network.
    pub fn load(models: &Models) -> Result<Self> {
        let load = |path: &std::path::Path| {
            Model::load_file(path).map_err(|error| {
                Error::input(path, format!("no network that can be run here: {error}"), super::models::HINT)
            })
        };
        let (detection, recognition) = (load(models.detection())?, load(models.recognition())?);
        let characters = recognition.metadata().get("character").ok_or_else(|| {
            Error::input(
                models.recognition(),
                "the network does not say which characters it knows",
                super::models::HINT,
            )
        })?;
        // One a line; the network has a class for the space after them.
        let alphabet = characters.lines().map(str::to_owned).chain([" ".to_owned()]).collect();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            detection,
            recognition,
            alphabet,
            version: models.version().to_owned(),
            all_cores: Arc::new(ThreadPool::with_num_threads(cores)),
            single: Mutex::default(),
        })
    }

    /// Runs a network on one input, in a pool that nobody else uses meanwhile.
    fn run(&self, model: &Model, input: Tensor<f32>, threads: Threads) -> Result<Tensor<f32>, EngineError> {
        let pool = match threads {
            Threads::All => Arc::clone(&self.all_cores),
            Threads::One => {
                let free = self.single.lock().unwrap_or_else(PoisonError::into_inner).pop();
                free.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)))
            }
        };
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&pool));
        let answer = model.run_one(Value::from(input).into(), Some(options));
        if threads == Threads::One {
            self.single.lock().unwrap_or_else(PoisonError::into_inner).push(pool);
        }
        let answer = answer.map_err(|error| EngineError(error.to_string()))?;
        answer.into_tensor().ok_or_else(|| EngineError("its answer is no tensor of numbers".to_owned()))
    }
}

impl Engine for RtenEngine {
    fn version(&self) -> &str {
        &self.version
    }

    fn alphabet(&self) -> &[String] {
        &self.alphabet
    }

    fn detect(&self, picture: Planes, threads: Threads) -> Result<Heat, EngineError> {
        let (width, height) = (picture.width, picture.height);
        let input = NdTensor::from_data([1, 3, height, width], picture.values).into_dyn();
        let heat = self.run(&self.detection, input, threads)?;
        if heat.shape() != [1, 1, height, width] {
            return Err(EngineError(format!("a map of {:?} for a picture of {width}×{height}", heat.shape())));
        }
        Ok(Heat { width, height, values: heat.into_data() })
    }

    fn recognize(&self, strips: Vec<Planes>) -> Result<Vec<Scores>, EngineError> {
        let Some(width) = strips.first().map(|strip| strip.width) else { return Ok(Vec::new()) };
        let count = strips.len();
        let values: Vec<f32> = strips.into_iter().flat_map(|strip| strip.values).collect();
        let input = NdTensor::from_data([count, 3, STRIP_HEIGHT_PX, width], values).into_dyn();
        let scores = self.run(&self.recognition, input, Threads::One)?;
        let &[batch, steps, classes] = scores.shape() else {
            return Err(EngineError(format!("scores of {:?}", scores.shape())));
        };
        if batch != count || classes != self.alphabet.len() + 1 {
            let known = self.alphabet.len();
            return Err(EngineError(format!("{batch} × {classes} scores for {count} strips and {known} characters")));
        }
        let values = scores.into_data();
        Ok(values.chunks(steps * classes).map(|one| Scores { steps, classes, values: one.to_vec() }).collect())
    }
}

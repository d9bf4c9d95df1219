//! The two networks behind a trait, so that tests run real pre- and post-processing on a fake that computes, and another
//! runtime can be put in its place.

use std::fmt;

/// A picture as numbers: three planes (blue, green, red) of `height` rows of `width` values, -1 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// Pixels in a row; a multiple of 32 for detection.
    pub width: usize,
    /// Rows; a multiple of 32 for detection, [`STRIP_HEIGHT_PX`] for recognition.
    pub height: usize,
    /// `3 × height × width` values.
    pub values: Vec<f32>,
}

/// Height of the strips that are recognized, px: what the network was trained on.
pub const STRIP_HEIGHT_PX: usize = 48;

/// How likely each pixel is text: `height` rows of `width` values, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height × width` values.
    pub values: Vec<f32>,
}

/// How likely each character is at each step along a strip.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Steps, from left to right.
    pub steps: usize,
    /// Characters: class 0 is the blank of CTC, class `n` the alphabet's entry `n - 1`.
    pub classes: usize,
    /// `steps × classes` probabilities.
    pub values: Vec<f32>,
}

/// What an engine said when it could not compute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the network cannot compute: {0}")]
pub struct EngineError(pub String);

/// The networks that find and recognize text.
pub trait Engine: fmt::Debug + Send + Sync {
    /// Names the networks and what runs them.
    fn version(&self) -> &str;

    /// The characters that can be recognized, in the order of the classes after the blank.
    fn alphabet(&self) -> &[String];

    /// Finds text.
    fn detect(&self, picture: Planes, threads: Threads) -> Result<Heat, EngineError>;

    /// Recognizes strips of one size, each a line of text; one answer a strip.
    fn recognize(&self, strips: Vec<Planes>) -> Result<Vec<Scores>, EngineError>;
}

/// How many threads one computation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The calling one: the others read other photos.
    One,
    /// All cores: one photo is read.
    All,
}

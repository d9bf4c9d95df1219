//! From photo to lines of text, on this machine, with the networks of PP-OCRv6 in pure Rust.
//!
//! [`TextReader`] has the steps one by one: an [`Overview`] of where text is, [`QuarterTurn`]s, the lines of a part of the
//! picture, a whole [`Page`]. What runs the networks is an [`Engine`].

mod cache;
mod crop;
mod detect;
mod draw;
mod engine;
#[doc(hidden)]
pub mod fuzzing;
mod geometry;
mod lines;
mod models;
#[doc(hidden)]
pub mod painted;
mod parallel;
mod recognize;
mod rten_engine;
mod standard;
mod text_reader;
mod turn;

pub use cache::PageCache;
pub use detect::DetectOptions;
pub use draw::draw_boxes;
pub use engine::{Engine, EngineError, Heat, Planes, STRIP_HEIGHT_PX, Scores, Threads};
pub use geometry::{Point, Quad};
pub use lines::sort_for_reading;
pub use lines::{Page, TextLine};
pub use models::Models;
pub use rten_engine::RtenEngine;
pub use text_reader::{Overview, ReadOptions, TextReader};
pub use turn::QuarterTurn;

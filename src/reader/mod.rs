//! From photo to lines of text, on this machine.

mod geometry;
mod lines;
mod turn;

pub use geometry::{Point, Quad};
pub use lines::{Page, TextLine};
pub use turn::QuarterTurn;

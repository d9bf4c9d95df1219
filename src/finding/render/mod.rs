//! Reports as a person or a program reads them; one renderer, one file.

mod json;
mod text;

pub use json::{FindingEvent, render_json};
pub use text::render_text;

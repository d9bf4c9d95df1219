//! Reports as a person or a program reads them; one renderer, one file.

mod json;
mod text;

pub use json::{render_json, FindingEvent};
pub use text::render_text;

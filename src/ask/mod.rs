//! Asking a model about many photos: several at a time, no faster than it takes them, none of them twice.

mod engine;
mod journal;
mod limiter;

pub(crate) use engine::question;
pub use engine::{Answer, AskOptions, Asker, PhotoQuestion, Services, ask};
pub use journal::AnswerJournal;
pub use limiter::Limits;

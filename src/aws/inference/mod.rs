//! Asking a model about many photos: several at a time, no faster than it takes them, none of them twice.

mod asker;
mod engine;
mod fault;
mod journal;
mod limiter;
mod patience;
mod purse;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use asker::{Asker, PhotoQuestion, Services, ShownPhoto};
pub use engine::{Answer, AskOptions, ask};
pub(crate) use engine::{MAX_TOKENS, question};
pub use journal::AnswerJournal;
pub(crate) use journal::{Given, Question};
pub use limiter::Limits;
pub use patience::Patience;
pub use purse::Money;

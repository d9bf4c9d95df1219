//! Prompts and answers.

pub(crate) mod context_exceeded;
pub(crate) mod empty_text;
pub(crate) mod reserved_word;

//! Prompts and answers.

pub(crate) mod empty_text;
pub(crate) mod reserved_word;

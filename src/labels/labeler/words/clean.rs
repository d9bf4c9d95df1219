//! The name in an answer. Models say it in a sentence, as JSON, in quotes, in bold; or say that they cannot.
//!
//! What the model wrote of the name itself stays as it is, brackets of the wrong width too: the rules for labels say what is
//! wrong with a name.

use super::judge::{SENTENCE, check};
use super::peel::peel;

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A name.
    Name(String),
    /// None, and why: a refusal, a sentence, several names.
    NoName(&'static str),
}

/// Longer answers are no names, however they are cut.
const MOST_BYTES: usize = 16 * 1024;

/// The name in an answer. A name that is clean stays itself, each character of it.
pub fn clean_answer(answer: &str) -> Said {
    if answer.len() > MOST_BYTES {
        return Said::NoName(SENTENCE);
    }
    let mut text = without_thoughts(answer).to_owned();
    // Each round leaves less, or as much in fewer lines.
    loop {
        match peel(&text) {
            Err(why) => return Said::NoName(why),
            Ok(next) if next == text => break,
            Ok(next) => text = next,
        }
    }
    match check(&text) {
        Some(why) => Said::NoName(why),
        None => Said::Name(text),
    }
}

/// An answer without what the model thought first.
fn without_thoughts(answer: &str) -> &str {
    let end = ["</thinking>", "</think>"].iter().filter_map(|tag| answer.rfind(tag).map(|at| at + tag.len())).max();
    end.map_or(answer, |end| &answer[end..])
}

//! The name in an answer. Models say it in a sentence, as JSON, in quotes, in bold; or say that they cannot.
//!
//! What the model wrote of the name itself stays as it is, brackets of the wrong width too: the rules for labels say what is
//! wrong with a name.

use super::judge::{CONTROLS, FORMULA, SENTENCE, check};
use super::peel::peel;
use crate::labels::is_formula;
use crate::wording::{is_line_break, without_unseen};

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
    match name_in(without_thoughts(answer)) {
        Ok(name) => Said::Name(name),
        Err(why) => Said::NoName(why),
    }
}

fn name_in(answer: &str) -> Result<String, &'static str> {
    let mut text = plain(answer)?;
    // `- ` before a name is the mark of a list.
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'));
    if is_formula(start) && !start.starts_with("- ") {
        return Err(FORMULA);
    }
    // Each round leaves less, or as much in fewer lines.
    loop {
        // What was JSON may have had such characters as escapes.
        let next = plain(&peel(&text)?)?;
        if next == text {
            return check(&text).map_or(Ok(text), Err);
        }
        text = next;
    }
}

/// A text in which each line is one by `\n`, without invisible characters.
///
/// # Errors
/// Where it has control characters: what is left without them is not what the model read.
fn plain(text: &str) -> Result<String, &'static str> {
    if text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Err(CONTROLS);
    }
    let lines = text.split(is_line_break).map(without_unseen);
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// An answer without what the model thought first.
fn without_thoughts(answer: &str) -> &str {
    let end = ["</thinking>", "</think>"].iter().filter_map(|tag| answer.rfind(tag).map(|at| at + tag.len())).max();
    end.map_or(answer, |end| &answer[end..])
}

//! The answers that were given so far, a line each: nothing is asked twice, whatever happens to the process. A journal may
//! be deleted at any time; then everything is asked again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::images::Digest;
use crate::line_journal::LineJournal;

/// What makes two questions the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Question {
    /// The model behind the deployment, and the backend that it is on.
    pub(crate) model: String,
    /// Of the photo's bytes.
    pub(crate) photo: Digest,
    /// Of the words.
    pub(crate) prompt: Digest,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    question: Question,
    answer: String,
    input_tokens: u64,
    output_tokens: u64,
}

/// An answer and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) text: String,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

/// A journal to add to; while it lives, no other process writes into it.
#[derive(Debug)]
pub struct AnswerJournal {
    known: Mutex<HashMap<Question, Given>>,
    journal: LineJournal,
}

impl AnswerJournal {
    /// Opens a journal, which is made if it is missing. Lines that are cut off or of another form are passed over.
    ///
    /// # Errors
    /// Where it cannot be written, or another process is writing into it.
    pub fn open(path: &Path) -> Result<Self> {
        let journal = LineJournal::open(path, "wait for it to end.")?;
        let given = |Line { question, answer, input_tokens, output_tokens }| {
            (question, Given { text: answer, input_tokens, output_tokens })
        };
        let known = Mutex::new(journal.lines()?.into_iter().map(given).collect());
        Ok(Self { known, journal })
    }

    /// The answer to a question, if it was given.
    pub(crate) fn recall(&self, question: &Question) -> Option<Given> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    /// Adds an answer.
    pub(crate) fn add(&self, question: Question, given: Given) -> Result<()> {
        let Given { text: answer, input_tokens, output_tokens } = given.clone();
        self.journal.add(&Line { question: question.clone(), answer, input_tokens, output_tokens })?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(question, given);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::hash_bytes;

    fn question(model: &str, photo: &[u8]) -> Question {
        Question { model: model.to_owned(), photo: hash_bytes(photo), prompt: hash_bytes(b"?") }
    }

    #[test]
    fn an_answer_comes_back_for_the_same_question_alone_even_after_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/answers.jsonl");
        let given = Given { text: "甲公司\n".to_owned(), input_tokens: 7, output_tokens: 2 };
        AnswerJournal::open(&path).unwrap().add(question("m", b"1"), given.clone()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"model\":\"m\",\"pho");
        std::fs::write(&path, bytes).unwrap();
        let journal = AnswerJournal::open(&path).unwrap();
        assert_eq!(journal.recall(&question("m", b"1")), Some(given.clone()));
        assert_eq!(journal.recall(&question("other", b"1")), None);
        assert_eq!(journal.recall(&question("m", b"2")), None);
        assert!(AnswerJournal::open(&path).unwrap_err().to_string().contains("another nova-ft"));
        journal.add(question("m", b"2"), given.clone()).unwrap();
        drop(journal);
        assert_eq!(AnswerJournal::open(&path).unwrap().recall(&question("m", b"2")), Some(given));
    }
}

//! The answers that were given so far, a line each: nothing is asked twice, whatever happens to the process.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::{Error, IoContext, Result};
use crate::images::Digest;

/// The journal's name in the folder `output`. It may be deleted at any time; then everything is asked again.
pub const ANSWERS_FILE: &str = "answers.jsonl";

/// What makes two questions the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Question {
    /// The model behind the deployment, and the backend that it is on.
    pub(super) model: String,
    /// Of the photo's bytes.
    pub(super) photo: Digest,
    /// Of the words.
    pub(super) prompt: Digest,
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
pub(super) struct Given {
    pub(super) text: String,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
}

/// A journal to add to; while it lives, no other process writes into it.
#[derive(Debug)]
pub struct AnswerJournal {
    path: PathBuf,
    known: Mutex<HashMap<Question, Given>>,
    file: Mutex<File>,
}

impl AnswerJournal {
    /// Opens a journal, which is made if it is missing. Lines that are cut off or of another form are passed over.
    ///
    /// # Errors
    /// Where it cannot be written, or another process is writing into it.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).at("create", folder)?;
        }
        let mut file = File::options().read(true).append(true).create(true).open(path).at("write", path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::input(path, "another nova-ft is writing into this journal", "wait for it to end."));
            }
            Err(TryLockError::Error(error)) => return Err(error).at("lock", path),
        }
        let bytes = std::fs::read(path).at("read", path)?;
        if bytes.last().is_some_and(|byte| *byte != b'\n') {
            // The last line was cut off when its process was killed: the next one must not go on in it.
            file.write_all(b"\n").at("write", path)?;
        }
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
        let given = |Line { question, answer, input_tokens, output_tokens }| {
            (question, Given { text: answer, input_tokens, output_tokens })
        };
        let known = Mutex::new(lines.map(given).collect());
        Ok(Self { path: path.to_path_buf(), known, file: Mutex::new(file) })
    }

    /// The answer to a question, if it was given.
    pub(super) fn recall(&self, question: &Question) -> Option<Given> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    /// Adds an answer. One write a line: a process that is killed leaves whole lines, and at most one that is cut off.
    pub(super) fn add(&self, question: Question, given: Given) -> Result<()> {
        let Given { text: answer, input_tokens, output_tokens } = given.clone();
        let line = Line { question: question.clone(), answer, input_tokens, output_tokens };
        let mut json = serde_json::to_vec(&line).map_err(std::io::Error::from).at("write", &self.path)?;
        json.push(b'\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&json).at("write", &self.path)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(question, given);
        Ok(())
    }
}

impl Drop for AnswerJournal {
    fn drop(&mut self) {
        // Closing is not enough: a child that this process is just starting may have the file open too.
        let _ = self.file.lock().unwrap_or_else(PoisonError::into_inner).unlock();
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

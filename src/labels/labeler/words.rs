//! What a model is asked about a photo, and the name that is in its answer.

mod clean;
mod judge;
mod peel;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::json;

pub use self::clean::{Said, clean_answer};
use crate::error::{Error, IoContext, Result};
use crate::images::{Digest, hash_bytes};

/// The version of the words below. Other words are another version: a test holds them to it.
const VERSION: &str = "p1";
const SYSTEM: &str = "你负责从中国增值税发票的照片上读出销售方的名称。";
const USER: &str = "这是一张增值税发票的照片。请读出销售方（开票方）的名称，它印在发票下部“销售方”一栏的“名称”之后。不要写购买方的名称，也不要\
写开户银行或印制单位的名称。请照票面逐字写出，不翻译、不缩写、不补全。只回答名称本身，不加引号、句号或其他文字。如果看不清，或者照片上没有发票，只回答：\
无法识别";
/// Most characters of a question of the user's.
const LONGEST: usize = 10_000;

/// The words of the question, which the photo goes before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPrompt {
    /// What stands in each row for these words: `p1` for those of this program, `own-` and eight hex digits for others.
    pub version: String,
    /// What the model is told beforehand.
    pub system: Option<String>,
    /// The question.
    pub user: String,
}

impl Default for LabelPrompt {
    fn default() -> Self {
        Self { version: VERSION.to_owned(), system: Some(SYSTEM.to_owned()), user: USER.to_owned() }
    }
}

impl LabelPrompt {
    /// The question of a text file, with nothing told beforehand.
    ///
    /// # Errors
    /// Where the file cannot be read, is no UTF-8, is blank or is longer than any question.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).at("read", path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::input(path, "a question is a text in UTF-8", "save it again as UTF-8."))?;
        let user = text.trim_start_matches('\u{FEFF}').trim();
        if user.is_empty() {
            return Err(Error::input(
                path,
                "there is no question in this file",
                "write what the model is to be asked.",
            ));
        }
        if user.chars().count() > LONGEST {
            let what = format!("a question has at most {LONGEST} characters");
            return Err(Error::input(path, what, "write what the model is to be asked, and nothing else."));
        }
        let mut prompt = Self { version: String::new(), system: None, user: user.to_owned() };
        let digest = prompt.sha256().to_string();
        prompt.version = format!("own-{}", digest.get(..8).unwrap_or(&digest));
        Ok(prompt)
    }

    /// The digest of all words: answers to other words are other answers.
    pub fn sha256(&self) -> Digest {
        hash_bytes(json!([self.system, self.user]).to_string().as_bytes())
    }
}

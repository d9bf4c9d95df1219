use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::findings::limits::RESERVED_WORDS;
use crate::settings::Settings;
use crate::wording::is_blank;

/// The texts that go with each photo. Use the same at inference as in training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The system prompt, if any.
    pub system: Option<String>,
    /// What the user asks of the photo.
    pub user: String,
}

impl Default for Prompt {
    /// The prompt of the project that this one replaces: it asks for the seller (销售方, 开票方) and nothing else.
    fn default() -> Self {
        Self {
            system: Some("You are a smart assistant that answers questions respectfully".to_owned()),
            user: "这是一张发票图片。请识别并提取出销售方名称。只需要返回销售方名称，不要有其他文字。请确保提取的是销售方（开票方），而不是购买方（收票方）。".to_owned(),
        }
    }
}

impl Prompt {
    /// The prompt of `[prompt]` in the settings; what is not set there is the default. An empty `system` means none.
    ///
    /// # Errors
    /// Where the question is empty, or a text has a word that Nova reserves.
    pub fn from_settings(settings: &Settings) -> Result<Self> {
        let own = settings.command("prompt");
        let default = Self::default();
        let system = own.value::<String>(None, "system")?.or(default.system).filter(|text| !text.trim().is_empty());
        let user = own.value::<String>(None, "user")?.unwrap_or(default.user);
        let refuse = |key: &str, what: String, hint: &str| {
            let origin = own.origin(key).map_or_else(|| format!("prompt.{key}"), |(_, found)| found.to_string());
            Err(Error::Setting { origin, what, hint: hint.to_owned() })
        };
        if user.chars().all(is_blank) {
            let hint = "write what the model is asked, or leave the line away for the usual question.";
            return refuse("user", "the question is empty".to_owned(), hint);
        }
        for (key, text) in [("system", system.as_deref()), ("user", Some(user.as_str()))] {
            let reserved = RESERVED_WORDS.iter().find(|word| text.is_some_and(|text| text.contains(**word)));
            if let Some(word) = reserved {
                let hint = "write it otherwise: each record would be refused for it.";
                return refuse(key, format!("`{word}` is reserved by Nova"), hint);
            }
        }
        Ok(Self { system, user })
    }
}

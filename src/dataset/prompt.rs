use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::settings::Settings;

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
    pub fn from_settings(settings: &Settings) -> Result<Self> {
        let own = settings.command("prompt");
        let default = Self::default();
        let system = own.value::<String>(None, "system")?.or(default.system).filter(|text| !text.trim().is_empty());
        let user = own.value::<String>(None, "user")?.unwrap_or(default.user);
        Ok(Self { system, user })
    }
}

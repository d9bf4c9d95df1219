//! The record of a Nova training set, schema `bedrock-conversation-2024`.
//!
//! Source: <https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html>, read 2026-11-22.

use serde::{Deserialize, Serialize};

/// The only value of `schemaVersion` that the documentation and both AWS validators accept.
pub const SCHEMA_VERSION: &str = "bedrock-conversation-2024";

/// One sample: a conversation that ends with the answer to learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The system prompt; absent or a list of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Vec<SystemText>>,
    /// User and assistant in turn, user first, assistant last.
    pub messages: Vec<Message>,
}

/// A text of the system prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemText {
    /// The text, never empty.
    pub text: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The prompt and the photo.
    User,
    /// The answer to learn.
    Assistant,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// Texts and images; images only in a user's turn.
    pub content: Vec<Content>,
}

/// A block of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// A text, never empty.
    Text(String),
    /// A photo in S3.
    Image(ImageBlock),
}

/// A photo of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageBlock {
    /// `jpeg`, `png`, `gif` or `webp`: what the bytes are; never `jpg`.
    pub format: String,
    /// Where it is.
    pub source: ImageSource,
}

/// Where a photo is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageSource {
    /// The object, in the same bucket as the JSONL.
    pub s3_location: S3Location,
}

/// An object and the account that owns its bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct S3Location {
    /// `s3://bucket/key`.
    pub uri: String,
    /// The bucket owner's account: 12 digits.
    pub bucket_owner: String,
}

impl Record {
    /// A sample with one photo and the answer to learn.
    pub fn photo(prompt: &super::Prompt, image: ImageBlock, answer: impl Into<String>) -> Self {
        let system = prompt.system.as_ref().map(|text| vec![SystemText { text: text.clone() }]);
        let question = vec![Content::Text(prompt.user.clone()), Content::Image(image)];
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            system,
            messages: vec![
                Message { role: Role::User, content: question },
                Message { role: Role::Assistant, content: vec![Content::Text(answer.into())] },
            ],
        }
    }

    /// The answer to learn: the texts of the last turn, joined.
    pub fn answer(&self) -> String {
        let last = self.messages.last().filter(|message| message.role == Role::Assistant);
        let texts = last.iter().flat_map(|message| &message.content).filter_map(|content| match content {
            Content::Text(text) => Some(text.as_str()),
            Content::Image(_) => None,
        });
        texts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Prompt;

    #[test]
    fn a_record_has_the_shape_of_the_documentation() {
        let image = ImageBlock {
            format: "jpeg".to_owned(),
            source: ImageSource {
                s3_location: S3Location {
                    uri: "s3://b/p/0001.jpg".to_owned(),
                    bucket_owner: "123456789012".to_owned(),
                },
            },
        };
        let prompt = Prompt { system: Some("S".to_owned()), user: "U".to_owned() };
        let record = Record::photo(&prompt, image, "某某有限公司");
        let json = serde_json::to_string(&record).unwrap();
        insta::assert_snapshot!(json, @r#"{"schemaVersion":"bedrock-conversation-2024","system":[{"text":"S"}],"messages":[{"role":"user","content":[{"text":"U"},{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://b/p/0001.jpg","bucketOwner":"123456789012"}}}}]},{"role":"assistant","content":[{"text":"某某有限公司"}]}]}"#);
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
        assert_eq!(record.answer(), "某某有限公司");
    }
}

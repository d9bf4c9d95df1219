//! Conversations with a model.

use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ImageBlock, ImageFormat, ImageSource, InferenceConfiguration, Message,
    SystemContentBlock,
};

use super::BedrockClient;
use crate::aws::error::{bedrock_error, malformed};
use crate::error::{Error, Result, ServiceErrorKind};

/// A piece of what the model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// A photo.
    Image {
        /// The service's word for the format: `jpeg`, `png`, `gif`, `webp`.
        format: String,
        /// The file's bytes.
        bytes: Vec<u8>,
    },
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// An id for inference, a profile, or a deployment's ARN.
    pub model_id: String,
    /// What the model is told beforehand.
    pub system: Option<String>,
    /// The question.
    pub user: Vec<Piece>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// How much chance there is in it; 0 for the likeliest answer.
    pub temperature: f32,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its words.
    pub text: String,
    /// Why it ends: `end_turn`, `max_tokens`.
    pub stop_reason: String,
    /// Tokens of the question, photos included.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
}

/// What is done with a model that answers.
pub trait Converse {
    /// Asks a question.
    fn converse(&self, conversation: &Conversation) -> Result<Reply>;
}

const OPERATION: &str = "Converse";

impl Converse for BedrockClient {
    fn converse(&self, conversation: &Conversation) -> Result<Reply> {
        let model = &conversation.model_id;
        let bad = |error: &dyn std::error::Error| malformed(OPERATION, model, error);
        let content = conversation.user.iter().map(block).collect::<Result<Vec<_>, _>>();
        let content = content.map_err(|error| bad(&error))?;
        let message = Message::builder().role(ConversationRole::User).set_content(Some(content)).build();
        let inference = InferenceConfiguration::builder()
            .max_tokens(i32::try_from(conversation.max_tokens).unwrap_or(i32::MAX))
            .temperature(conversation.temperature)
            .build();
        let call = self
            .bedrock_runtime
            .converse()
            .model_id(model)
            .set_system(conversation.system.clone().map(|text| vec![SystemContentBlock::Text(text)]))
            .messages(message.map_err(|error| bad(&error))?)
            .inference_config(inference);
        let answer = self.runtime.block_on(call.send())?.map_err(|error| bedrock_error(OPERATION, model, &error))?;
        let Some(message) = answer.output().and_then(|output| output.as_message().ok()) else {
            return Err(no_message(model));
        };
        let texts: Vec<_> = message.content().iter().filter_map(|block| block.as_text().ok()).collect();
        if texts.is_empty() {
            return Err(no_text(model, answer.stop_reason().as_str()));
        }
        let tokens = |count: i32| u64::try_from(count).unwrap_or_default();
        Ok(Reply {
            text: texts.into_iter().map(String::as_str).collect(),
            stop_reason: answer.stop_reason().as_str().to_owned(),
            input_tokens: answer.usage().map_or(0, |usage| tokens(usage.input_tokens())),
            output_tokens: answer.usage().map_or(0, |usage| tokens(usage.output_tokens())),
        })
    }
}

fn block(piece: &Piece) -> Result<ContentBlock, aws_sdk_bedrockruntime::error::BuildError> {
    Ok(match piece {
        Piece::Text(text) => ContentBlock::Text(text.clone()),
        Piece::Image { format, bytes } => {
            let source = ImageSource::Bytes(Blob::new(bytes.clone()));
            ContentBlock::Image(
                ImageBlock::builder().format(ImageFormat::from(format.as_str())).source(source).build()?,
            )
        }
    })
}

/// An answer that is none of a model's.
fn no_message(model: &str) -> Error {
    Error::Service {
        kind: ServiceErrorKind::IncompleteResponse,
        operation: OPERATION,
        target: model.to_owned(),
        code: "NoAnswer".to_owned(),
        message: "what came back holds no message of the model".to_owned(),
        hint: "ask again.".to_owned(),
    }
}

fn no_text(model: &str, stop_reason: &str) -> Error {
    Error::Service {
        kind: ServiceErrorKind::EmptyAnswer,
        operation: OPERATION,
        target: model.to_owned(),
        code: "NoAnswer".to_owned(),
        message: format!("the answer has no text; it ended with `{stop_reason}`"),
        hint: "ask again, or allow more tokens.".to_owned(),
    }
}

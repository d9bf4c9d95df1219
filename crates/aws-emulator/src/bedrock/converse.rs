//! The runtime: a photo goes in, the name that the ranker reads off it comes out.

use std::time::Instant;

use serde_json::{Value, json};

use super::conversation::{Conversation, Image, Source};
use super::fault::Fault;
use super::foundation_models::MAX_SIDE_PX;
use super::request::Dialect;
use crate::ACCOUNT_ID;
use crate::photos::Photos;
use crate::tokens::TokenCounter;
use crate::tuning::Ranker;
use foundation::error::Error;
use invoice_ocr::images::header_of_bytes;

/// What the model says of a photo on which it takes no line for the seller's name.
const NOT_FOUND: &str = "未找到";
/// What the model says where there is no photo.
const NO_PHOTO: &str = "This is nova-ft's local stand-in, not a language model: it reads the seller's name off the photo of \
                        an invoice. Send one as an image block.";

/// Answers Converse. `fetch` brings an object by its S3 URI.
///
/// # Errors
/// What AWS says against the request; the faults of `fetch`; [`Fault::internal`] where the reader cannot be opened.
pub(crate) fn converse(
    body: &Value,
    ranker: &Ranker,
    photos: &Photos,
    tokens: TokenCounter,
    fetch: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<Value, Fault> {
    let start = Instant::now();
    let reply = Reply::to(&Conversation::parse(body, Dialect::Converse)?, ranker, photos, tokens, fetch)?;
    Ok(json!({
        "output": { "message": reply.message() },
        "stopReason": reply.stop_reason,
        "usage": {
            "inputTokens": reply.input_tokens,
            "outputTokens": reply.output_tokens,
            "totalTokens": reply.input_tokens + reply.output_tokens,
        },
        "metrics": { "latencyMs": u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX) },
    }))
}

/// Answers `InvokeModel` in Nova's own format.
///
/// # Errors
/// Those of [`converse`].
pub(crate) fn invoke(
    body: &Value,
    ranker: &Ranker,
    photos: &Photos,
    tokens: TokenCounter,
    fetch: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<Value, Fault> {
    let reply = Reply::to(&Conversation::parse(body, Dialect::Invoke)?, ranker, photos, tokens, fetch)?;
    Ok(json!({
        "output": { "message": reply.message() },
        "stopReason": reply.stop_reason,
        "usage": {
            "inputTokens": reply.input_tokens,
            "outputTokens": reply.output_tokens,
            "totalTokens": reply.input_tokens + reply.output_tokens,
            "cacheReadInputTokenCount": 0,
            "cacheWriteInputTokenCount": 0,
        },
    }))
}

/// What the model says, and what that counts.
#[derive(Debug)]
struct Reply {
    text: String,
    stop_reason: &'static str,
    input_tokens: u64,
    output_tokens: u64,
}

impl Reply {
    fn to(
        conversation: &Conversation,
        ranker: &Ranker,
        photos: &Photos,
        tokens: TokenCounter,
        fetch: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
    ) -> Result<Self, Fault> {
        let mut input_tokens: u64 = conversation.texts.iter().map(|text| (tokens.of_text)(text)).sum();
        // The question is about the photos of the last turn that has any; earlier ones are examples.
        let asked = conversation.images.iter().rposition(|images| !images.is_empty());
        let mut names = Vec::new();
        for (turn, images) in conversation.images.iter().enumerate() {
            for image in images {
                let (bytes, size) = opened(image, fetch)?;
                input_tokens += (tokens.of_image)(size);
                if Some(turn) == asked {
                    names.push(name_on(image, &bytes, ranker, photos)?);
                }
            }
        }
        let whole = if asked.is_some() { names.join("\n") } else { NO_PHOTO.to_owned() };
        let (text, stop_reason) = cut(&whole, conversation, tokens);
        Ok(Self { output_tokens: (tokens.of_text)(&text), text, stop_reason, input_tokens })
    }

    fn message(&self) -> Value {
        json!({ "role": "assistant", "content": [{ "text": self.text }] })
    }
}

/// The bytes of an image that is what it says, and its size.
fn opened(image: &Image, fetch: &dyn Fn(&str) -> Result<Vec<u8>, Fault>) -> Result<(Vec<u8>, (u32, u32)), Fault> {
    let bytes = match &image.source {
        Source::Bytes(bytes) => bytes.clone(),
        Source::S3 { uri, bucket_owner } => {
            if bucket_owner.as_ref().is_some_and(|owner| owner != ACCOUNT_ID) {
                return Err(Fault::access_denied(format!("Access denied: the bucket of {uri} is not that account's.")));
            }
            fetch(uri)?
        }
    };
    let header = header_of_bytes(&bytes).map_err(|fault| of_model(&format!("{}: {fault}", image.at)))?;
    if header.format != image.format {
        return Err(of_model("The provided image does not match the specified image format."));
    }
    let size = (header.width_px, header.height_px);
    if size.0.max(size.1) > MAX_SIDE_PX {
        let what = format!("{}: {}×{} px, more than {MAX_SIDE_PX} a side", image.at, size.0, size.1);
        return Err(of_model(&what));
    }
    Ok((bytes, size))
}

fn name_on(image: &Image, bytes: &[u8], ranker: &Ranker, photos: &Photos) -> Result<String, Fault> {
    let name = match &image.source {
        Source::Bytes(_) => &image.at,
        Source::S3 { uri, .. } => uri,
    };
    photos.open().map_err(|error| Fault::internal(told(&error)))?;
    let page = photos.read(name, bytes).map_err(|error| match error {
        Error::Input { .. } => of_model(&error.to_string()),
        _ => Fault::internal(told(&error)),
    })?;
    let answer = ranker.answer(&page);
    Ok(if answer.is_empty() { NOT_FOUND.to_owned() } else { answer })
}

/// A fault that the model finds, not the API.
fn of_model(what: &str) -> Fault {
    Fault::validation(format!("The model returned the following errors: {what}"))
}

/// An error of this machine, with what to do.
fn told(error: &Error) -> String {
    let hint = error.hint().map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("the local stand-in cannot read photos: {}{hint}", error.with_causes())
}

/// An answer as far as the stop sequences and the tokens that were asked for let it go, and why it ends.
fn cut(whole: &str, conversation: &Conversation, tokens: TokenCounter) -> (String, &'static str) {
    let stop = conversation.stop_sequences.iter().filter_map(|sequence| whole.find(sequence.as_str())).min();
    let (text, reason) = match stop {
        Some(at) => (&whole[..at], "stop_sequence"),
        None => (whole, "end_turn"),
    };
    let Some(most) = conversation.most_tokens.filter(|most| (tokens.of_text)(text) > *most) else {
        return (text.to_owned(), reason);
    };
    // A token is said at least.
    let ends = text.char_indices().map(|(at, char)| at + char.len_utf8());
    let first = text.chars().next().map_or(0, char::len_utf8);
    let end = ends.take_while(|end| (tokens.of_text)(&text[..*end]) <= most).last().unwrap_or(first);
    (text[..end].to_owned(), "max_tokens")
}

#[cfg(test)]
mod tests;

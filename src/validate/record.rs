//! A record as the rules see it: JSON of any shape, with the texts and images that can be found in it.

use std::path::Path;

use serde_json::Value;

use crate::error::Place;
use crate::finding::{Finding, Rule};

/// One record of a file, whatever its shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordView<'a> {
    pub(crate) file: &'a Path,
    /// Number of its first line, counted from 1.
    pub(crate) line: u64,
    pub(crate) line_count: u64,
    pub(crate) value: &'a Value,
}

/// Whose text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    System,
    User,
    Assistant,
    Unknown,
}

/// A text of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextAt<'a> {
    pub(crate) pointer: String,
    pub(crate) speaker: Speaker,
    pub(crate) text: &'a str,
}

/// An image block of a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageAt<'a> {
    pub(crate) pointer: String,
    pub(crate) image: &'a Value,
}

impl ImageAt<'_> {
    /// The member `format`, where it is a text.
    pub(crate) fn format(&self) -> Option<&str> {
        self.image.get("format")?.as_str()
    }

    /// The member `source.s3Location.uri`, where it is a text.
    pub(crate) fn uri(&self) -> Option<&str> {
        self.image.pointer("/source/s3Location/uri")?.as_str()
    }

    /// The pointer to the URI.
    pub(crate) fn uri_pointer(&self) -> String {
        format!("{}/source/s3Location/uri", self.pointer)
    }
}

impl<'a> RecordView<'a> {
    /// A finding inside this record.
    pub(crate) fn finding(&self, rule: &'static Rule, pointer: &str, message: impl Into<String>) -> Finding {
        let place = Place::line(self.file, self.line);
        let place = if pointer.is_empty() { place } else { place.member(pointer) };
        Finding::new(rule, place, message)
    }

    /// The turns, where `messages` is a list.
    pub(crate) fn messages(&self) -> &'a [Value] {
        self.value.get("messages").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The blocks of every turn: pointer, speaker, block.
    fn blocks(&self) -> impl Iterator<Item = (String, Speaker, &'a Value)> {
        self.messages().iter().enumerate().flat_map(|(i, message)| {
            let speaker = match message.get("role").and_then(Value::as_str) {
                Some("user") => Speaker::User,
                Some("assistant") => Speaker::Assistant,
                Some("system") => Speaker::System,
                _ => Speaker::Unknown,
            };
            let content = message.get("content").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
            content.iter().enumerate().map(move |(j, block)| (format!("/messages/{i}/content/{j}"), speaker, block))
        })
    }

    /// All texts: the system prompt's and the turns'.
    pub(crate) fn texts(&self) -> Vec<TextAt<'a>> {
        let system = self.value.get("system").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        let system = system.iter().enumerate().map(|(i, block)| (format!("/system/{i}"), Speaker::System, block));
        let texts = system.chain(self.blocks()).filter_map(|(pointer, speaker, block)| {
            let text = block.get("text")?.as_str()?;
            Some(TextAt { pointer: format!("{pointer}/text"), speaker, text })
        });
        texts.collect()
    }

    /// All image blocks.
    pub(crate) fn images(&self) -> Vec<ImageAt<'a>> {
        let images = self.blocks().filter_map(|(pointer, _, block)| {
            Some(ImageAt { pointer: format!("{pointer}/image"), image: block.get("image")? })
        });
        images.collect()
    }

    /// The answer to learn: the texts of the assistant, joined.
    pub(crate) fn answer(&self) -> String {
        self.texts().iter().filter(|text| text.speaker == Speaker::Assistant).map(|text| text.text).collect()
    }
}

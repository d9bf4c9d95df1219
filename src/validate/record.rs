//! A record as the rules see it: JSON of any shape, with the blocks that can be found in it.

use std::fmt;
use std::path::Path;

use crate::aws::s3::split_uri;
use crate::dataset::json::Json;
use crate::error::Place;
use crate::findings::{Finding, Rule};

/// One record of a file, whatever its shape.
#[derive(Debug, Clone)]
pub(crate) struct RecordView<'a> {
    pub(crate) file: &'a Path,
    /// Number of its first line, counted from 1.
    pub(crate) line: u64,
    pub(crate) value: &'a Json<'a>,
    /// The members of all blocks, in reading order.
    blocks: Vec<BlockAt<'a>>,
}

/// Whose turn a block is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    System,
    User,
    Assistant,
    Unknown,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Text,
    Image,
    Video,
    Document,
    Reasoning,
    ToolUse,
    ToolResult,
    /// None that the schema has.
    Other,
}

impl Kind {
    /// The kind of block that has this key.
    pub(crate) fn of(key: &str) -> Self {
        match key {
            "text" => Self::Text,
            "image" => Self::Image,
            "video" => Self::Video,
            "document" => Self::Document,
            "reasoningContent" => Self::Reasoning,
            "toolUse" => Self::ToolUse,
            "toolResult" => Self::ToolResult,
            _ => Self::Other,
        }
    }

    /// The block's key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
            Self::Reasoning => "reasoningContent",
            Self::ToolUse => "toolUse",
            Self::ToolResult => "toolResult",
            Self::Other => "",
        }
    }

    /// As a thing in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Image => "an image",
            Self::Video => "a video",
            Self::Document => "a document",
            Self::Reasoning => "reasoning",
            Self::ToolUse => "a tool's call",
            Self::ToolResult => "a tool's result",
            Self::Other => "an unknown block",
        }
    }

    /// Whether it is a file that lies in S3.
    pub(crate) fn is_media(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Document)
    }
}

/// The place of a block's content, written as a JSON pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// `None` in the system prompt.
    turn: Option<u32>,
    block: u32,
    key: &'static str,
}

impl Spot {
    /// The numbers of turn and block, of the system prompt those of the first turn.
    pub(crate) fn numbers(self) -> (u32, u32) {
        (self.turn.unwrap_or(0), self.block)
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.turn {
            None => write!(f, "/system/{}", self.block)?,
            Some(turn) => write!(f, "/messages/{turn}/content/{}", self.block)?,
        }
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

/// A block of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BlockAt<'a> {
    pub(crate) pointer: Spot,
    pub(crate) speaker: Speaker,
    pub(crate) kind: Kind,
    /// What stands under the block's key.
    pub(crate) content: &'a Json<'a>,
    /// Of an image, video or document where it lies, looked up once for all rules.
    source: Source<'a>,
}

/// What a record says of where a file lies.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Source<'a> {
    location: Option<&'a Json<'a>>,
    uri: Option<&'a str>,
    /// Bucket and key, where the URI has both.
    parts: Option<(&'a str, &'a str)>,
}

impl<'a> Source<'a> {
    fn of(media: &'a Json<'a>) -> Self {
        let location = media.at(&["source", "s3Location"]);
        let uri = location.and_then(|location| location.get("uri")).and_then(Json::as_str);
        Self { location, uri, parts: uri.and_then(|uri| split_uri(uri).ok()) }
    }
}

/// A text of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextAt<'a> {
    pub(crate) pointer: Spot,
    pub(crate) speaker: Speaker,
    /// [`Kind::Text`] or [`Kind::Reasoning`].
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

/// An image, video or document of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MediaAt<'a> {
    pub(crate) pointer: Spot,
    pub(crate) kind: Kind,
    pub(crate) media: &'a Json<'a>,
    source: Source<'a>,
}

impl<'a> MediaAt<'a> {
    /// The member `format`, where it is a text.
    pub(crate) fn format(&self) -> Option<&'a str> {
        self.media.get("format")?.as_str()
    }

    /// The member `source.s3Location`.
    pub(crate) fn location(&self) -> Option<&'a Json<'a>> {
        self.source.location
    }

    /// The member `source.s3Location.uri`, where it is a text.
    pub(crate) fn uri(&self) -> Option<&'a str> {
        self.source.uri
    }

    /// Bucket and key of the URI, where it has both.
    pub(crate) fn uri_parts(&self) -> Option<(&'a str, &'a str)> {
        self.source.parts
    }

    /// The pointer to the URI.
    pub(crate) fn uri_pointer(&self) -> String {
        format!("{}/source/s3Location/uri", self.pointer)
    }
}

impl<'a> RecordView<'a> {
    /// A record of a file, its blocks found.
    pub(crate) fn new(file: &'a Path, line: u64, value: &'a Json<'a>) -> Self {
        let mut blocks = Vec::with_capacity(8);
        let mut add = |turn: Option<usize>, at: usize, speaker, block: &'a Json<'a>| {
            for (key, content) in block.members() {
                let kind = Kind::of(key);
                let key = if kind == Kind::Reasoning { "reasoningContent/reasoningText/text" } else { kind.key() };
                let turn = turn.map(|turn| u32::try_from(turn).unwrap_or(u32::MAX));
                let pointer = Spot { turn, block: u32::try_from(at).unwrap_or(u32::MAX), key };
                let source = if kind.is_media() { Source::of(content) } else { Source::default() };
                blocks.push(BlockAt { pointer, speaker, kind, content, source });
            }
        };
        for (at, block) in value.get("system").map_or(&[] as &[Json<'_>], Json::items).iter().enumerate() {
            add(None, at, Speaker::System, block);
        }
        for (turn, message) in value.get("messages").map_or(&[] as &[Json<'_>], Json::items).iter().enumerate() {
            let speaker = match message.get("role").and_then(Json::as_str) {
                Some("user") => Speaker::User,
                Some("assistant") => Speaker::Assistant,
                Some("system") => Speaker::System,
                _ => Speaker::Unknown,
            };
            for (at, block) in message.get("content").map_or(&[] as &[Json<'_>], Json::items).iter().enumerate() {
                add(Some(turn), at, speaker, block);
            }
        }
        Self { file, line, value, blocks }
    }

    /// A finding inside this record.
    pub(crate) fn finding(
        &self,
        rule: &'static Rule,
        pointer: impl fmt::Display,
        message: impl Into<String>,
    ) -> Finding {
        let (place, pointer) = (Place::line(self.file, self.line), pointer.to_string());
        let place = if pointer.is_empty() { place } else { place.member(pointer) };
        Finding::new(rule, place, message)
    }

    /// The turns, where `messages` is a list.
    pub(crate) fn messages(&self) -> &'a [Json<'a>] {
        self.value.get("messages").map_or(&[], Json::items)
    }

    /// All blocks, the system prompt's and the turns'. A block with several members stands here once for each.
    pub(crate) fn blocks(&self) -> &[BlockAt<'a>] {
        &self.blocks
    }

    /// All texts: the system prompt's, the turns', and what the assistant thinks.
    pub(crate) fn texts(&self) -> impl Iterator<Item = TextAt<'a>> {
        self.blocks.iter().filter_map(|block| {
            let text = match block.kind {
                Kind::Text => block.content.as_str()?,
                Kind::Reasoning => block.content.at(&["reasoningText", "text"])?.as_str()?,
                _ => return None,
            };
            Some(TextAt { pointer: block.pointer, speaker: block.speaker, kind: block.kind, text })
        })
    }

    /// All images, videos and documents.
    pub(crate) fn media(&self) -> impl Iterator<Item = MediaAt<'a>> {
        let media = self.blocks.iter().filter(|block| block.kind.is_media());
        media.map(|block| MediaAt {
            pointer: block.pointer,
            kind: block.kind,
            media: block.content,
            source: block.source,
        })
    }

    /// All images.
    pub(crate) fn images(&self) -> impl Iterator<Item = MediaAt<'a>> {
        self.media().filter(|at| at.kind == Kind::Image)
    }
}

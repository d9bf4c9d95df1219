use std::str::from_utf8;

use serde::de::IgnoredAny;

use super::UTF8_BOM;
use crate::dataset::json::{self, Fault, FaultKind, Json};

/// A piece of a JSONL file: one record, or one thing that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number of its first line, counted from 1.
    pub number: u64,
    /// How many lines it takes; 1 but for pretty-printed records.
    pub line_count: u64,
    /// How it stands in the file.
    pub layout: Layout,
    /// Its bytes as they stand in the file, with byte order mark and line break; none where it is too long to be kept.
    pub raw: &'a [u8],
    /// The part of them that should be a record.
    pub(super) text: &'a [u8],
}

/// How a piece stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// By itself, from one line break to another.
    Line,
    /// As an item of one list (`[…]`) that the file is.
    Item,
    /// Longer than [`MAX_LINE_BYTES`](crate::findings::limits::MAX_LINE_BYTES): not parsed, not kept.
    TooLong,
}

/// What a [`Line`] holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content<'a> {
    /// A value of JSON, object or not.
    Json(Json<'a>),
    /// White space only.
    Blank,
    /// Not JSON.
    Broken(Broken<'a>),
    /// Not kept.
    TooLong,
}

/// Why a line holds no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken<'a> {
    /// Not UTF-8 from a byte on, counted from 0.
    NotUtf8 { at: usize },
    /// UTF-16, by its mark or its zero bytes.
    Utf16,
    /// UTF-8, and not JSON.
    NotJson { fault: Fault, text: &'a str },
}

impl<'a> Line<'a> {
    /// A line by itself, with the bytes that it has in a file.
    pub(crate) fn of_raw(number: u64, line_count: u64, raw: &'a [u8]) -> Self {
        Self { number, line_count, layout: Layout::Line, raw, text: text_of(raw) }
    }

    /// An item of a list: what stands around it, and the item.
    pub(crate) fn of_item(number: u64, line_count: u64, raw: &'a [u8], text: &'a [u8]) -> Self {
        Self { number, line_count, layout: Layout::Item, raw, text }
    }

    /// Whether it begins with a byte order mark: the first line of a file, and that of each file that was appended to it.
    pub fn has_byte_order_mark(&self) -> bool {
        self.raw.starts_with(UTF8_BOM)
    }

    /// The line break at its end: `\n`, `\r\n`, or nothing at the end of the file.
    pub fn line_break(&self) -> &'a [u8] {
        let text = without_line_break(self.raw);
        self.raw.get(text.len()..).unwrap_or_default()
    }

    /// The part that should be a record: without byte order mark, line break, and what stands between items of a list.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// What it holds.
    pub(crate) fn content(&self) -> Content<'a> {
        if self.layout == Layout::TooLong {
            return Content::TooLong;
        }
        if self.text.iter().all(u8::is_ascii_whitespace) {
            return Content::Blank;
        }
        match self.parse() {
            Ok(value) => Content::Json(value),
            Err(broken) => Content::Broken(broken),
        }
    }

    /// Its value.
    fn parse(&self) -> Result<Json<'a>, Broken<'a>> {
        let text = match from_utf8(self.text) {
            Ok(text) => text,
            Err(_) if is_utf16(self.text) => return Err(Broken::Utf16),
            // Cut in the middle of a character.
            Err(error) if error.error_len().is_none() => {
                let (text, _) = self.text.split_at(error.valid_up_to());
                let text = from_utf8(text).unwrap_or_default();
                return Err(Broken::NotJson { fault: Fault { kind: FaultKind::Cut, at: text.len() }, text });
            }
            Err(error) => return Err(Broken::NotUtf8 { at: error.valid_up_to() }),
        };
        json::parse(text)
            .map_err(|fault| if is_utf16(self.text) { Broken::Utf16 } else { Broken::NotJson { fault, text } })
    }

    /// Its value without the commas that have nothing after them, where it is JSON then.
    pub(crate) fn without_extra_commas(&self) -> Option<serde_json::Value> {
        let text = json::without_extra_commas(from_utf8(self.text).ok()?);
        json::parse(&text).ok().map(|value| value.to_value())
    }

    /// Where in its text further objects begin, each directly after a whole JSON value.
    pub(crate) fn further_records(&self) -> Vec<usize> {
        let Ok(text) = from_utf8(self.text) else { return Vec::new() };
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let mut starts = Vec::new();
        while let Some(Ok(_)) = values.next() {
            let rest = text[values.byte_offset()..].trim_ascii_start();
            if !rest.starts_with('{') {
                break;
            }
            starts.push(text.len() - rest.len());
        }
        starts
    }

    /// How many records may stand on a line that is no JSON: one, and of several on one line as many as can be told apart.
    pub(crate) fn records_unread(&self) -> usize {
        match self.content() {
            Content::Blank | Content::Json(_) => 0,
            Content::Broken(_) | Content::TooLong => 1 + self.further_records().len(),
        }
    }

    /// The object that it holds, `None` for anything else.
    pub(crate) fn object(&self) -> Option<Json<'a>> {
        match self.content() {
            Content::Json(value) if value.is_object() => Some(value),
            _ => None,
        }
    }
}

/// A line's text: without byte order mark and line break.
pub(super) fn text_of(raw: &[u8]) -> &[u8] {
    let mut text = without_line_break(raw);
    // Two, where a program that writes a mark was given a file that had one.
    while let Some(rest) = text.strip_prefix(UTF8_BOM) {
        text = rest;
    }
    text
}

fn without_line_break(raw: &[u8]) -> &[u8] {
    let Some(line) = raw.strip_suffix(b"\n") else { return raw };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether these are bytes of UTF-16: its mark, a zero byte beside every letter of ASCII, or what is left after the last
/// line break.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = bytes.split(|byte| *byte == 0).count() - 1;
    let is_run = bytes.windows(3).any(|part| part == [0; 3]);
    let has_mark = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    has_mark || bytes == [0] || (zeros > 0 && zeros * 4 >= bytes.len() && !is_run)
}

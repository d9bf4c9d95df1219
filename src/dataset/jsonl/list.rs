use std::io::{self, BufRead};

use super::UTF8_BOM;
use super::batch::Span;
use super::line::Layout;
use super::reader::Depth;
use crate::findings::limits::MAX_LINE_BYTES;

/// Takes a file that is one list of records apart: each item, with what stands around it, is a piece.
#[derive(Debug)]
pub(super) struct ListScanner {
    /// Lines begun, the first being 1.
    line: u64,
    has_opened: bool,
    has_closed: bool,
}

impl Default for ListScanner {
    fn default() -> Self {
        Self { line: 1, has_opened: false, has_closed: false }
    }
}

impl ListScanner {
    /// Whether a file that begins with these bytes is a list of objects. An empty list is a line like any other: a repair would
    /// make the next one the first.
    pub(super) fn is_list(start: &[u8]) -> bool {
        let mut text = start.trim_ascii_start();
        while let Some(rest) = text.strip_prefix(UTF8_BOM) {
            text = rest.trim_ascii_start();
        }
        let Some(inside) = text.strip_prefix(b"[") else { return false };
        matches!(inside.trim_ascii_start().first(), None | Some(b'{'))
    }

    /// Lines that ended so far.
    pub(super) fn lines_read(&self) -> u64 {
        self.line - 1
    }

    /// Adds the next item with what stands before it and, for the last one, after it; `None` after the list.
    pub(super) fn next_item(&mut self, input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<Option<Span>> {
        if self.has_closed {
            return Ok(None);
        }
        let (start, first_line) = (bytes.len(), self.line);
        let mut item = Item::default();
        loop {
            let buffer = input.fill_buf()?;
            if buffer.is_empty() {
                self.has_closed = true;
                break;
            }
            let taken = buffer.iter().position(|byte| self.ends_before(*byte, &mut item));
            let used = taken.unwrap_or(buffer.len());
            if item.size + used <= MAX_LINE_BYTES {
                bytes.extend_from_slice(&buffer[..used]);
            }
            item.size += used;
            input.consume(used);
            if taken.is_some() {
                break;
            }
        }
        if item.size == 0 {
            return Ok(None);
        }
        let number = item.first_line.unwrap_or(first_line);
        let line_count = item.last_line.unwrap_or(number) - number + 1;
        if item.size > MAX_LINE_BYTES {
            bytes.truncate(start);
            let none = start..start;
            return Ok(Some(Span { number, line_count, layout: Layout::TooLong, raw: none.clone(), text: none }));
        }
        let raw = start..bytes.len();
        let text = match (item.begins_at, item.ends_at) {
            (Some(begin), end) => start + begin..start + end.unwrap_or(item.size),
            (None, _) => raw.end..raw.end,
        };
        Ok(Some(Span { number, line_count, layout: Layout::Item, raw, text }))
    }

    /// Looks at the next byte: whether it belongs to another piece.
    fn ends_before(&mut self, byte: u8, item: &mut Item) -> bool {
        let is_space = byte.is_ascii_whitespace();
        let is_between = item.depth.is_closed() && (item.begins_at.is_none() || item.ends_at.is_some());
        if is_between && !is_space {
            match byte {
                // Something after the list is a line of its own.
                _ if self.has_closed => return true,
                b'[' if !self.has_opened => self.has_opened = true,
                0xEF | 0xBB | 0xBF if !self.has_opened => {}
                b',' => {}
                b']' => self.has_closed = true,
                _ if item.begins_at.is_some() => return true,
                _ => {
                    item.begins_at = Some(item.seen);
                    item.first_line = Some(self.line);
                }
            }
        }
        if item.begins_at.is_some() && item.ends_at.is_none() {
            let is_plain = item.depth.is_closed() && matches!(byte, b',' | b']') && item.begins_at != Some(item.seen);
            if is_plain {
                // A number or word ends where the next separator is.
                item.ends_at = Some(item.seen);
                self.has_closed |= byte == b']';
            } else {
                item.depth.feed_one(byte);
                item.last_line = Some(self.line);
                if item.depth.is_closed() && matches!(byte, b'}' | b']' | b'"') {
                    item.ends_at = Some(item.seen + 1);
                }
            }
        }
        self.line += u64::from(byte == b'\n');
        item.seen += 1;
        false
    }
}

/// What is known of the piece that is being read.
#[derive(Debug, Default)]
struct Item {
    depth: Depth,
    /// Bytes looked at, and where among them the item begins and ends.
    seen: usize,
    begins_at: Option<usize>,
    ends_at: Option<usize>,
    first_line: Option<u64>,
    last_line: Option<u64>,
    /// Bytes taken.
    size: usize,
}

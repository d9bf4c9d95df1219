use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::batch::{Batch, Span};
use super::line::{Layout, Line, text_of};
use super::list::ListScanner;
use crate::error::{IoContext, Result};
use crate::files;
use crate::findings::limits::MAX_LINE_BYTES;
use crate::source_access;

/// Lines read together.
const BATCH_LINES: usize = 1_024;
/// Bytes after which a batch ends: what is read and checked at once stays in the processor's cache.
const BATCH_BYTES: usize = 256 * 1024;
/// Lines that a single pretty-printed record may take.
const MAX_RECORD_LINES: u64 = 5_000;
/// A pass that meets a broken opening line looks for the rest of the record only so often: a file that is cut in many
/// places must not be read again and again.
const MAX_SEARCHES: u32 = 25_000;

/// Reads a JSONL file batch by batch.
///
/// A record spread over several lines (pretty-printed JSON) is put together again, and of a file that is one list instead
/// of lines each item is a piece. All pieces' bytes, one after the other, are the file.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    input: BufReader<File>,
    number: u64,
    /// A line read too far: the first after a broken record.
    ahead: Option<RawLine>,
    searches_left: u32,
    list: ListState,
}

#[derive(Debug)]
enum RawLine {
    Text(Vec<u8>),
    TooLong,
}

/// Whether the file is one list.
#[derive(Debug)]
enum ListState {
    /// Nothing was read yet.
    Unknown,
    /// Inside it.
    Inside(ListScanner),
    /// It is none, or behind us.
    Outside,
}

impl Reader {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = files::open(path).at("read", path)?;
        source_access::note(path);
        let input = BufReader::with_capacity(1 << 17, file);
        let (ahead, list) = (None, ListState::Unknown);
        Ok(Self { path: path.to_path_buf(), input, number: 0, ahead, searches_left: MAX_SEARCHES, list })
    }

    /// The next lines, in the memory of an earlier batch; none at the end of the file.
    pub fn next_batch(&mut self, mut batch: Batch) -> Result<Batch> {
        batch.bytes.clear();
        batch.spans.clear();
        while batch.spans.len() < BATCH_LINES && batch.bytes.len() < BATCH_BYTES {
            let Some(span) = self.next_piece(&mut batch.bytes)? else { break };
            batch.spans.push(span);
        }
        Ok(batch)
    }

    fn next_piece(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Span>> {
        if matches!(self.list, ListState::Unknown) {
            let start = self.input.fill_buf().at("read", &self.path)?;
            let is_list = ListScanner::is_list(start);
            self.list = if is_list { ListState::Inside(ListScanner::default()) } else { ListState::Outside };
        }
        if let ListState::Inside(scanner) = &mut self.list {
            if let Some(span) = scanner.next_item(&mut self.input, bytes).at("read", &self.path)? {
                return Ok(Some(span));
            }
            self.number = scanner.lines_read();
            self.list = ListState::Outside;
        }
        self.next_line(bytes)
    }

    fn next_line(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Span>> {
        let start = bytes.len();
        let is_kept = match self.ahead.take() {
            Some(RawLine::Text(line)) => {
                bytes.extend_from_slice(&line);
                true
            }
            Some(RawLine::TooLong) => false,
            None => match self.read_raw(bytes)? {
                Some(is_kept) => is_kept,
                None => return Ok(None),
            },
        };
        self.number += 1;
        let number = self.number;
        if !is_kept {
            let none = start..start;
            return Ok(Some(Span { number, line_count: 1, layout: Layout::TooLong, raw: none.clone(), text: none }));
        }
        let mut line_count = 1;
        if self.searches_left > 0 && is_opening(&bytes[start..]) {
            self.searches_left -= 1;
            line_count = self.continue_record(bytes, start)?;
        }
        let raw = start..bytes.len();
        let text = text_range(bytes, &raw);
        Ok(Some(Span { number, line_count, layout: Layout::Line, raw, text }))
    }

    /// Adds lines to an opening that ends inside an object, until the object is whole or cannot become so; says how many
    /// lines it takes.
    fn continue_record(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<u64> {
        let mut depth = Depth::default();
        depth.feed(text_of(&bytes[start..]));
        let mut line_count = 1;
        while !depth.is_closed() && line_count < MAX_RECORD_LINES && bytes.len() - start <= MAX_LINE_BYTES {
            let mut line = Vec::new();
            match self.read_raw(&mut line)? {
                // The end, a monster, or another record: what was opened is broken, and what follows stands for itself.
                None => break,
                Some(false) => {
                    self.ahead = Some(RawLine::TooLong);
                    break;
                }
                Some(true) if begins_record(&line) => {
                    self.ahead = Some(RawLine::Text(line));
                    break;
                }
                Some(true) => {
                    self.number += 1;
                    line_count += 1;
                    bytes.extend_from_slice(&line);
                    depth.feed(&line);
                }
            }
        }
        Ok(line_count)
    }

    /// Adds a line with its line break; whether it was short enough to be kept, `None` at the end.
    fn read_raw(&mut self, bytes: &mut Vec<u8>) -> Result<Option<bool>> {
        let start = bytes.len();
        // Most lines lie whole in the buffer.
        let buffer = self.input.fill_buf().at("read", &self.path)?;
        if let Some(end) = memchr::memchr(b'\n', buffer) {
            bytes.extend_from_slice(&buffer[..=end]);
            self.input.consume(end + 1);
            return Ok(Some(true));
        }
        let limit = MAX_LINE_BYTES as u64 + 1;
        let taken = self.input.by_ref().take(limit).read_until(b'\n', bytes).at("read", &self.path)?;
        if taken == 0 {
            return Ok(None);
        }
        if bytes.last() != Some(&b'\n') && taken > MAX_LINE_BYTES {
            bytes.truncate(start);
            self.input.skip_until(b'\n').at("read", &self.path)?;
            return Ok(Some(false));
        }
        Ok(Some(true))
    }
}

/// Where in the batch's bytes the text of a line is.
fn text_range(bytes: &[u8], raw: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let line = &bytes[raw.clone()];
    let text = text_of(line);
    // Only the mark is left out in front; the rest of the difference is the line break.
    let start = raw.start + (line.len() - text.len() - Line::of_raw(0, 0, line).line_break().len());
    start..start + text.len()
}

/// Whether a line opens an object and does not close it: what `{` begins and no `}` ends.
fn is_opening(raw: &[u8]) -> bool {
    let text = text_of(raw).trim_ascii();
    let body = text.strip_suffix(b",").unwrap_or(text).trim_ascii_end();
    text.first() == Some(&b'{') && (body.last() != Some(&b'}') || body.len() < 2) && {
        let mut depth = Depth::default();
        depth.feed(text);
        !depth.is_closed()
    }
}

/// Whether a line is or begins a record by itself. The inner lines of a pretty-printed record can be whole objects too,
/// but none of them has the members of a record.
fn begins_record(raw: &[u8]) -> bool {
    let Some(inside) = text_of(raw).strip_prefix(b"{") else { return false };
    let inside = inside.trim_ascii_start();
    let members: [&[u8]; 3] = [b"\"schemaVersion\"", b"\"messages\"", b"\"system\""];
    members.iter().any(|member| inside.starts_with(member))
        || Line::of_raw(0, 1, raw).object().is_some_and(|record| record.get("messages").is_some())
}

/// Counts how many objects and arrays are open.
#[derive(Debug, Default)]
pub(super) struct Depth {
    open: i64,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.feed_one(*byte);
        }
    }

    pub(super) fn feed_one(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.open += 1,
            b'}' | b']' => self.open -= 1,
            _ => {}
        }
    }

    /// Whether the next byte stands outside all objects, lists and texts.
    pub(super) fn is_closed(&self) -> bool {
        self.open <= 0 && !self.in_string
    }
}

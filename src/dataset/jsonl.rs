//! Records from and to JSONL, one at a time: a file of any size takes the memory of its longest line.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::error::{IoContext, Result};
use crate::finding::limits::MAX_LINE_BYTES;

/// A piece of a JSONL file: one record, or one thing that is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Number of its first line, counted from 1.
    pub number: u64,
    /// How many lines it takes; 1 but for pretty-printed records.
    pub line_count: u64,
    /// Its bytes as they stand in the file, with byte order mark and line break; none where it is too long to be kept.
    pub raw: Vec<u8>,
    /// What it holds.
    pub content: LineContent,
}

/// What a [`Line`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum LineContent {
    /// A value of JSON.
    Json(Value),
    /// White space only.
    Blank,
    /// Not JSON: what the parser says, and at which column.
    Broken(String),
    /// Longer than [`MAX_LINE_BYTES`]; not parsed, not kept.
    TooLong,
}

impl Line {
    /// Whether it begins with a byte order mark: the first line of a file, and that of each file that was appended to it.
    pub fn has_byte_order_mark(&self) -> bool {
        self.raw.starts_with(UTF8_BOM)
    }

    /// The line break at its end: `\n`, `\r\n`, or nothing at the end of the file.
    pub fn line_break(&self) -> &[u8] {
        let text = without_line_break(&self.raw);
        self.raw.get(text.len()..).unwrap_or_default()
    }

    /// Takes the byte order mark away.
    pub(crate) fn drop_byte_order_mark(&mut self) {
        while let Some(rest) = self.raw.strip_prefix(UTF8_BOM) {
            self.raw = rest.to_vec();
        }
    }

    /// Writes a record that was changed anew: as one line, between the mark and the line break that it has.
    pub(crate) fn write_record(&mut self) {
        let LineContent::Json(record) = &self.content else { return };
        let mark = if self.has_byte_order_mark() { UTF8_BOM } else { b"" };
        self.raw = [mark, record.to_string().as_bytes(), self.line_break()].concat();
        self.line_count = 1;
    }
}

/// Reads a JSONL file piece by piece. A record spread over several lines (pretty-printed JSON) is put together again.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    input: BufReader<File>,
    number: u64,
    /// A line read too far: the first after a broken record.
    ahead: Option<RawLine>,
    /// A pass that meets a broken opening line looks for the rest of the record only so often: a file that is cut in many
    /// places must not be read again and again.
    searches_left: u32,
}

#[derive(Debug)]
enum RawLine {
    Text(Vec<u8>),
    TooLong,
}

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
/// Lines that a single pretty-printed record may take.
const MAX_RECORD_LINES: usize = 5_000;
const MAX_SEARCHES: u32 = 25_000;

impl Reader {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).at("read", path)?;
        if file.metadata().at("read", path)?.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory)).at("read", path);
        }
        let input = BufReader::with_capacity(1 << 18, file);
        Ok(Self { path: path.to_path_buf(), input, number: 0, ahead: None, searches_left: MAX_SEARCHES })
    }

    /// The next piece, `None` at the end of the file. All pieces' bytes, one after the other, are the file.
    pub fn next_line(&mut self) -> Result<Option<Line>> {
        let first = match self.ahead.take() {
            Some(line) => line,
            None => match self.read_raw()? {
                Some(line) => line,
                None => return Ok(None),
            },
        };
        self.number += 1;
        let number = self.number;
        let raw = match first {
            RawLine::TooLong => {
                return Ok(Some(Line { number, line_count: 1, raw: Vec::new(), content: LineContent::TooLong }));
            }
            RawLine::Text(raw) => raw,
        };
        let text = text_of(&raw);
        let content = if text.iter().all(u8::is_ascii_whitespace) {
            LineContent::Blank
        } else {
            match parse(text) {
                Ok(value) => LineContent::Json(value),
                Err(fault) if fault.cut && text.trim_ascii_start().starts_with(b"{") && self.searches_left > 0 => {
                    self.searches_left -= 1;
                    return self.continue_record(number, raw);
                }
                Err(fault) => LineContent::Broken(fault.what),
            }
        };
        Ok(Some(Line { number, line_count: 1, raw, content }))
    }

    /// Adds lines to an opening that ends inside an object, until the object is whole or cannot become so.
    fn continue_record(&mut self, number: u64, opening: Vec<u8>) -> Result<Option<Line>> {
        let mut depth = Depth::default();
        depth.feed(text_of(&opening));
        let mut raw = opening;
        let mut line_count = 1;
        loop {
            let next = self.read_raw()?;
            let text = match next {
                Some(RawLine::Text(text)) if !begins_record(&text) => text,
                // The end, a monster, or another record: what was opened is broken, and what follows stands for itself.
                other => {
                    self.ahead = other;
                    break;
                }
            };
            self.number += 1;
            line_count += 1;
            raw.extend_from_slice(&text);
            depth.feed(&text);
            if depth.is_closed() || line_count as usize >= MAX_RECORD_LINES || raw.len() > MAX_LINE_BYTES {
                break;
            }
        }
        let content = match parse(text_of(&raw)) {
            Ok(value) => LineContent::Json(value),
            Err(fault) => LineContent::Broken(fault.what),
        };
        Ok(Some(Line { number, line_count, raw, content }))
    }

    /// A line with its line break.
    fn read_raw(&mut self) -> Result<Option<RawLine>> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES as u64 + 1;
        let taken = std::io::Read::take(&mut self.input, limit).read_until(b'\n', &mut line).at("read", &self.path)?;
        if taken == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && line.len() > MAX_LINE_BYTES {
            self.skip_line()?;
            return Ok(Some(RawLine::TooLong));
        }
        Ok(Some(RawLine::Text(line)))
    }

    fn skip_line(&mut self) -> Result<()> {
        loop {
            let buffer = self.input.fill_buf().at("read", &self.path)?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// A line's text: without byte order mark and line break.
fn text_of(raw: &[u8]) -> &[u8] {
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

struct ParseFault {
    what: String,
    /// The text ends where JSON would go on.
    cut: bool,
}

fn parse(bytes: &[u8]) -> std::result::Result<Value, ParseFault> {
    let fault = |what: &str| ParseFault { what: what.to_owned(), cut: false };
    if is_utf16(bytes) {
        return Err(fault("the file is UTF-16, and JSONL is UTF-8: save it again as UTF-8"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| fault(&format!("not UTF-8 from byte {} of the line on", error.valid_up_to() + 1)))?;
    serde_json::from_str(text).map_err(|error| {
        if is_followed_by_comma(text) {
            return fault("a comma after the record: in JSONL only line breaks divide");
        }
        // The parser counts lines inside the record; a record of one line needs only the column.
        let message = error.to_string();
        let what = message.replace("at line 1 column", "at column").replace("EOF while", "the line ends while");
        ParseFault { what, cut: error.is_eof() }
    })
}

/// Whether these are bytes of UTF-16: its mark, or a zero byte beside every letter of ASCII. JSON has no zero byte.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = bytes.split(|byte| *byte == 0).count() - 1;
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || (zeros > 0 && zeros * 4 >= bytes.len())
}

/// Whether a line is a record with a comma after it, as the items of a JSON list stand on theirs.
fn is_followed_by_comma(text: &str) -> bool {
    let record = text.trim_end().strip_suffix(',');
    record.is_some_and(|record| serde_json::from_str::<serde::de::IgnoredAny>(record).is_ok())
}

/// Whether a line is a record by itself. The inner lines of a pretty-printed record can be whole objects too, but none
/// of them has `messages`.
fn begins_record(line: &[u8]) -> bool {
    let text = text_of(line);
    text.starts_with(b"{") && parse(text).is_ok_and(|value| value.get("messages").is_some())
}

/// Counts how many objects and arrays are open.
#[derive(Debug, Default)]
struct Depth {
    open: i64,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.open += 1,
                b'}' | b']' => self.open -= 1,
                _ => {}
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.open <= 0 && !self.in_string
    }
}

/// A record as a line of JSONL, with its line break.
pub fn to_line(record: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record).map_err(std::io::Error::from).at("write", "a record")?;
    line.push(b'\n');
    Ok(line)
}

/// Writes records as JSONL to `out`.
pub(crate) fn write_all<'a, R: Serialize + 'a>(
    out: &mut impl Write,
    records: impl IntoIterator<Item = &'a R>,
) -> Result<usize> {
    let mut count = 0;
    for record in records {
        out.write_all(&to_line(record)?).at("write", "a JSONL file")?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(bytes: &[u8]) -> Vec<Line> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut reader = Reader::open(file.path()).unwrap();
        std::iter::from_fn(|| reader.next_line().unwrap()).collect()
    }

    fn kinds(bytes: &[u8]) -> Vec<(u64, u64, &'static str)> {
        let kind = |content: &LineContent| match content {
            LineContent::Json(_) => "json",
            LineContent::Blank => "blank",
            LineContent::Broken(_) => "broken",
            LineContent::TooLong => "too long",
        };
        lines(bytes).iter().map(|line| (line.number, line.line_count, kind(&line.content))).collect()
    }

    #[test]
    fn each_line_is_a_record_with_its_number() {
        assert_eq!(
            kinds(b"{}\n\n{\"a\":1}\r\nnot json\n"),
            [(1, 1, "json"), (2, 1, "blank"), (3, 1, "json"), (4, 1, "broken")]
        );
        assert_eq!(kinds(b""), []);
        assert_eq!(kinds(b"{}"), [(1, 1, "json")]);
    }

    #[test]
    fn a_pretty_printed_record_is_put_together_and_the_next_one_is_found() {
        let text = b"{\n  \"messages\": [\n    {\"text\": \"a } b\"}\n  ]\n}\n{\"messages\":[]}\n";
        assert_eq!(kinds(text), [(1, 5, "json"), (6, 1, "json")]);
    }

    #[test]
    fn a_cut_line_does_not_swallow_the_records_after_it() {
        let text = b"{\"messages\":[{\"ro\n{\"messages\":[1]}\n{\"messages\":[2]}\n";
        assert_eq!(kinds(text), [(1, 1, "broken"), (2, 1, "json"), (3, 1, "json")]);
        assert_eq!(kinds(b"{\"messages\":[1]}\n{\"messages\":["), [(1, 1, "json"), (2, 1, "broken")]);
    }

    #[test]
    fn byte_order_marks_and_line_breaks_are_no_part_of_a_record_and_are_kept() {
        let all = lines(b"\xEF\xBB\xBF{}\r\n{}\n\xEF\xBB\xBF\xEF\xBB\xBF{}");
        assert!(all.iter().all(|line| line.content == LineContent::Json(serde_json::json!({}))), "{all:?}");
        assert_eq!(all.iter().map(Line::has_byte_order_mark).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(all.iter().map(Line::line_break).collect::<Vec<_>>(), [b"\r\n".as_slice(), b"\n", b""]);
    }

    #[test]
    fn invalid_utf8_is_named_with_its_byte() {
        let all = lines(b"{\"a\":\"\xB1\xB1\"}\n");
        let LineContent::Broken(what) = &all[0].content else { panic!("{all:?}") };
        assert_eq!(what, "not UTF-8 from byte 7 of the line on");
    }

    #[test]
    fn utf_16_and_the_comma_of_a_list_are_named() {
        let faults = |bytes: &[u8]| -> Vec<String> {
            let what = lines(bytes).into_iter().filter_map(|line| match line.content {
                LineContent::Broken(what) => Some(what),
                _ => None,
            });
            what.collect()
        };
        let utf16 = |mark: &str| -> Vec<u8> {
            format!("{mark}{{\"a\":\"甲\"}}\n{{}}\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
        };
        for bytes in [utf16("\u{FEFF}"), utf16(""), b"\xFE\xFF\0{\0}".to_vec()] {
            let all = faults(&bytes);
            assert!(!all.is_empty() && all.iter().all(|what| what.contains("UTF-16")), "{all:?}");
        }
        assert_eq!(faults(b"{\"a\":1},\n"), ["a comma after the record: in JSONL only line breaks divide"]);
        assert_eq!(faults(b"{\"a\":1,}\n"), ["trailing comma at column 8"]);
    }

    #[test]
    fn a_line_over_the_limit_is_passed_over_and_the_next_is_read() {
        let mut text = vec![b'x'; MAX_LINE_BYTES + 10];
        text.extend_from_slice(b"\n{}\n");
        assert_eq!(kinds(&text), [(1, 1, "too long"), (2, 1, "json")]);
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic_every_line_is_counted_and_every_byte_kept(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b"{}\"\r\n ".as_slice())], 0..300)
        ) {
            let breaks = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
            let expected = breaks + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
            let lines = lines(&bytes);
            prop_assert_eq!(lines.iter().map(|line| line.line_count).sum::<u64>(), expected);
            prop_assert_eq!(lines.into_iter().flat_map(|line| line.raw).collect::<Vec<_>>(), bytes);
        }

        #[test]
        fn what_is_written_is_read_back(texts in proptest::collection::vec(".*", 0..8)) {
            let values: Vec<Value> = texts.iter().map(|text| serde_json::json!({ "messages": text })).collect();
            let mut out = Vec::new();
            write_all(&mut out, &values).unwrap();
            let read: Vec<_> = lines(&out).into_iter().map(|line| match line.content {
                LineContent::Json(value) => value,
                other => panic!("{other:?}"),
            }).collect();
            prop_assert_eq!(read, values);
        }
    }
}

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, GB18030, UTF_8};

use super::cell::{cell, image_cell, image_of, text_of};
use super::rules;
use crate::error::{Error, IoContext, Place, Result};
use crate::files::{MAX_NAME_BYTES, too_many_columns};
use crate::findings::Finding;
use crate::wording::{grouped, is_blank};

const WANTED: &str = "begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.";
const SAVE_AS: &str = "in Excel or WPS choose Save As, \"CSV UTF-8\".";

/// The spellings of the two columns that must be there.
const IMAGE_NAMES: [&str; 2] = ["image", "图片名称"];
const SELLER_NAMES: [&str; 2] = ["seller", "销售方"];
const SHEET_NAME: &str = "sheet";

/// A CSV file as text fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parsed {
    /// Which column is what.
    pub(super) columns: Columns,
    /// The rows with as many fields as the header, blank ones left out.
    pub(super) rows: Vec<Row>,
    /// How many rows there are, those with other fields included.
    pub(super) row_count: usize,
    /// What was wrong with the others, and how the file was read.
    pub(super) findings: Vec<Finding>,
}

/// A row with the number of the line that it begins on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

/// The header, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) image: usize,
    pub(super) seller: usize,
    pub(super) sheet: Option<usize>,
    /// All other columns, by their names.
    pub(super) others: Vec<(usize, String)>,
    /// How many there are.
    pub(super) count: usize,
}

impl Columns {
    /// Refuses a record whose image name, seller or sheet is too long to be one.
    pub(super) fn check_names(&self, record: &Record, file: &Path) -> Result<()> {
        for (at, name) in [(Some(self.image), "image"), (Some(self.seller), "seller"), (self.sheet, SHEET_NAME)] {
            let length = at.and_then(|at| record.fields.get(at)).map_or(0, String::len);
            if length > MAX_NAME_BYTES {
                let [length, most] = [length, MAX_NAME_BYTES].map(|bytes| grouped(bytes as u64));
                let what = format!("the {name} has {length} bytes, and at most {most} are read");
                let hint = "look for a quote that is opened here and closed further below.";
                return Err(Error::input(Place::line(file, record.line), what, hint));
            }
        }
        Ok(())
    }

    /// The names of all columns in their order; of those that we know, ours.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.count];
        let own = [(Some(self.image), "image"), (Some(self.seller), "seller"), (self.sheet, SHEET_NAME)];
        let own = own.into_iter().filter_map(|(at, name)| Some((at?, name)));
        for (at, name) in own.chain(self.others.iter().map(|(at, name)| (*at, name.as_str()))) {
            if let Some(place) = names.get_mut(at) {
                name.clone_into(place);
            }
        }
        names
    }
}

/// The table with other sellers in the rows that begin on these lines, as UTF-8 with commas. All else stays: columns, order,
/// rows that cannot be used.
pub(crate) fn with_sellers(file: &Path, bytes: &[u8], sellers: &BTreeMap<u64, &str>) -> Result<Vec<u8>> {
    let (text, _) = decode(file, bytes)?;
    let (separator, columns) = read_header(file, &text)?;
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for mut record in Records::new(&text, separator) {
        if record.is_open {
            let hint = "close it, then run the command again.";
            return Err(Error::input(Place::line(file, record.line), "a quote is left open here", hint));
        }
        if let (Some(seller), Some(field)) = (sellers.get(&record.line), record.fields.get_mut(columns.seller)) {
            (*seller).clone_into(field);
        }
        let cells =
            record.fields.iter().enumerate().map(|(at, field)| {
                if at == columns.image { image_cell(image_of(field)) } else { cell(text_of(field)) }
            });
        writer.write_record(cells.map(Cow::into_owned)).map_err(|error| Error::input(file, error.to_string(), ""))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error).at("write", file)
}

/// Takes a CSV file apart. `file` is only named in errors and findings.
pub(super) fn read_rows(file: &Path, bytes: &[u8]) -> Result<Parsed> {
    let (text, encoding) = decode(file, bytes)?;
    let mut findings = Vec::new();
    if encoding != UTF_8 {
        findings.push(rules::label_file_encoding::found(file, encoding.name()));
    }
    let (separator, columns) = read_header(file, &text)?;
    if separator != b',' {
        findings.push(rules::label_file_separator::found(file, separator));
    }

    let mut rows = Vec::new();
    let mut records = Records::new(&text, separator);
    records.next();
    let mut row_count = 0;
    for record in records {
        let place = Place::line(file, record.line);
        row_count += 1;
        if record.is_open {
            findings.push(rules::label_quote_unclosed::found(place));
            continue;
        }
        columns.check_names(&record, file)?;
        let mut fields = record.fields;
        // Spreadsheets end a row with a separator for each empty column to its right.
        while fields.len() > columns.count && fields.last().is_some_and(|field| trim(field).is_empty()) {
            fields.pop();
        }
        for (at, field) in fields.iter_mut().enumerate() {
            let text = if at == columns.image { image_of(field) } else { text_of(field) };
            if text.len() < field.len() {
                *field = text.to_owned();
            }
        }
        if fields.len() == columns.count {
            rows.push(Row { line: record.line, fields });
        } else {
            findings.push(rules::label_row_fields::found(place, &fields, columns.count));
        }
    }
    if row_count == 0 {
        return Err(Error::input(file, "there is a header and no row", WANTED));
    }
    Ok(Parsed { columns, rows, row_count, findings })
}

/// The text without spaces around it, those of full width and invisible ones included.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

pub(super) fn decode<'a>(file: &Path, bytes: &'a [u8]) -> Result<(Cow<'a, str>, &'static Encoding)> {
    if bytes.is_empty() {
        return Err(Error::input(file, "the file is empty", WANTED));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(Error::input(file, "an Excel workbook (or another zip archive), not a CSV file", SAVE_AS));
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Error::input(file, "an old Excel workbook, not a CSV file", SAVE_AS));
    }
    let (encoding, body) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None if is_utf16(bytes) => {
            return Err(Error::input(file, "the file is UTF-16 without its byte order mark", SAVE_AS));
        }
        None => (guess(file, bytes)?, bytes),
    };
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) else {
        let what = format!("the file says that it is {}, and its bytes are not", encoding.name());
        return Err(Error::input(file, what, SAVE_AS));
    };
    if let Some(at) = text.find('\0') {
        let place = Place::line(file, lines_in(&text[..at]) + 1);
        return Err(Error::input(place, "a zero byte: this is not a text file", SAVE_AS));
    }
    if trim(&text).is_empty() {
        return Err(Error::input(file, "the file holds nothing but blank lines", WANTED));
    }
    Ok((text, encoding))
}

/// Whether these are bytes of UTF-16: each letter of ASCII has a zero byte, always on the same side.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = |side: usize| bytes.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    matches!((zeros(0), zeros(1)), (0, 2..) | (2.., 0))
}

/// UTF-8 or GBK (as GB18030, which contains it), by what the bytes allow.
fn guess(file: &Path, bytes: &[u8]) -> Result<&'static Encoding> {
    let Err(error) = std::str::from_utf8(bytes) else { return Ok(UTF_8) };
    // Most byte pairs are some GBK character. A UTF-8 file with one broken byte would read without an error, as rubbish;
    // but GBK text read as UTF-8 has next to no Chinese characters and many errors.
    let as_utf8 = String::from_utf8_lossy(bytes);
    let broken = as_utf8.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let chinese = as_utf8.chars().filter(|c| ('\u{2E80}'..'\u{FFFD}').contains(c)).count();
    if chinese <= broken && GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some() {
        return Ok(GB18030);
    }
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let place = Place::line(file, lines_in(&String::from_utf8_lossy(before)) + 1);
    Err(Error::input(place, "bytes that are neither UTF-8 nor GBK", SAVE_AS))
}

/// How many lines end in the text.
fn lines_in(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = |(at, byte): (usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bytes.iter().enumerate().filter(|pair| ends(*pair)).count() as u64
}

/// Finds the separator with which the header has the columns that are needed.
pub(super) fn read_header(file: &Path, text: &str) -> Result<(u8, Columns)> {
    let mut fullest: Option<Header> = None;
    for separator in [b',', b'\t', b';'] {
        let Some(record) = Records::new(text, separator).next() else { continue };
        let header = Header { line: record.line, names: record.fields };
        if let Some(what) = too_many_columns(header.names.len()) {
            return Err(Error::input(Place::line(file, header.line), what, WANTED));
        }
        if header.find(&IMAGE_NAMES).is_some() && header.find(&SELLER_NAMES).is_some() {
            return Ok((separator, header.columns(file)?));
        }
        if fullest.as_ref().is_none_or(|best| header.names.len() > best.names.len()) {
            fullest = Some(header);
        }
    }
    Err(match fullest {
        Some(header) => header.complaint(file),
        None => Error::input(file, "the file holds nothing but blank lines", WANTED),
    })
}

struct Header {
    line: u64,
    names: Vec<String>,
}

impl Header {
    fn find(&self, spellings: &[&str]) -> Option<usize> {
        self.names.iter().position(|name| spellings.contains(&trim(name).to_lowercase().as_str()))
    }

    fn columns(&self, file: &Path) -> Result<Columns> {
        let mut names: Vec<String> = Vec::new();
        let mut known = HashSet::new();
        for (at, name) in self.names.iter().enumerate() {
            let name = match text_of(trim(name)) {
                "" => format!("column_{}", at + 1),
                name => name.to_owned(),
            };
            if !known.insert(canonical(&name)) {
                let place = Place::line(file, self.line);
                return Err(Error::input(place, format!("two columns are called \"{name}\""), "rename or remove one."));
            }
            names.push(name);
        }
        let at = |wanted: &str| names.iter().position(|name| canonical(name) == wanted);
        let (Some(image), Some(seller)) = (at("image"), at("seller")) else { return Err(self.complaint(file)) };
        let sheet = at(SHEET_NAME);
        let own = [Some(image), Some(seller), sheet];
        let count = names.len();
        let others = names.into_iter().enumerate().filter(|(at, _)| !own.contains(&Some(*at))).collect();
        Ok(Columns { image, seller, sheet, others, count })
    }

    /// Why this isn't the header of a label table.
    fn complaint(&self, file: &Path) -> Error {
        let place = Place::line(file, self.line);
        let all = self.names.iter().map(|name| shorten(trim(name))).collect::<Vec<_>>();
        if all.iter().any(|name| name.contains('，')) {
            return Error::input(
                place,
                "the columns are separated by full-width commas (，)",
                "use the comma of a Western keyboard, and put names that contain one into quotes.",
            );
        }
        let is_photo = |name: &String| {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            extension.and_then(crate::images::Format::of_extension).is_some()
        };
        if all.iter().any(is_photo) {
            return Error::input(place, "the first line is a row; the header is missing", WANTED);
        }
        let listed = all.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let what = match (self.find(&IMAGE_NAMES), self.find(&SELLER_NAMES)) {
            // What is no table is not quoted: it may be anything.
            _ if all.len() == 1 => "there is one column, and two are needed".to_owned(),
            (None, Some(_)) => format!("no column is called \"image\"; the columns are {listed}"),
            (Some(_), None) => format!("no column is called \"seller\"; the columns are {listed}"),
            _ => format!("no columns are called \"image\" and \"seller\"; the columns are {listed}"),
        };
        Error::input(place, what, WANTED)
    }
}

/// The name by which a column is known, whichever way it is spelled.
fn canonical(name: &str) -> String {
    let name = name.to_lowercase();
    match name.as_str() {
        name if IMAGE_NAMES.contains(&name) => "image".to_owned(),
        name if SELLER_NAMES.contains(&name) => "seller".to_owned(),
        _ => name,
    }
}

/// At most 40 characters on one line, for a message.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    let text = text.replace(char::is_control, " ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The records of a text, blank ones left out.
pub(super) struct Records<'a> {
    text: &'a str,
    reader: csv::Reader<std::io::Chain<&'a [u8], &'static [u8]>>,
    counted_to: usize,
    line: u64,
}

pub(super) struct Record {
    pub(super) line: u64,
    /// The byte of the text that it begins with.
    pub(super) start: usize,
    pub(super) fields: Vec<String>,
    /// A quote was opened and never closed, so the rest of the file lies in one field.
    pub(super) is_open: bool,
}

/// Put after the text, and no part of it: a zero byte never gets past [`decode`]. It arrives as a record of its own unless
/// a quote is open.
const END: &[u8] = b"\n\0";

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, separator: u8) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(separator);
        let bytes = std::io::Read::chain(text.as_bytes(), END);
        Self { text, reader: builder.from_reader(bytes), counted_to: 0, line: 1 }
    }

    /// The line of a byte; blank lines before a record belong to nothing. Bytes come in rising order.
    fn line_at(&mut self, byte: u64) -> u64 {
        let start = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.counted_to, self.text.len());
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = start + blank;
        self.line += lines_in(self.text.get(self.counted_to..end).unwrap_or_default());
        self.counted_to = end;
        self.line
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            let mut record = StringRecord::new();
            // The text is UTF-8 and any number of fields is allowed, so there is nothing left to fail.
            if !self.reader.read_record(&mut record).unwrap_or(false) {
                return None;
            }
            let byte = record.position().map_or(0, csv::Position::byte);
            let mut fields: Vec<String> = record.iter().map(str::to_owned).collect();
            let mut is_open = false;
            if let Some(last) = fields.last_mut().filter(|last| last.ends_with('\0')) {
                if last == "\0" {
                    return None;
                }
                last.truncate(last.len() - END.len());
                is_open = true;
            }
            if is_open || fields.iter().any(|field| !trim(field).is_empty()) {
                let line = self.line_at(byte);
                return Some(Record { line, start: self.counted_to, fields, is_open });
            }
        }
    }
}

#[cfg(test)]
mod tests;

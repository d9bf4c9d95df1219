//! A label file in which single sellers are changed and rows added or taken away, while every other byte stays.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::cell::{cell, image_cell, image_of, text_of};
use super::csv::{Columns, Records, decode, read_header, trim};
use crate::error::{Error, Place, Result};
use crate::wording::counted;

const MEND: &str = "fix the line; `nova-ft prepare` names all that are like it.";

/// A label file and where everything stands in it.
#[derive(Debug)]
pub(crate) struct LabelFile {
    file: PathBuf,
    text: String,
    encoding: &'static Encoding,
    /// The byte order mark, where there is one.
    mark: Vec<u8>,
    /// Whether the file's own encoding gives the same bytes again.
    is_reversible: bool,
    separator: u8,
    line_break: &'static str,
    columns: Columns,
    rows: Vec<FileRow>,
}

/// A row of a [`LabelFile`], rows without a seller included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// The line that it begins on, counted from 1.
    pub(crate) line: u64,
    /// The photo's name, as written but for spaces around it.
    pub(crate) image: String,
    /// The seller's name, empty where there is none.
    pub(crate) seller: String,
    /// All fields, in the order of [`LabelFile::columns`].
    pub(crate) fields: Vec<String>,
    /// Bytes of the text, its line break included.
    span: Range<usize>,
    seller_at: Range<usize>,
}

/// Something to be changed in a [`LabelFile`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit<'a> {
    /// Another seller in this row.
    Seller { row: usize, seller: &'a str },
    /// A row that is no longer there.
    Remove { row: usize },
    /// A row below all others.
    Add { image: &'a str, seller: &'a str },
    /// Rows below all others, as another program wrote them.
    Rows { text: &'a str },
}

impl LabelFile {
    /// Takes the bytes of a file apart. A table with its header alone is one without rows.
    ///
    /// # Errors
    /// Where it is no label table, or a row of it cannot be told: a quote left open, more or fewer fields than the header has.
    pub(crate) fn parse(file: &Path, bytes: &[u8]) -> Result<Self> {
        let (text, encoding) = decode(file, bytes)?;
        let text = text.into_owned();
        let (separator, columns) = read_header(file, &text)?;
        let mark = Encoding::for_bom(bytes).map_or(Vec::new(), |(_, length)| bytes[..length].to_vec());
        let mut rows = Vec::new();
        for record in Records::new(&text, separator).skip(1) {
            let fault = |what: String| Error::input(Place::line(file, record.line), what, MEND);
            if record.is_open {
                return Err(fault("a quote is left open here".to_owned()));
            }
            columns.check_names(&record, file)?;
            let (spans, end) = spans_at(&text, record.start, separator);
            let count = columns.count;
            let extra = record.fields.get(count..).unwrap_or_default();
            if record.fields.len() < count || extra.iter().any(|field| !trim(field).is_empty()) {
                let fields = counted(record.fields.len(), "field");
                return Err(fault(format!("{fields}, where the header has {count}")));
            }
            let field = |at: usize| trim(record.fields.get(at).map_or("", String::as_str)).to_owned();
            let seller_at = spans.get(columns.seller).filter(|_| spans.len() == record.fields.len()).cloned();
            let Some(seller_at) = seller_at else { return Err(fault("its fields cannot be told apart".to_owned())) };
            rows.push(FileRow {
                line: record.line,
                image: image_of(&field(columns.image)).to_owned(),
                seller: text_of(&field(columns.seller)).to_owned(),
                span: record.start..end,
                seller_at,
                fields: record.fields,
            });
        }
        let mut file = Self {
            file: file.to_path_buf(),
            encoding,
            mark,
            is_reversible: true,
            separator,
            line_break: line_break(&text),
            columns,
            rows,
            text,
        };
        file.is_reversible = file.encode(&file.text).as_deref() == Some(bytes);
        Ok(file)
    }

    /// The encoding of the file.
    pub(crate) fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    /// Whether the last line has a line break.
    pub(crate) fn ends_with_line_break(&self) -> bool {
        self.text.ends_with(['\n', '\r'])
    }

    /// The names of the columns; of those that we know, ours.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.columns.names()
    }

    /// The rows, in the order of the file.
    pub(crate) fn rows(&self) -> &[FileRow] {
        &self.rows
    }

    /// Whether a row says nothing but a photo and its seller.
    pub(crate) fn is_bare(&self, row: &FileRow) -> bool {
        let own = [self.columns.image, self.columns.seller];
        row.fields.iter().enumerate().all(|(at, field)| own.contains(&at) || trim(field).is_empty())
    }

    /// The bytes of the file with these changes. All else is as it was, to the byte; only where a file's encoding has several
    /// ways to write a character, and it used another than usual, it becomes UTF-8 with its mark.
    ///
    /// # Errors
    /// Where a row that is to be changed is not there.
    pub(crate) fn with(&self, edits: &[Edit<'_>]) -> Result<Vec<u8>> {
        let gone = |row: usize| Error::input(self.file.as_path(), format!("there is no row {row} any more"), "");
        let mut changes: Vec<(Range<usize>, Cow<'_, str>)> = Vec::new();
        let mut below = String::new();
        for edit in edits {
            match *edit {
                Edit::Seller { row, seller } => {
                    let at = self.rows.get(row).ok_or_else(|| gone(row))?.seller_at.clone();
                    let was_quoted = self.text[at.clone()].starts_with('"');
                    changes.push((at, self.field(cell(seller), was_quoted)));
                }
                Edit::Remove { row } => {
                    changes.push((self.rows.get(row).ok_or_else(|| gone(row))?.span.clone(), Cow::Borrowed("")));
                }
                Edit::Add { image, seller } => below.push_str(&self.row(image, seller)),
                Edit::Rows { text } => {
                    below.push_str(text);
                    if !text.ends_with(['\n', '\r']) {
                        below.push_str(self.line_break);
                    }
                }
            }
        }
        changes.sort_by_key(|(at, _)| at.start);
        let mut text = String::with_capacity(self.text.len() + below.len());
        let mut copied = 0;
        for (at, new) in &changes {
            text.push_str(self.text.get(copied..at.start).unwrap_or_default());
            text.push_str(new);
            copied = at.end;
        }
        text.push_str(&self.text[copied..]);
        if !below.is_empty() && !text.ends_with(['\n', '\r']) {
            text.push_str(self.line_break);
        }
        text.push_str(&below);
        let own = if self.is_reversible { self.encode(&text) } else { None };
        Ok(own.unwrap_or_else(|| [b"\xEF\xBB\xBF", text.as_bytes()].concat()))
    }

    fn row(&self, image: &str, seller: &str) -> String {
        let mut row = String::new();
        for at in 0..self.columns.count {
            if at > 0 {
                row.push(char::from(self.separator));
            }
            if at == self.columns.image {
                row.push_str(&self.field(image_cell(image), false));
            } else if at == self.columns.seller {
                row.push_str(&self.field(cell(seller), false));
            }
        }
        row + self.line_break
    }

    fn field<'t>(&self, text: Cow<'t, str>, in_quotes: bool) -> Cow<'t, str> {
        let separator = char::from(self.separator);
        if in_quotes || text.contains(['"', '\n', '\r', separator]) {
            Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
        } else {
            text
        }
    }

    /// The text as the file has it; `None` where its encoding cannot say it.
    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let mut bytes = self.mark.clone();
        if self.encoding == UTF_8 {
            bytes.extend_from_slice(text.as_bytes());
        } else if self.encoding == UTF_16LE {
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        } else if self.encoding == UTF_16BE {
            bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        } else {
            let (encoded, _, is_lossy) = self.encoding.encode(text);
            if is_lossy {
                return None;
            }
            bytes.extend_from_slice(&encoded);
        }
        Some(bytes)
    }
}

/// How the lines of a text end; the first one counts.
fn line_break(text: &str) -> &'static str {
    match text.find(['\r', '\n']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// The fields of the record that begins at a byte, quotes included, and where the record ends, its line break included.
fn spans_at(text: &str, start: usize, separator: u8) -> (Vec<Range<usize>>, usize) {
    let bytes = text.as_bytes();
    let is = |at: usize, wanted: u8| bytes.get(at) == Some(&wanted);
    let mut fields = Vec::new();
    let mut at = start;
    loop {
        let begin = at;
        if is(at, b'"') {
            at += 1;
            while at < bytes.len() && (!is(at, b'"') || is(at + 1, b'"')) {
                at += if is(at, b'"') { 2 } else { 1 };
            }
            at = bytes.len().min(at + 1);
        }
        while bytes.get(at).is_some_and(|byte| *byte != separator && !matches!(byte, b'\r' | b'\n')) {
            at += 1;
        }
        fields.push(begin..at);
        if !is(at, separator) {
            break;
        }
        at += 1;
    }
    let end = match (is(at, b'\r'), is(at + usize::from(is(at, b'\r')), b'\n')) {
        (true, true) => at + 2,
        (true, false) | (false, true) => at + 1,
        (false, false) => at,
    };
    (fields, end)
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;
    use proptest::prelude::*;

    use super::*;
    use crate::labels::is_formula;

    fn parsed(bytes: &[u8]) -> LabelFile {
        LabelFile::parse(Path::new("labels.csv"), bytes).unwrap()
    }

    fn edited(bytes: &[u8], edits: &[Edit<'_>]) -> Vec<u8> {
        parsed(bytes).with(edits).unwrap()
    }

    #[test]
    fn one_seller_changes_and_every_other_byte_stays() {
        let table = "\u{feff}no, Image ;x\r\n".replace(';', ",seller,")
            + "1,a.jpg,\"甲, \"\"乙\"\"\",\"q\"\r\n\r\n 2 ,b.jpg,丙,,,\n3,c.jpg,,z";
        let file = parsed(table.as_bytes());
        let rows: Vec<_> = file.rows().iter().map(|row| (row.line, row.image.as_str(), row.seller.as_str())).collect();
        assert_eq!(rows, [(2, "a.jpg", "甲, \"乙\""), (4, "b.jpg", "丙"), (5, "c.jpg", "")]);
        assert_eq!(file.with(&[]).unwrap(), table.as_bytes());
        let edits = [
            Edit::Seller { row: 2, seller: "丁,戊" },
            Edit::Seller { row: 0, seller: "己" },
            Edit::Seller { row: 1, seller: "庚" },
            Edit::Add { image: "d.jpg", seller: "辛" },
        ];
        let expected = table
            .replace("甲, \"\"乙\"\"", "己")
            .replace("丙", "庚")
            .replace("c.jpg,,z", "c.jpg,\"丁,戊\",z\r\n,d.jpg,辛,\r\n");
        assert_eq!(String::from_utf8(file.with(&edits).unwrap()).unwrap(), expected);
    }

    #[test]
    fn a_row_that_was_added_can_be_taken_away_again() {
        let table = "image;seller\na.jpg;甲\n".as_bytes();
        let with_row = edited(table, &[Edit::Add { image: "b.jpg", seller: "乙" }]);
        assert_eq!(with_row, "image;seller\na.jpg;甲\nb.jpg;乙\n".as_bytes());
        let file = parsed(&with_row);
        assert!(file.is_bare(&file.rows()[1]));
        assert_eq!(file.with(&[Edit::Remove { row: 1 }]).unwrap(), table);
        assert!(file.with(&[Edit::Remove { row: 2 }]).is_err());
    }

    #[test]
    fn a_header_alone_is_a_table_to_add_to() {
        assert_eq!(edited(b"image,seller", &[Edit::Add { image: "a", seller: "b" }]), b"image,seller\na,b\n");
    }

    #[test]
    fn the_encoding_stays() {
        let text = "图片名称,销售方\r\n1.jpg,北京宇音天下科技有限公司\r\n";
        let changed = text.replace("宇", "字");
        let edits = [Edit::Seller { row: 0, seller: "北京字音天下科技有限公司" }];
        let (gbk, _, _) = GB18030.encode(text);
        assert_eq!(edited(&gbk, &edits), &*GB18030.encode(&changed).0);
        let wide = |text: &str| [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
        assert_eq!(edited(&wide(text), &edits), wide(&changed));
        let big = |text: &str| [vec![0xFE, 0xFF], text.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat();
        assert_eq!(edited(&big(text), &edits), big(&changed));
    }

    #[test]
    fn rows_that_cannot_be_told_are_refused_with_their_line() {
        for (table, line) in [("image,seller\na,b\nc\n", 3), ("image,seller\na,b,c\n", 2), ("image,seller\na,\"b\n", 2)]
        {
            let error = LabelFile::parse(Path::new("labels.csv"), table.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with(&format!("labels.csv:{line}: ")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_field_holds_it_is_read_again_as_it_was_written(
            before in "[a\",;\r\n甲 ]{0,6}", after in "[a\",;甲 ]{0,6}", other in "[a\",\r\n甲]{0,4}", in_quotes: bool,
        ) {
            prop_assume!(!is_formula(&before));
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let other = if in_quotes { quoted(&other) } else { "x".to_owned() };
            let table = format!("note,image,seller,rest\r\n{other},a.jpg,{},{other}\r\n1,b.jpg,乙,2", quoted(&before));
            let bytes = edited(table.as_bytes(), &[Edit::Seller { row: 0, seller: &after }]);
            let file = parsed(&bytes);
            prop_assert_eq!(file.rows().len(), 2);
            prop_assert_eq!(&file.rows()[0].seller, trim(&after));
            prop_assert_eq!(&file.rows()[0].fields[2], &after);
            prop_assert_eq!(&file.rows()[1], &FileRow { span: file.rows()[1].span.clone(), seller_at: file.rows()[1].seller_at.clone(), line: file.rows()[1].line, image: "b.jpg".into(), seller: "乙".into(), fields: vec!["1".into(), "b.jpg".into(), "乙".into(), "2".into()] });
            let back = file.with(&[Edit::Seller { row: 0, seller: &before }]).unwrap();
            prop_assert_eq!(String::from_utf8(back).unwrap(), table);
        }
    }
}

//! A line under repair: its bytes, and the edits that change them.

use bumpalo::Bump;
use serde_json::Value;

use super::rules::jsl::not_utf8;
use crate::dataset::jsonl::{Layout, Line};
use crate::finding::Edit;
use crate::json::{Commas, Json};

/// A line that edits are applied to.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    raw: Vec<u8>,
    /// The record's bytes, where they are not all but mark and line break: those of an item of a list.
    text: Option<Vec<u8>>,
    number: u64,
    line_count: u64,
    is_dropped: bool,
    /// The second part of a line that was broken in two.
    rest: Option<Vec<u8>>,
}

impl Piece {
    /// A line as it stands in the file.
    pub(super) fn of(line: &Line<'_>) -> Self {
        let text = (line.layout == Layout::Item).then(|| line.text().to_vec());
        Self {
            raw: line.raw.to_vec(),
            text,
            number: line.number,
            line_count: line.line_count,
            is_dropped: false,
            rest: None,
        }
    }

    /// The line as the checks see it.
    pub(super) fn line(&self) -> Line<'_> {
        match &self.text {
            None => Line::of_raw(self.number, self.line_count, &self.raw),
            Some(text) => Line::of_item(self.number, self.line_count, &self.raw, text),
        }
    }

    /// Its bytes.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether it was left out.
    pub(super) fn is_dropped(&self) -> bool {
        self.is_dropped
    }

    /// What was broken off, as a line of its own.
    pub(super) fn take_rest(&mut self) -> Option<Self> {
        let raw = self.rest.take()?;
        Some(Self { raw, text: None, number: self.number, line_count: 1, is_dropped: false, rest: None })
    }

    /// Makes the changes of one repair and says whether the line is another one now.
    pub(super) fn apply(&mut self, edits: &[Edit]) -> bool {
        edits.iter().fold(false, |any, edit| self.apply_one(edit) | any)
    }

    fn apply_one(&mut self, edit: &Edit) -> bool {
        match edit {
            _ if self.is_dropped => false,
            Edit::DropLine => {
                self.is_dropped = true;
                self.raw.clear();
                true
            }
            Edit::DropByteOrderMark => {
                let text_start = self.raw.len() - self.line().text().len() - self.line().line_break().len();
                let had_mark = self.line().has_byte_order_mark();
                if had_mark && self.text.is_none() {
                    self.raw.drain(..text_start);
                } else if had_mark {
                    self.raw.drain(..3);
                }
                had_mark
            }
            Edit::LineFeed => {
                let had_return = self.raw.ends_with(b"\r\n");
                if had_return {
                    self.raw.truncate(self.raw.len() - 2);
                    self.raw.push(b'\n');
                }
                had_return
            }
            Edit::Decode => match not_utf8::decoded(self.line().text()) {
                Some(text) => self.write(text.as_bytes()),
                None => false,
            },
            Edit::BreakLine { at } => {
                let text = self.line().text().to_vec();
                let Some((first, second)) = text.split_at_checked(*at) else { return false };
                let end = if self.line().line_break().is_empty() { b"" } else { self.line().line_break() };
                self.rest = Some([second, end].concat());
                let first = [first.trim_ascii_end(), b"\n"].concat();
                self.raw.truncate(self.raw.len() - text.len() - self.line().line_break().len());
                self.raw.extend_from_slice(&first);
                true
            }
            Edit::OneLine => self.rewrite(|_| true) || self.unwrap_item(),
            Edit::DropCommas => {
                let record =
                    self.line().parse(&Bump::new(), Commas::Forgiven).ok().map(|parsed| parsed.value.to_value());
                record.is_some_and(|record| self.write(record.to_string().as_bytes()))
            }
            Edit::Set { pointer, value } => self.rewrite(|record| set(record, pointer, value)),
            Edit::Remove { pointer } => self.rewrite(|record| remove(record, pointer)),
        }
    }

    /// Changes the record and, where that changed it, writes it anew.
    fn rewrite(&mut self, change: impl FnOnce(&mut Value) -> bool) -> bool {
        let Some(mut record) = self.line().object(&Bump::new()).map(Json::to_value) else { return false };
        change(&mut record) && self.write(record.to_string().as_bytes())
    }

    /// Puts an item of a list that is no record on one line, as it is otherwise.
    fn unwrap_item(&mut self) -> bool {
        let line = self.line();
        if line.layout != Layout::Item || line.text().is_empty() {
            return false;
        }
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let text: Vec<u8> = line.text().iter().map(|byte| if is_break(byte) { b' ' } else { *byte }).collect();
        self.write(&text)
    }

    /// Puts a text in the place of the line's, between the mark and the line break that it has; says whether that changed it.
    fn write(&mut self, text: &[u8]) -> bool {
        let line = self.line();
        let mark: &[u8] = if line.has_byte_order_mark() { b"\xEF\xBB\xBF" } else { b"" };
        let end = if line.layout == Layout::Item { b"\n" } else { line.line_break() };
        let raw = [mark, text, end].concat();
        let differs = raw != self.raw;
        self.raw = raw;
        self.text = None;
        self.line_count = text.split(|byte| *byte == b'\n').count() as u64;
        differs
    }
}

/// Puts a value where a pointer points and says whether that changed anything; a missing last member is added in front,
/// where `schemaVersion` belongs.
fn set(record: &mut Value, pointer: &str, value: &Value) -> bool {
    if let Some(place) = record.pointer_mut(pointer) {
        let differs = place != value;
        place.clone_from(value);
        return differs;
    }
    let Some((members, name)) = parent(record, pointer) else { return false };
    members.shift_insert(0, name, value.clone());
    true
}

/// Takes a member away and says whether it was there.
fn remove(record: &mut Value, pointer: &str) -> bool {
    parent(record, pointer).is_some_and(|(members, name)| members.shift_remove(&name).is_some())
}

/// The object that a pointer's last part is or would be a member of, and that part.
fn parent<'a>(record: &'a mut Value, pointer: &str) -> Option<(&'a mut serde_json::Map<String, Value>, String)> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let members = record.pointer_mut(parent)?.as_object_mut()?;
    Some((members, name.replace("~1", "/").replace("~0", "~")))
}

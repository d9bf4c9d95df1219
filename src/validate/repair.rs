//! A line under repair: its bytes, and the edits that change them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::rules::jsl::not_utf8;
use crate::dataset::jsonl::{Layout, Line};
use crate::findings::Edit;

/// A line that edits are applied to.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    raw: Vec<u8>,
    /// The record's bytes, where they are not all but mark and line break: those of an item of a list.
    text: Option<Vec<u8>>,
    number: u64,
    line_count: u64,
    is_dropped: bool,
    /// The records that were broken off, with the line break of the last one, and where each of them begins.
    rest: Option<(Vec<u8>, Vec<usize>)>,
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

    /// The records that were broken off, each as a line of its own.
    pub(super) fn take_rest(&mut self) -> Option<impl Iterator<Item = Self> + use<>> {
        let (number, (bytes, starts)) = (self.number, self.rest.take()?);
        Some((0..starts.len()).filter_map(move |at| {
            let raw = match starts.get(at + 1) {
                Some(next) => [bytes.get(starts[at]..*next)?.trim_ascii_end(), b"\n"].concat(),
                None => bytes.get(starts[at]..)?.to_vec(),
            };
            Some(Self { raw, text: None, number, line_count: 1, is_dropped: false, rest: None })
        }))
    }

    /// Makes the changes of some repairs and returns how many of them changed the line.
    ///
    /// Edits of the record that follow each other are made on one parsed record: a record may need as many repairs as it has
    /// members.
    pub(super) fn apply_all(&mut self, repairs: &[&Vec<Edit>]) -> usize {
        let is_of_record = |repair: &&Vec<Edit>| {
            !repair.is_empty() && repair.iter().all(|edit| matches!(edit, Edit::Set { .. } | Edit::Remove { .. }))
        };
        // The same repair made again would change nothing: a line with many repeated keys is written once.
        let groups = repairs.chunk_by(|left, right| left == right || (is_of_record(left) && is_of_record(right)));
        groups
            .map(|group| match group {
                [first, ..] if is_of_record(first) => self.edit_record(group),
                [first, ..] => usize::from(self.apply(first)),
                [] => 0,
            })
            .sum()
    }

    /// Makes the changes of repairs of the record.
    fn edit_record(&mut self, repairs: &[&Vec<Edit>]) -> usize {
        if self.is_dropped {
            return 0;
        }
        let Some(record) = self.line().object().map(|record| record.to_value()) else { return 0 };
        let mut edited = EditedRecord::new(record);
        let made =
            repairs.iter().filter(|repair| repair.iter().fold(false, |any, edit| edited.apply(edit) | any)).count();
        if made > 0 && self.write(edited.finish().to_string().as_bytes()) { made } else { 0 }
    }

    /// Makes the changes of one repair and says whether the line is another one now.
    fn apply(&mut self, edits: &[Edit]) -> bool {
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
                let (line, text) = (self.line(), self.line().text().to_vec());
                let Some((first, second)) = text.split_at_checked(*at) else { return false };
                let further = line.further_records().into_iter().filter(|start| start > at).map(|start| start - at);
                let starts = std::iter::once(0).chain(further).collect();
                self.rest = Some(([second, line.line_break()].concat(), starts));
                let first = [first.trim_ascii_end(), b"\n"].concat();
                self.raw.truncate(self.raw.len() - text.len() - self.line().line_break().len());
                self.raw.extend_from_slice(&first);
                true
            }
            Edit::OneLine => self.rewrite() || self.unwrap_item(),
            Edit::DropCommas => {
                let record = self.line().without_extra_commas();
                record.is_some_and(|record| self.write(record.to_string().as_bytes()))
            }
            Edit::Set { .. } | Edit::Remove { .. } => self.edit_record(&[&vec![edit.clone()]]) > 0,
        }
    }

    /// Writes the record anew, on one line and with each key once.
    fn rewrite(&mut self) -> bool {
        let record = self.line().object().map(|record| record.to_value());
        record.is_some_and(|record| self.write(record.to_string().as_bytes()))
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

/// A record under repair. Members are removed at the end, together: removing one moves all that follow it.
#[derive(Debug)]
struct EditedRecord {
    record: Value,
    /// By the pointer of an object: the names of the members to remove.
    removed: HashMap<String, HashSet<String>>,
}

impl EditedRecord {
    fn new(record: Value) -> Self {
        Self { record, removed: HashMap::new() }
    }

    /// Makes a change and says whether it changed anything.
    fn apply(&mut self, edit: &Edit) -> bool {
        match edit {
            Edit::Set { pointer, value } => self.set(pointer, value),
            Edit::Remove { pointer } => self.remove(pointer),
            _ => false,
        }
    }

    /// Puts a value where a pointer points and says whether that changed anything; a missing last member is added in front,
    /// where `schemaVersion` belongs.
    fn set(&mut self, pointer: &str, value: &Value) -> bool {
        let was_removed = split(pointer)
            .is_some_and(|(object, name)| self.removed.get_mut(object).is_some_and(|names| names.remove(&name)));
        if let Some(place) = self.record.pointer_mut(pointer) {
            let differs = place != value;
            place.clone_from(value);
            return differs || was_removed;
        }
        let Some((object, name)) = split(pointer) else { return false };
        let Some(members) = self.record.pointer_mut(object).and_then(Value::as_object_mut) else { return false };
        members.shift_insert(0, name, value.clone());
        true
    }

    /// Takes a member away and says whether it was there.
    fn remove(&mut self, pointer: &str) -> bool {
        let Some((object, name)) = split(pointer) else { return false };
        let is_there = self.record.pointer(object).and_then(Value::as_object).is_some_and(|of| of.contains_key(&name));
        is_there && self.removed.entry(object.to_owned()).or_default().insert(name)
    }

    fn finish(mut self) -> Value {
        for (object, names) in &self.removed {
            if let Some(members) = self.record.pointer_mut(object).and_then(Value::as_object_mut) {
                members.retain(|name, _| !names.contains(name));
            }
        }
        self.record
    }
}

/// The pointer of the object that a pointer's last part is or would be a member of, and the member's name.
fn split(pointer: &str) -> Option<(&str, String)> {
    let (object, name) = pointer.rsplit_once('/')?;
    Some((object, name.replace("~1", "/").replace("~0", "~")))
}

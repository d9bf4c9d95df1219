//! The table that a labeler writes, and the one that it finds there.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use super::journal::{Journal, Memory};
use super::{Existing, LabelOptions};
use crate::error::{Error, IoContext, Result};
use crate::images::{Scan, hash_bytes};
use crate::labels::cell::{cell, image_cell};
use crate::labels::csv::{Parsed, read_rows};
use crate::labels::replace::{read_if_there, replace_once};
use crate::labels::rules::{LABEL_FILE_ENCODING, LABEL_FILE_SEPARATOR};
use crate::labels::{Labels, match_photos};
use crate::source_access;

/// What a labeler has to say of a photo.
#[derive(Debug)]
pub(super) struct Row(Vec<(&'static str, String)>);

impl Row {
    /// A photo, and the seller that it shows.
    pub(super) fn new(image: &str, seller: &str) -> Self {
        Self(vec![("image", image.to_owned()), ("seller", seller.to_owned())])
    }

    /// The row with one more cell.
    pub(super) fn with(mut self, column: &'static str, cell: String) -> Self {
        self.0.push((column, cell));
        self
    }

    /// The cell of a column as it is written, empty where the labeler has none.
    fn written(&self, column: &str) -> Cow<'_, str> {
        let text = self.0.iter().find(|(name, _)| *name == column).map_or("", |(_, text)| text);
        if column == "image" { image_cell(text) } else { cell(text) }
    }
}

/// A cell that may be empty.
pub(super) fn text(field: Option<&str>) -> String {
    field.unwrap_or_default().to_owned()
}

/// A table that is there already and stays as it is, each byte of it.
#[derive(Debug)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    columns: Vec<String>,
    labels: Labels,
    /// What the rows call their photos, those that cannot be used too.
    images: HashSet<String>,
    /// How many rows there are.
    pub(super) row_count: usize,
}

impl Kept {
    /// The table to keep: none where there is no file, or one that is all our own work.
    ///
    /// # Errors
    /// Where somebody else's rows are there and are not to be kept, or cannot be added to.
    pub(super) fn find(options: &LabelOptions, memory: &Memory) -> Result<Option<Self>> {
        let path = options.output_file.as_path();
        source_access::note(path);
        let Some(bytes) = read_if_there(path)? else { return Ok(None) };
        if memory.wrote(&hash_bytes(&bytes)) {
            return Ok(None);
        }
        if options.existing == Existing::Refuse {
            return Err(Error::input(
                path,
                "this table is there already, and somebody has written into it since, or another program made it",
                "`resume` keeps its rows as they are and adds those that are missing; or name another `output_file`.",
            ));
        }
        Self::read(path, bytes).map(Some)
    }

    fn read(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let Parsed { columns, rows, row_count, findings } = read_rows(path, &bytes)?;
        let odd = findings.iter().find(|one| [&LABEL_FILE_ENCODING, &LABEL_FILE_SEPARATOR].contains(&one.rule));
        if let Some(odd) = odd {
            let hint = "save it as \"CSV UTF-8\", with commas, or name another `output_file`.";
            return Err(Error::input(path, format!("rows cannot be added to this table: {}", odd.message), hint));
        }
        if findings.iter().any(|one| one.rule == &crate::labels::rules::LABEL_QUOTE_UNCLOSED) {
            let hint = "close it; `nova-ft prepare` names its line.";
            return Err(Error::input(path, "rows cannot be added to this table: a quote is left open", hint));
        }
        let images = rows.iter().filter_map(|row| row.fields.get(columns.image).cloned()).collect();
        let labels = Labels::parse(path, &bytes)?.labels;
        Ok(Self { columns: columns.names(), bytes, labels, images, row_count })
    }

    /// The photos of a scan that have a row, by name.
    pub(super) fn photos(&self, scan: &Scan) -> HashSet<String> {
        let matched = match_photos(&self.labels, scan);
        let named = scan.photos.iter().map(|photo| &photo.name).filter(|name| self.images.contains(*name));
        matched.pairs.into_iter().map(|(_, photo)| photo.name).chain(named.cloned()).collect()
    }
}

/// Writes a table with these rows below those that are kept, and first into the journal that it is our own work; where
/// there are no rows, nothing. `own` are the columns of a table that is not there yet.
pub(super) fn write_table(
    kept: Option<&Kept>,
    own: &[&str],
    rows: &[Row],
    path: &Path,
    journal: &Journal,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let bytes = bytes_of(kept, own, rows, path)?;
    journal.add_table(hash_bytes(&bytes), kept.map_or(0, |kept| kept.row_count))?;
    // Without rows to keep, only a table that is all our own work is replaced.
    let own = read_if_there(path)?.filter(|there| *there == bytes || journal.wrote(&hash_bytes(there)));
    replace_once(path, kept.map(|kept| kept.bytes.as_slice()).or(own.as_deref()), &bytes)
}

fn bytes_of(kept: Option<&Kept>, own: &[&str], rows: &[Row], path: &Path) -> Result<Vec<u8>> {
    let mut bytes = kept.map_or(Vec::new(), |kept| kept.bytes.clone());
    if bytes.last().is_some_and(|byte| *byte != b'\n') {
        bytes.push(b'\n');
    }
    let columns: Vec<&str> =
        kept.map_or_else(|| own.to_vec(), |kept| kept.columns.iter().map(String::as_str).collect());
    let mut writer = csv::Writer::from_writer(bytes);
    let header = if kept.is_none() { writer.write_record(&columns) } else { Ok(()) };
    let written = header.and_then(|()| {
        rows.iter()
            .try_for_each(|row| writer.write_record(columns.iter().map(|column| row.written(column).into_owned())))
    });
    written.map_err(|error| Error::input(path, error.to_string(), ""))?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error).at("write", path)
}

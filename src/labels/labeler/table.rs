//! The table that a labeler writes, and the one that it finds there.

use std::collections::HashSet;
use std::path::Path;

use super::journal::Memory;
use super::{Existing, LabelOptions};
use crate::error::{Error, IoContext, Result};
use crate::images::{Scan, hash_bytes};
use crate::invoice::Invoice;
use crate::labels::csv::{Parsed, read_rows};
use crate::labels::rules::{LABEL_FILE_ENCODING, LABEL_FILE_SEPARATOR};
use crate::labels::{Labels, match_photos};
use crate::readings::Vote;

/// The columns of a table of our own.
const COLUMNS: [&str; 11] =
    ["image", "seller", "sheet", "confidence", "evidence", "seller_id", "buyer", "date", "total", "labeler", "version"];

/// What a labeler has to say of a photo.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) image: &'a str,
    pub(super) vote: &'a Vote,
    pub(super) sheet: Option<&'a str>,
    pub(super) invoice: &'a Invoice,
    pub(super) labeler: &'a str,
    pub(super) version: &'a str,
}

impl Row<'_> {
    /// The cell of a column, empty where it is none of ours.
    fn cell(&self, column: &str) -> String {
        let text = |field: Option<&str>| field.unwrap_or_default().to_owned();
        match column {
            "image" => self.image.to_owned(),
            "seller" => self.vote.seller.clone(),
            "sheet" => text(self.sheet),
            "confidence" => format!("{:.3}", self.vote.confidence),
            "evidence" => self.vote.evidence(),
            "seller_id" => text(self.vote.seller_id.as_ref().map(crate::invoice::TaxpayerId::as_str)),
            "buyer" => text(self.invoice.buyer.as_ref().map(|field| field.value.as_str())),
            "date" => text(self.invoice.date.as_ref().map(|field| field.value.as_str())),
            "total" => {
                let total = self.invoice.total_fen.as_ref().map(|field| field.value);
                total.map_or(String::new(), |fen| format!("{}.{:02}", fen / 100, fen % 100))
            }
            "labeler" => self.labeler.to_owned(),
            "version" => self.version.to_owned(),
            _ => String::new(),
        }
    }
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
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.at("read", path)?,
        };
        if memory.wrote(&hash_bytes(&bytes)) {
            return Ok(None);
        }
        if options.existing == Existing::Refuse {
            return Err(Error::input(
                path,
                "this table is there already, and somebody has written into it since, or another program made it",
                "--resume keeps its rows as they are and adds those that are missing; or name another --output-file.",
            ));
        }
        Self::read(path, bytes).map(Some)
    }

    fn read(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let Parsed { columns, rows, row_count, findings } = read_rows(path, &bytes)?;
        let odd = findings.iter().find(|one| [&LABEL_FILE_ENCODING, &LABEL_FILE_SEPARATOR].contains(&one.rule));
        if let Some(odd) = odd {
            let hint = "save it as \"CSV UTF-8\", with commas, or name another --output-file.";
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

/// The bytes of a table with these rows, below those that are kept.
pub(super) fn write(kept: Option<&Kept>, rows: &[Row<'_>], path: &Path) -> Result<Vec<u8>> {
    let mut bytes = kept.map_or(Vec::new(), |kept| kept.bytes.clone());
    if bytes.last().is_some_and(|byte| *byte != b'\n') {
        bytes.push(b'\n');
    }
    let own = COLUMNS.map(str::to_owned);
    let columns = kept.map_or(&own[..], |kept| &kept.columns);
    let mut writer = csv::Writer::from_writer(bytes);
    let header = if kept.is_none() { writer.write_record(columns) } else { Ok(()) };
    let written = header.and_then(|()| {
        rows.iter().try_for_each(|row| writer.write_record(columns.iter().map(|column| row.cell(column))))
    });
    written.map_err(|error| Error::input(path, error.to_string(), ""))?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error).at("write", path)
}

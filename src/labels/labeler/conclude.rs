//! What all readings of a folder come to: sheets, votes, rows, the table. It makes no difference who read them, or where.

use std::collections::HashSet;
use std::path::PathBuf;

use super::journal::Journal;
use super::table::{Row, text, write_table};
use super::{LabelOptions, Labelled, kept_table};
use crate::error::Result;
use crate::findings::Report;
use crate::images::Scan;
use crate::invoice::{Invoice, TaxpayerId};
use crate::labels::rules;
use crate::readings::{PhotoReading, Vote, sheets_of, vote};

/// The columns of a table of the reader's own.
const COLUMNS: [&str; 11] =
    ["image", "seller", "sheet", "confidence", "evidence", "seller_id", "buyer", "date", "total", "labeler", "version"];

/// A photo and what was read of it.
#[derive(Debug)]
pub(super) struct ReadPhoto {
    /// The photo's name below the folder.
    pub(super) name: String,
    /// The file.
    pub(super) path: PathBuf,
    /// Or why it could not be read.
    pub(super) reading: Result<PhotoReading, String>,
}

/// Labels the photos of a scan with what was read of them, and writes the table.
///
/// # Errors
/// Where the table cannot be written, or one that somebody has written into is in the way.
pub(super) fn conclude(
    options: &LabelOptions,
    scan: &Scan,
    photos: Vec<ReadPhoto>,
    recalled: usize,
    version: &str,
    journal: &Journal,
) -> Result<Labelled> {
    let mut report = Report::new(options.levels.clone());
    let photo_count = photos.len();
    let (mut read_photos, mut readings) = (Vec::new(), Vec::new());
    for photo in photos {
        match photo.reading {
            Ok(reading) => {
                read_photos.push((photo.name, photo.path));
                readings.push(reading);
            }
            Err(why) => report.push(rules::photo_not_read::found(&photo.path, &why)),
        }
    }
    let sheets = sheets_of(&readings);
    let votes = vote(&readings, &sheets);

    // Read again: a person may have written into the table while the photos were read.
    let kept = kept_table(options)?;
    let has_row = kept.as_ref().map(|kept| kept.photos(scan)).unwrap_or_default();
    let (mut rows, mut confirmed, mut labelled_sheets) = (Vec::new(), 0, HashSet::new());
    for ((((name, path), reading), sheet), vote) in read_photos.iter().zip(&readings).zip(&sheets).zip(&votes) {
        if has_row.contains(name) {
            continue;
        }
        let Some(vote) = vote else {
            report.push(rules::seller_not_read::found(path.as_path(), "it has no row"));
            continue;
        };
        if let Some(own) = &vote.outvoted {
            report.push(rules::reading_outvoted::found(path, own, &vote.seller));
        }
        confirmed += usize::from(vote.is_confirmed());
        labelled_sheets.extend(sheet.as_deref());
        rows.push(row(name, vote, sheet.as_deref(), &reading.invoice, version));
    }
    report.sort();
    write_table(kept.as_ref(), &COLUMNS, &rows, &options.output_file, journal)?;
    Ok(Labelled {
        file: options.output_file.clone(),
        photos: photo_count,
        recalled,
        rows: rows.len(),
        kept: kept.map_or(0, |kept| kept.row_count),
        sheets: labelled_sheets.len(),
        confirmed,
        report,
        asking: None,
    })
}

/// What the reader has to say of a photo.
fn row(image: &str, vote: &Vote, sheet: Option<&str>, invoice: &Invoice, version: &str) -> Row {
    let total = invoice.total_fen.as_ref().map(|field| field.value);
    Row::new(image, &vote.seller)
        .with("sheet", text(sheet))
        .with("confidence", format!("{:.3}", vote.confidence))
        .with("evidence", vote.evidence())
        .with("seller_id", text(vote.seller_id.as_ref().map(TaxpayerId::as_str)))
        .with("buyer", text(invoice.buyer.as_ref().map(|field| field.value.as_str())))
        .with("date", text(invoice.date.as_ref().map(|field| field.value.as_str())))
        .with("total", total.map_or(String::new(), |fen| format!("{}.{:02}", fen / 100, fen % 100)))
        .with("labeler", "reader".to_owned())
        .with("version", version.to_owned())
}

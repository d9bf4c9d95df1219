//! Labels by the reader on this machine.

use std::collections::HashSet;

use super::journal::Journal;
use super::table::{Row, text, write_table};
use super::{LabelOptions, Labelled, journal_file, kept_table, scan_photos};
use crate::error::Result;
use crate::finding::Report;
use crate::images::{self, Photo};
use crate::invoice::{Invoice, InvoiceReader, Scope, TaxpayerId};
use crate::labels::rules;
use crate::progress::Progress;
use crate::readings::{PhotoReading, ReadOptions, Vote, read_all, sheets_of, vote};

/// The columns of a table of the reader's own.
const COLUMNS: [&str; 11] =
    ["image", "seller", "sheet", "confidence", "evidence", "seller_id", "buyer", "date", "total", "labeler", "version"];

/// Labels the photos of a folder with the seller that stands on each.
///
/// A photo that cannot be read, and one without a seller, has no row and a finding. Every reading goes into a journal beside
/// the table as soon as it is there, by the photo's bytes and the reader's version: a run that was stopped goes on. The
/// table is written in one step at the end, and never over the work of somebody else: see [`Existing`].
///
/// # Errors
/// Where the folder cannot be read, the table or the journal cannot be written, or a table that somebody has written into is
/// in the way. What is wrong with a photo is a finding.
pub fn label(options: &LabelOptions, reader: &dyn InvoiceReader, progress: &dyn Progress) -> Result<Labelled> {
    let read = ReadOptions { scope: Scope::Fields, concurrency: options.concurrency };
    read.check()?;
    let (scan, _) = scan_photos(options)?;
    let journal = Journal::open(&journal_file(&options.output_file)?)?;
    let photos: Vec<_> = scan.photos.iter().collect();
    let version = reader.version();
    let seen = read_all(&photos, read, progress, |photo| read_one(photo, reader, &version, &journal))?;
    let recalled = seen.iter().filter(|seen| matches!(seen, Seen::Recalled(_))).count();

    let mut report = Report::new(options.levels.clone());
    let (mut read_photos, mut readings) = (Vec::new(), Vec::new());
    for (photo, seen) in photos.iter().zip(seen) {
        match seen {
            Seen::Read(reading) | Seen::Recalled(reading) => {
                read_photos.push(*photo);
                readings.push(reading);
            }
            Seen::Failed(why) => report.push(rules::photo_not_read::found(&photo.path, &why)),
        }
    }
    let sheets = sheets_of(&readings);
    let votes = vote(&readings, &sheets);

    // Read again: a person may have written into the table while the photos were read.
    let kept = kept_table(options)?;
    let has_row = kept.as_ref().map(|kept| kept.photos(&scan)).unwrap_or_default();
    let (mut rows, mut confirmed, mut labelled_sheets) = (Vec::new(), 0, HashSet::new());
    for (((photo, reading), sheet), vote) in read_photos.iter().zip(&readings).zip(&sheets).zip(&votes) {
        if has_row.contains(&photo.name) {
            continue;
        }
        let Some(vote) = vote else {
            report.push(rules::seller_not_read::found(photo.path.as_path(), "it has no row"));
            continue;
        };
        if let Some(own) = &vote.outvoted {
            report.push(rules::reading_outvoted::found(&photo.path, own, &vote.seller));
        }
        confirmed += usize::from(vote.is_confirmed());
        labelled_sheets.extend(sheet.as_deref());
        rows.push(row(&photo.name, vote, sheet.as_deref(), &reading.invoice, &version));
    }
    report.sort();
    write_table(kept.as_ref(), &COLUMNS, &rows, &options.output_file, &journal)?;
    Ok(Labelled {
        file: options.output_file.clone(),
        photos: photos.len(),
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

/// What came of a photo.
enum Seen {
    Read(PhotoReading),
    Recalled(PhotoReading),
    Failed(String),
}

/// Reads a photo, unless the journal has its reading. Only a journal that cannot be written is an error.
fn read_one(photo: &Photo, reader: &dyn InvoiceReader, version: &str, journal: &Journal) -> Result<Seen> {
    if let Err(fault) = &photo.header {
        return Ok(Seen::Failed(format!("{fault}; {}", fault.hint().trim_end_matches('.'))));
    }
    let sha256 = match images::hash_file(&photo.path) {
        Ok(sha256) => sha256,
        Err(error) => return Ok(Seen::Failed(error.with_causes())),
    };
    if let Some(reading) = journal.recall(sha256, version) {
        return Ok(Seen::Recalled(reading));
    }
    let reading: PhotoReading = match reader.read(&photo.path, Scope::Fields) {
        Ok(reading) => reading.into(),
        Err(error) => return Ok(Seen::Failed(error.with_causes())),
    };
    journal.add_reading(sha256, version, &reading)?;
    Ok(Seen::Read(reading))
}

#[cfg(test)]
mod tests;

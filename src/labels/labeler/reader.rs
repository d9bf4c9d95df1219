//! Labels by the reader on this machine.

use super::conclude::{ReadPhoto, conclude};
use super::journal::Journal;
use super::{LabelOptions, Labelled, header_of, journal_file, scan_photos};
use crate::error::Result;
use crate::images::{self, Digest, Photo};
use crate::invoice::{InvoiceReader, Scope};
use crate::progress::Progress;
use crate::readings::{PhotoReading, ReadOptions, read_all};

/// Labels the photos of a folder with the seller that stands on each.
///
/// A photo that cannot be read, and one without a seller, has no row and a finding. Every reading goes into a journal beside
/// the table as soon as it is there, by the photo's bytes and the reader's version: a run that was stopped goes on. The
/// table is written in one step at the end, and never over the work of somebody else: see [`Existing`](super::Existing).
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
    let recalled = seen.iter().filter(|seen| seen.is_recalled).count();
    let read_photos = photos.iter().zip(seen).map(|(photo, seen)| ReadPhoto {
        name: photo.name.clone(),
        path: photo.path.clone(),
        reading: seen.reading,
    });
    conclude(options, &scan, read_photos.collect(), recalled, &version, &journal)
}

/// What came of a photo.
#[derive(Debug)]
pub(super) struct Seen {
    /// Of the file, where it could be read that far.
    pub(super) sha256: Option<Digest>,
    /// Or why it could not be read.
    pub(super) reading: Result<PhotoReading, String>,
    /// Whether an earlier run had read it.
    pub(super) is_recalled: bool,
}

/// Reads a photo, unless the journal has its reading. Only a journal that cannot be written is an error.
pub(super) fn read_one(photo: &Photo, reader: &dyn InvoiceReader, version: &str, journal: &Journal) -> Result<Seen> {
    let failed = |sha256, why| Ok(Seen { sha256, reading: Err(why), is_recalled: false });
    if let Err(why) = header_of(photo) {
        return failed(None, why);
    }
    let sha256 = match images::hash_file(&photo.path) {
        Ok(sha256) => sha256,
        Err(error) => return failed(None, error.of_one_file()?),
    };
    if let Some(reading) = journal.recall(sha256, version) {
        return Ok(Seen { sha256: Some(sha256), reading: Ok(reading), is_recalled: true });
    }
    let reading: PhotoReading = match reader.read(&photo.path, Scope::Fields) {
        Ok(reading) => reading.into(),
        Err(error) => return failed(Some(sha256), error.of_one_file()?),
    };
    journal.add_reading(sha256, version, &reading)?;
    Ok(Seen { sha256: Some(sha256), reading: Ok(reading), is_recalled: false })
}

#[cfg(test)]
mod tests;

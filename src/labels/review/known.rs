//! What the reader has seen of the photos before: nothing is read for this.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::findings::Severity;
use crate::images::{Digest, Photo, Scan, hash_pixels};
use crate::invoice::{InvoiceReader, Reading, Scope, extract};
use crate::labels::audit::crop::reach;
use crate::labels::audit::{AuditOptions, Audited, audit};
use crate::labels::rules::PHOTO_NOT_READ;
use crate::progress::Silent;
use crate::reader::PageCache;
use crate::readings::{PhotoReading, ReadOptions, read_all, sheets_of, vote};
use crate::wording::visible;

/// What is known of the photos, by their places in the scan.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) photos: HashMap<usize, KnownPhoto>,
}

/// What is known of a photo.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct KnownPhoto {
    /// The seller that its reading and those of its sheet and id speak for.
    pub(super) seller: Option<String>,
    /// Why.
    pub(super) evidence: Option<String>,
    pub(super) block: Option<Block>,
    /// What an audit found about the seller that the table had.
    pub(super) audited: Option<(String, Vec<Found>)>,
}

/// Where the seller's block stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Block {
    /// By how much the photo, upright by EXIF, is turned to be read: degrees, clockwise.
    pub(super) turn: u32,
    /// Left, top, right, bottom: parts of the turned photo, 0 to 1.
    pub(super) area: [f32; 4],
}

/// A finding about a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Found {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) text: String,
}

impl Known {
    /// Looks up all photos of a scan among the pages that were kept, and audits the table with what is there.
    pub(super) fn look_up(scan: &Scan, table: &Path, pages: &PageCache) -> Result<Self> {
        let reader = KeptPages { pages: pages.clone(), digests: Mutex::default() };
        let photos: Vec<&Photo> = scan.photos.iter().collect();
        let seen = read_all(&photos, ReadOptions::default(), &Silent, |photo| {
            let reading = photo.header.is_ok().then(|| reader.read(&photo.path, Scope::Fields).ok()).flatten();
            Ok(reading.map(|reading| (block(&reading), PhotoReading::from(reading))))
        })?;
        let at: Vec<usize> = (0..seen.len()).filter(|at| seen[*at].is_some()).collect();
        let (blocks, readings): (Vec<_>, Vec<_>) = seen.into_iter().flatten().unzip();
        let sheets = sheets_of(&readings);
        let mut known = Self::default();
        for ((at, block), vote) in at.into_iter().zip(blocks).zip(vote(&readings, &sheets)) {
            let evidence = vote.as_ref().map(|vote| visible(&vote.evidence()));
            let seller = vote.map(|vote| vote.seller);
            known.photos.insert(at, KnownPhoto { seller, evidence, block, audited: None });
        }
        let options =
            AuditOptions { labels: table.to_path_buf(), input_dir: scan.folder.clone(), ..AuditOptions::default() };
        // A table that cannot be read is for the desk to speak of.
        if let Ok(audited) = audit(&options, &reader, &Silent) {
            known.take_audit(scan, &audited);
        }
        Ok(known)
    }

    fn take_audit(&mut self, scan: &Scan, audited: &Audited) {
        let mut of_line: HashMap<u64, Vec<Found>> = HashMap::new();
        for finding in audited.report.findings() {
            let is_of_row = finding.place.file.as_ref() == Some(&audited.file) && finding.rule != &PHOTO_NOT_READ;
            if let (true, Some(line), true) = (is_of_row, finding.place.line, finding.severity > Severity::Note) {
                let text = visible(&finding.message);
                of_line.entry(line).or_default().push(Found {
                    code: finding.rule.code,
                    severity: finding.severity,
                    text,
                });
            }
        }
        let place_of: HashMap<&PathBuf, usize> =
            scan.photos.iter().enumerate().map(|(at, photo)| (&photo.path, at)).collect();
        for label in &audited.labels {
            if let (Some(at), Some(found)) = (place_of.get(&label.photo), of_line.remove(&label.row.line)) {
                self.photos.entry(*at).or_default().audited = Some((label.row.seller.clone(), found));
            }
        }
    }
}

fn block(reading: &Reading) -> Option<Block> {
    let page = &reading.page;
    let [left, top, right, bottom] = reach(&reading.invoice.seller.as_ref()?.quad);
    let (width, height) = (page.width_px.max(1) as f32, page.height_px.max(1) as f32);
    let area = [left / width, top / height, right / width, bottom / height].map(|part| part.clamp(0.0, 1.0));
    (area[0] < area[2] && area[1] < area[3]).then_some(Block { turn: page.turn.degrees(), area })
}

/// A reader that knows what was read before and reads nothing.
#[derive(Debug)]
struct KeptPages {
    pages: PageCache,
    /// Of photos that were looked at already.
    digests: Mutex<HashMap<PathBuf, Digest>>,
}

impl KeptPages {
    fn digest(&self, photo: &Path) -> Result<Digest> {
        let lock = || self.digests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(digest) = lock().get(photo) {
            return Ok(*digest);
        }
        let digest = hash_pixels(photo)?;
        lock().insert(photo.to_path_buf(), digest);
        Ok(digest)
    }
}

impl InvoiceReader for KeptPages {
    fn version(&self) -> String {
        "kept pages".to_owned()
    }

    /// The page that has most of the photo.
    fn read(&self, photo: &Path, _scope: Scope) -> Result<Reading> {
        let pixels_sha256 = self.digest(photo)?;
        let scopes = [Scope::Page, Scope::Fields, Scope::Seller];
        let page = scopes.into_iter().find_map(|scope| self.pages.get(&pixels_sha256, &scope.to_string()));
        let page = page.ok_or_else(|| Error::input(photo, "nobody has read this photo yet", ""))?;
        Ok(Reading { pixels_sha256, invoice: extract(&page), page })
    }
}

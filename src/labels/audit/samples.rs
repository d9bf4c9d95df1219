//! Audits for tests: a fake reader that knows photos by their names, and a folder of tiny photos.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::error::Error;
use crate::images::samples;
use crate::progress::Silent;
use crate::reader::{Page, TextLine};

/// A reader that answers from a table. The weakest character of a line is as sure as it says here.
#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) known: BTreeMap<String, PhotoReading>,
    pub(super) weakest: f32,
}

impl InvoiceReader for Fake {
    fn version(&self) -> String {
        "fake".to_owned()
    }

    /// The lines are the fields, one each, and a line that every form has.
    fn read(&self, photo: &Path, _: Scope) -> Result<Reading> {
        let name = photo.file_name().unwrap().to_str().unwrap();
        let known = self.known.get(name).ok_or_else(|| Error::input(photo, "it went dark", ""))?;
        let invoice = known.invoice.clone();
        let names = [&invoice.seller, &invoice.buyer].into_iter().flatten().map(|field| field.value.clone());
        let line = |text: String| TextLine { text, confidence: 1.0, weakest: self.weakest, quad: Quad::default() };
        let lines = names.chain(["开户行及账号：某某银行股份有限公司".to_owned()]).map(line).collect();
        let page = Page { width_px: 100, height_px: 80, turn: QuarterTurn::None, lines };
        Ok(Reading { pixels_sha256: known.pixels_sha256, page, invoice })
    }
}

/// A folder with these labels and readings; photos are tiny pictures of the names that the readings have.
pub(super) struct Folder {
    folder: tempfile::TempDir,
    pub(super) reader: Fake,
}

impl Folder {
    pub(super) fn of(table: &str, readings: impl IntoIterator<Item = (&'static str, PhotoReading)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("labels.csv"), table).unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        let known = readings.into_iter().map(|(name, reading)| (name.to_owned(), reading)).collect();
        let reader = Fake { known, weakest: 0.7 };
        for name in reader.known.keys() {
            std::fs::write(folder.path().join("photos").join(name), samples::jpeg(&samples::picture(100, 80))).unwrap();
        }
        Self { folder, reader }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn audit(&self) -> Audited {
        let (labels, input_dir) = (self.path("labels.csv"), self.path("photos"));
        audit(&AuditOptions { labels, input_dir, ..AuditOptions::default() }, &self.reader, &Silent).unwrap()
    }
}

/// A label that nothing is known about.
pub(super) fn label(block: Option<Block>) -> AuditedLabel {
    let row = LabelRow { image: "1.jpg".to_owned(), seller: "甲公司".to_owned(), sheet: None, line: 2 };
    AuditedLabel {
        row,
        photo: PathBuf::new(),
        verdict: Verdict::Unreadable,
        vote: None,
        sheet: None,
        block,
        codes: Vec::new(),
    }
}

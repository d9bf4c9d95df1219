//! A reader for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};
use crate::invoice::{InvoiceReader, Reading, Scope};
use crate::reader::Page;
use crate::readings::PhotoReading;

/// A reader that knows photos by their names and counts what it is asked.
#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) known: BTreeMap<String, PhotoReading>,
    pub(super) version: &'static str,
    pub(super) asked: AtomicUsize,
    /// After so many photos it panics, as a process that is killed stops.
    pub(super) ends_after: Option<usize>,
}

impl InvoiceReader for Fake {
    fn version(&self) -> String {
        format!("fake {}", self.version)
    }

    fn read(&self, photo: &Path, _: Scope) -> Result<Reading> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        assert!(self.ends_after.is_none_or(|end| asked < end), "killed");
        let name = photo.file_name().unwrap().to_str().unwrap();
        let Some(known) = self.known.get(name) else { return Err(Error::input(photo, "it went dark", "")) };
        let PhotoReading { pixels_sha256, invoice } = known.clone();
        Ok(Reading { pixels_sha256, page: Page::default(), invoice })
    }
}

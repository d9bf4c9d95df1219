//! The eyes of the stand-in's models: photos as bytes, read into pages.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{IoContext as _, Result};
use crate::invoice::{InvoiceReader, PhotoReader, Scope};
use crate::reader::{Models, Page, PageCache, TextReader, Threads};

/// Who reads the photos that the stand-in's models are asked about.
#[derive(Clone)]
pub enum ReaderSource {
    /// The networks, opened when the first photo has to be read.
    Models {
        /// The folder of their files, where it is named.
        folder: Option<PathBuf>,
        /// Where they are looked for else.
        roots: Vec<PathBuf>,
    },
    /// This reader.
    Given(Arc<dyn InvoiceReader>),
}

impl Default for ReaderSource {
    fn default() -> Self {
        Self::Models { folder: None, roots: vec![PathBuf::new()] }
    }
}

impl fmt::Debug for ReaderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Models { folder, .. } => f.debug_struct("Models").field("folder", folder).finish_non_exhaustive(),
            Self::Given(reader) => f.debug_tuple("Given").field(&reader.version()).finish(),
        }
    }
}

/// Reads photos, and remembers what it read.
#[derive(Debug)]
pub(super) struct Photos {
    source: ReaderSource,
    /// The folder of pages and of photos on their way to the reader.
    state_dir: PathBuf,
    reader: Mutex<Option<Arc<dyn InvoiceReader>>>,
}

impl Photos {
    /// A reader of photos that keeps its pages below `state_dir`.
    pub(super) fn new(source: ReaderSource, state_dir: PathBuf) -> Self {
        Self { source, state_dir, reader: Mutex::new(None) }
    }

    /// The lines of a photo.
    ///
    /// # Errors
    /// Where the reader's models are missing, or the photo cannot be decoded.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Page> {
        let reader = self.reader()?;
        let file = tempfile::NamedTempFile::new().at("write", "a photo to be read")?;
        std::fs::write(file.path(), bytes).at("write", file.path())?;
        Ok(reader.read(file.path(), Scope::Fields)?.page)
    }

    fn reader(&self) -> Result<Arc<dyn InvoiceReader>> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &*reader {
            return Ok(reader.clone());
        }
        let opened: Arc<dyn InvoiceReader> = match &self.source {
            ReaderSource::Given(reader) => reader.clone(),
            ReaderSource::Models { folder, roots } => {
                let text = TextReader::open(&Models::find(folder.as_deref(), roots)?, Threads::One)?;
                let cache = PageCache::new(&self.state_dir.join("pages"), &text.version());
                Arc::new(PhotoReader::new(text, Some(cache)))
            }
        };
        *reader = Some(opened.clone());
        Ok(opened)
    }
}

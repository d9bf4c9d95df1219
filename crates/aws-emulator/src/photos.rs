//! The eyes of the stand-in's models: photos as bytes, read into pages.

use std::fmt;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use foundation::error::{Error, IoContext as _, Place, Result};
use invoice_ocr::images::hash_bytes;
use invoice_ocr::invoice::{InvoiceReader, PhotoReader, Scope};
use invoice_ocr::reader::{Models, Page, PageCache, TextReader, Threads};

/// Most photos that are read at the same time: each takes the memory of its bytes and of the reader's work on it.
const MOST_AT_ONCE: usize = 8;
/// The extent under which a page is kept beside the digest of the photo's bytes.
const OF_BYTES: &str = "file";

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

/// A reader that is open.
#[derive(Debug)]
enum Eyes {
    Networks {
        reader: PhotoReader,
        /// Pages by the digest of the photo's bytes: a photo that was read before need not even be decoded.
        known: PageCache,
    },
    Given(Arc<dyn InvoiceReader>),
}

impl Eyes {
    fn of_networks(text: TextReader, state_dir: &Path) -> Self {
        let known = PageCache::new(&state_dir.join("pages"), &text.version());
        Self::Networks { reader: PhotoReader::new(text, Some(known.clone())), known }
    }
}

/// Reads photos, and remembers what it read. Several threads may ask at once.
#[derive(Debug)]
pub(super) struct Photos {
    source: ReaderSource,
    /// The folder of pages.
    state_dir: PathBuf,
    eyes: Mutex<Option<Arc<Eyes>>>,
    /// How far [`Photos::read_all`] is.
    progress: Mutex<Option<PhotosRead>>,
}

/// How many of a job's photos the stand-in has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotosRead {
    /// Those that are read.
    pub read: usize,
    /// All of the job.
    pub all: usize,
}

impl Photos {
    /// A reader of photos that keeps its pages below `state_dir`.
    pub(super) fn new(source: ReaderSource, state_dir: PathBuf) -> Self {
        Self { source, state_dir, eyes: Mutex::new(None), progress: Mutex::new(None) }
    }

    /// Opens the reader, so that what is missing for reading is told before the first photo is fetched.
    ///
    /// # Errors
    /// Where the reader's models are missing or damaged, with the command that fetches them.
    pub(super) fn open(&self) -> Result<()> {
        self.eyes().map(|_| ())
    }

    /// How far the photos of the job under way are read; `None` where none are being read.
    pub(super) fn progress(&self) -> Option<PhotosRead> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines of a photo. `name` is what errors call it: its URI.
    ///
    /// # Errors
    /// Where the reader's models are missing, or the photo cannot be decoded.
    pub(super) fn read(&self, name: &str, bytes: &[u8]) -> Result<Page> {
        match &*self.eyes()? {
            Eyes::Networks { reader, known } => {
                let digest = hash_bytes(bytes);
                if let Some(page) = known.get(&digest, OF_BYTES) {
                    return Ok(page);
                }
                let page = reader.read_bytes(Path::new(name), bytes, Scope::Fields)?.page;
                known.put(&digest, OF_BYTES, &page);
                Ok(page)
            }
            Eyes::Given(reader) => read_by_file(&**reader, name, bytes),
        }
    }

    /// The pages of many photos, in their order. `load` fetches the bytes of one by its URI; as many are in memory as are
    /// read at the same time, one a core. `None` where `should_stop` said so; it is asked before each photo.
    ///
    /// # Errors
    /// The first that a photo gave, by the order of the photos: that of `load`, or of [`Photos::read`]. What is not begun
    /// by then is left.
    pub(super) fn read_all<E: From<Error> + Send>(
        &self,
        uris: &[&str],
        load: &(dyn Fn(&str) -> Result<Vec<u8>, E> + Sync),
        should_stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Page>>, E> {
        self.open()?;
        let (next, ended, stopped) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
        let read_one = |uri: &str| -> Result<Page, E> {
            let page = self.read(uri, &load(uri)?)?;
            if let Some(progress) = &mut *self.progress.lock().unwrap_or_else(PoisonError::into_inner) {
                progress.read += 1;
            }
            Ok(page)
        };
        let work = || {
            let mut own = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(uri) = uris.get(at) else { break };
                if should_stop() {
                    stopped.store(true, Ordering::Relaxed);
                    ended.store(true, Ordering::Relaxed);
                    break;
                }
                let page = read_one(uri);
                ended.fetch_or(page.is_err(), Ordering::Relaxed);
                own.push((at, page));
            }
            own
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let workers = cores.min(MOST_AT_ONCE).min(uris.len());
        let set = |progress| *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
        set(Some(PhotosRead { read: 0, all: uris.len() }));
        let mut pages: Vec<(usize, Result<Page, E>)> = thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        set(None);
        if stopped.into_inner() {
            return Ok(None);
        }
        pages.sort_by_key(|(at, _)| *at);
        pages.into_iter().map(|(_, page)| page).collect::<Result<Vec<_>, E>>().map(Some)
    }

    fn eyes(&self) -> Result<Arc<Eyes>> {
        let mut eyes = self.eyes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(eyes) = &*eyes {
            return Ok(eyes.clone());
        }
        let opened = Arc::new(match &self.source {
            ReaderSource::Given(reader) => Eyes::Given(reader.clone()),
            ReaderSource::Models { folder, roots } => {
                let text = TextReader::open(&Models::find(folder.as_deref(), roots)?, Threads::One)?;
                Eyes::of_networks(text, &self.state_dir)
            }
        });
        *eyes = Some(opened.clone());
        Ok(opened)
    }
}

/// Reads with a reader that takes files only. What it says of the file, it says of the photo.
fn read_by_file(reader: &dyn InvoiceReader, name: &str, bytes: &[u8]) -> Result<Page> {
    let file = tempfile::NamedTempFile::new().at("write", "a photo to be read")?;
    std::fs::write(file.path(), bytes).at("write", file.path())?;
    match reader.read(file.path(), Scope::Fields) {
        Ok(reading) => Ok(reading.page),
        Err(Error::Input { place, what, hint }) if place == Place::file(file.path()) => {
            Err(Error::input(Path::new(name), what, hint))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;

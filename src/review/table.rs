//! The label table as it is on disk, beside the photos.

use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::history::{Pending, Sellers};
use crate::atomic::{self, AtomicFile};
use crate::error::{Error, IoContext, Result};
use crate::images::{Digest, Scan, hash_bytes};
use crate::labels::{Edit, FileRow, LabelFile, PhotoNames};
use crate::source_access;
use crate::wording::without_unseen;

/// Begins the name of a column that says what one labeler says.
const BY: &str = "by:";
/// Ends the name of the file that keeps what a table was before the first decision.
const BEFORE: &str = ".before-review";
/// A table that another program writes again and again is left alone after so many attempts.
const ATTEMPTS: usize = 5;

/// The table: what is on disk, and which rows are of which photo.
#[derive(Debug)]
pub(super) struct Table {
    /// Written.
    path: PathBuf,
    /// Read where that is not there yet.
    source: PathBuf,
    names: PhotoNames,
    bytes: Vec<u8>,
    file: LabelFile,
    labelers: Vec<(usize, String)>,
    rows_of: HashMap<usize, Vec<usize>>,
    /// Rows whose photo is not there, or could be several.
    pub(super) without_photo: usize,
}

impl Table {
    /// Reads the table that is to be written; where it is not there, the one that it begins as.
    pub(super) fn open(path: PathBuf, source: PathBuf, scan: &Scan) -> Result<Self> {
        let names = PhotoNames::new(&scan.photos);
        let bytes = read(&path, &source)?;
        let file = LabelFile::parse(&source, &bytes)?;
        let (labelers, rows_of, without_photo) = (Vec::new(), HashMap::new(), 0);
        let mut table = Self { path, source, names, bytes, file, labelers, rows_of, without_photo };
        table.arrange();
        Ok(table)
    }

    /// The file that is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the disk again; whether anything has changed there.
    ///
    /// # Errors
    /// Where there is no table any more. What was read before stays.
    pub(super) fn refresh(&mut self) -> Result<bool> {
        let bytes = read(&self.path, &self.source)?;
        if bytes == self.bytes {
            return Ok(false);
        }
        self.file = LabelFile::parse(&self.path, &bytes)?;
        self.bytes = bytes;
        self.arrange();
        Ok(true)
    }

    fn arrange(&mut self) {
        let columns = self.file.columns();
        let labeler = |(at, name): (usize, &String)| Some((at, name.strip_prefix(BY)?.trim().to_owned()));
        self.labelers = columns.iter().enumerate().filter_map(labeler).collect();
        (self.rows_of, self.without_photo) = (HashMap::new(), 0);
        for (at, row) in self.file.rows().iter().enumerate() {
            match self.names.find(&row.image) {
                Some(photo) => self.rows_of.entry(photo).or_default().push(at),
                None => self.without_photo += 1,
            }
        }
    }

    /// The rows of a photo, in the order of the table.
    pub(super) fn rows(&self, photo: usize) -> impl Iterator<Item = &FileRow> {
        self.rows_of.get(&photo).into_iter().flatten().filter_map(|at| self.file.rows().get(*at))
    }

    /// Whether a row that is added for a photo would be found as its own.
    pub(super) fn can_name(&self, photo: usize, image: &str) -> bool {
        self.names.can_be_named(photo, image)
    }

    /// What the rows of a photo say.
    pub(super) fn sellers(&self, photo: usize) -> Sellers {
        self.rows(photo).map(|row| clean(&row.seller)).collect()
    }

    /// What each labeler says of a photo, where the table has a column for it; several names are lines of the cell.
    pub(super) fn labelers(&self, photo: usize) -> Vec<(String, String)> {
        let said = |row: &FileRow| {
            let names = |at: usize| row.fields.get(at).map_or("", String::as_str).lines().map(clean);
            let said =
                |(at, labeler): &(usize, String)| names(*at).map(|name| (labeler.clone(), name)).collect::<Vec<_>>();
            self.labelers.iter().flat_map(said).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = self.rows(photo).flat_map(said).collect();
        let mut seen = std::collections::HashSet::new();
        all.retain(|pair| !pair.1.is_empty() && seen.insert(pair.clone()));
        all
    }

    /// The cell of a column in a photo's first row, where there is one that is not empty.
    pub(super) fn cell(&self, photo: usize, column: &str) -> Option<String> {
        let at = self.file.columns().iter().position(|name| name.eq_ignore_ascii_case(column))?;
        let cell = clean(self.rows(photo).next()?.fields.get(at)?);
        (!cell.is_empty()).then_some(cell)
    }

    /// Writes what is pending into the table as it is on disk now, and returns the digest of its bytes. The first time, what was
    /// there before is kept beside it. Rows that say something else than was known are somebody else's, and stay.
    ///
    /// # Errors
    /// Where the table cannot be read or written; nothing has changed then.
    pub(super) fn write(&mut self, pending: &BTreeMap<String, Pending>, scan: &Scan) -> Result<Digest> {
        for _ in 0..ATTEMPTS {
            self.refresh()?;
            let mut edits = Vec::new();
            for (image, pending) in pending {
                let place = scan.photos.binary_search_by(|photo| photo.name.as_str().cmp(image)).ok();
                if let Some(photo) = place {
                    self.plan(photo, image, pending, &mut edits);
                }
            }
            if !edits.is_empty() && !self.replace(&edits)? {
                continue;
            }
            return Ok(hash_bytes(&self.bytes));
        }
        let what = "another program keeps writing into this table";
        Err(Error::input(
            self.path.as_path(),
            what,
            "your decisions are in the journal; they are written with the next one.",
        ))
    }

    /// What is to be done with the rows of a photo: nothing where they are as wanted, or somebody else has changed them.
    fn plan<'a>(&self, photo: usize, image: &'a str, pending: &'a Pending, edits: &mut Vec<Edit<'a>>) {
        let now = self.sellers(photo);
        if now == pending.target || !pending.known.contains(&now) {
            return;
        }
        let rows = self.rows_of.get(&photo).map_or(&[][..], Vec::as_slice);
        match (rows, &pending.target[..]) {
            ([], [seller]) => edits.push(Edit::Add { image, seller }),
            // A row that somebody has filled in is no longer only ours.
            ([row], []) if self.rows(photo).all(|row| self.file.is_bare(row)) => edits.push(Edit::Remove { row: *row }),
            (rows, target) if rows.len() == target.len() => {
                let changed = rows.iter().zip(target).zip(&now).filter(|((_, target), now)| target != now);
                edits.extend(changed.map(|((row, seller), _)| Edit::Seller { row: *row, seller }));
            }
            _ => {}
        }
    }

    /// Writes the file anew; `false` where it has changed in the meantime.
    fn replace(&mut self, edits: &[Edit<'_>]) -> Result<bool> {
        let bytes = self.file.with(edits)?;
        if self.path == self.source {
            self.keep_former()?;
        }
        if read(&self.path, &self.source)? != self.bytes {
            return Ok(false);
        }
        atomic::write(&self.path, &bytes)?;
        self.file = LabelFile::parse(&self.path, &bytes)?;
        self.bytes = bytes;
        self.arrange();
        Ok(true)
    }

    /// Keeps the bytes of before the first decision, once and for all.
    fn keep_former(&self) -> Result<()> {
        let path = with_ending(&self.path, BEFORE);
        if path.exists() {
            return Ok(());
        }
        let mut file = AtomicFile::create(&path)?;
        file.write_all(&self.bytes).at("write", &path)?;
        // One that another process has put there is as good.
        file.commit_new()?;
        Ok(())
    }
}

/// The path with more at the end of its name.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A name as it is shown and compared: without spaces around it and without characters that nobody sees.
pub(super) fn clean(text: &str) -> String {
    without_unseen(text).trim().to_owned()
}

fn read(path: &Path, source: &Path) -> Result<Vec<u8>> {
    source_access::note(source);
    source_access::note(path);
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && path != source => std::fs::read(source).at("read", source),
        other => other.at("read", path),
    }
}

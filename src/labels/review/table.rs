//! The label table as it is on disk, beside the photos.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::history::{Pending, Sellers};
use super::late::{LateRows, Look, Versions};
use crate::atomic::AtomicFile;
use crate::error::{Error, IoContext, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::images::{Digest, Scan, hash_bytes};
use crate::labels::replace::{Replaced, read_if_there, replace};
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
    /// Versions of the table that were replaced.
    pub(super) versions: Versions,
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
        let versions = Versions::default();
        let mut table = Self { path, source, names, bytes, file, labelers, rows_of, versions, without_photo };
        table.arrange();
        Ok(table)
    }

    /// The file that is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Digest of the bytes of the table.
    pub(super) fn sha256(&self) -> Digest {
        hash_bytes(&self.bytes)
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

    /// Writes what is pending into the table as it is on disk now, and returns the digest of its bytes. Rows that another
    /// program appended to a replaced version are appended. The first time, what was there before is kept beside it. Rows that
    /// say something else than was known are somebody else's, and stay.
    ///
    /// # Errors
    /// Where the table cannot be read or written; nothing has changed then.
    pub(super) fn write(&mut self, pending: &BTreeMap<String, Pending>, scan: &Scan, look: Look) -> Result<Digest> {
        let mut is_written = false;
        for _ in 0..ATTEMPTS {
            self.refresh()?;
            let late = self.versions.late_rows(&self.path, look)?;
            let mut edits: Vec<_> = late.iter().map(|late| Edit::Rows { text: &late.text }).collect();
            for (image, pending) in pending {
                let place = scan.photos.binary_search_by(|photo| photo.name.as_str().cmp(image)).ok();
                if let Some(photo) = place {
                    self.plan(photo, image, pending, &mut edits);
                }
            }
            if edits.is_empty() {
                return Ok(self.sha256());
            }
            // Once more after it: a program that had opened the table while it was replaced has often written by now.
            is_written = self.replace(&edits, &late)?;
        }
        if is_written && look == Look::Again {
            return Ok(self.sha256());
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

    /// Replaces the file; `false` where it has changed in the meantime.
    fn replace(&mut self, edits: &[Edit<'_>], late: &[LateRows]) -> Result<bool> {
        let bytes = self.file.with(edits)?;
        let file = match LabelFile::parse(&self.path, &bytes) {
            Ok(file) => file,
            Err(_) if !late.is_empty() => {
                self.versions.set_aside(late, &self.path)?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if self.path == self.source {
            self.keep_former()?;
        }
        // The copy of a table begins with the bytes of the table.
        let there = read_if_there(&self.path)?;
        let expected = if there.is_none() && self.path != self.source { None } else { Some(&self.bytes[..]) };
        let Replaced::Done(former) = replace(&self.path, expected, &bytes)? else { return Ok(false) };
        self.versions.settle(late);
        if let Some(former) = former {
            self.versions.push(former, &self.file);
        }
        self.file = file;
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

/// A name as it is shown and compared: without spaces around it and without invisible characters.
pub(super) fn clean(text: &str) -> String {
    without_unseen(text).trim().to_owned()
}

fn read(path: &Path, source: &Path) -> Result<Vec<u8>> {
    source_access::note(source);
    source_access::note(path);
    match read_if_there(path)? {
        Some(bytes) => Ok(bytes),
        None => files::read(source, MAX_DOCUMENT_BYTES).at("read", source),
    }
}

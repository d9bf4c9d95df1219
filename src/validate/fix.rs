//! Repairs: the same rules again, record by record, and their edits applied until nothing changes.

use std::path::{Path, PathBuf};

use super::Model;
use super::pass::check_line;
use super::photos::{PhotoIndex, known_beside};
use super::repair::Piece;
use super::repaired_copy::RepairedCopy;
use super::rules::Context;
use crate::dataset::jsonl::{Batch, Layout, Line, Reader};
use crate::error::{Error, IoContext, Place, Result};
use crate::findings::{Edit, Finding, FixKind, Levels};
use crate::same_file::is_same_file;

/// Whether repairs that may change a record's meaning are made too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnsafeFixes {
    /// Only safe ones.
    #[default]
    Leave,
    /// All.
    Apply,
}

/// What [`fix`] needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixOptions {
    /// The file to repair; it is never changed.
    pub file: PathBuf,
    /// The repaired copy; nothing else may be there.
    pub out: PathBuf,
    /// The model that the records are for.
    pub model: Model,
    /// Where the photos are, as in [`super::ValidateOptions`].
    pub input_dir: Option<PathBuf>,
    /// Findings that are not reported are not repaired either.
    pub levels: Levels,
    /// Whether unsafe repairs are made.
    pub unsafe_fixes: UnsafeFixes,
}

/// What [`fix`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The repaired copy.
    pub out: PathBuf,
    /// Records and lines that differ from the original or were left out.
    pub changed: usize,
    /// Repairs made.
    pub fixes: usize,
}

/// Rounds of edits on one record; a repair may make another possible.
const MAX_ROUNDS: usize = 16;

/// Writes a copy of a JSONL file with every finding repaired that can be, and beside it, as `OUT.diff`, what differs.
///
/// What has no repair keeps its bytes, its line break included. A copy that is there already may be made again; another
/// file in its place is never overwritten.
///
/// # Errors
/// Where the file cannot be read, the copy cannot be written, or its name is taken.
pub fn fix(options: &FixOptions) -> Result<Fixed> {
    if is_same_file(&options.file, &options.out) {
        let what = format!("{} is the file to repair", options.out.display());
        return Err(refused(what, "name another file: the original is never changed."));
    }
    if options.out.is_dir() {
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory)).at("write", &options.out);
    }
    let photos = PhotoIndex::beside(&options.file, options.input_dir.as_deref())?;
    let known = known_beside(&options.file);
    let context = Context { model: options.model, photos: &photos, known: &known };
    let mut reader = Reader::open(&options.file)?;
    let mut out = RepairedCopy::create(&options.file, &options.out)?;
    let mut fixed = Fixed { out: options.out.clone(), changed: 0, fixes: 0 };
    let mut batch = Batch::default();
    loop {
        batch = reader.next_batch(batch)?;
        if batch.is_empty() {
            break;
        }
        for line in batch.lines() {
            if line.layout == Layout::TooLong {
                return Err(Error::input(
                    Place::line(&options.file, line.number),
                    "this line is too long to be copied",
                    "remove it, or make the file again with `nova-ft prepare`.",
                ));
            }
            let (repaired, fixes) = repair(&options.file, &line, context, options)?;
            fixed.fixes += fixes;
            out.push(line.raw, &repaired)?;
        }
    }
    fixed.changed = out.commit()?;
    Ok(fixed)
}

pub(super) fn refused(what: String, hint: &str) -> Error {
    Error::Setting { origin: "fix".to_owned(), what, hint: hint.to_owned() }
}

/// The bytes of a line after repair, none where it is left out, and how many repairs were made.
fn repair(file: &Path, line: &Line<'_>, context: Context<'_>, options: &FixOptions) -> Result<(Vec<u8>, usize)> {
    let mut done = Vec::with_capacity(line.raw.len());
    let fixes = repair_piece(file, Piece::of(line), context, options, &mut done)?;
    Ok((done, fixes))
}

/// Appends the bytes of a piece after repair to `done` and returns how many repairs were made.
fn repair_piece(
    file: &Path,
    mut piece: Piece,
    context: Context<'_>,
    options: &FixOptions,
    done: &mut Vec<u8>,
) -> Result<usize> {
    let mut fixes = 0;
    let mut rest = None;
    for _ in 0..MAX_ROUNDS {
        let findings = check_line(file, &piece.line(), context)?.0;
        // An edit that changes nothing is no repair.
        let made = piece.apply_all(&wanted(&findings, options));
        fixes += made;
        if made == 0 || piece.is_dropped() {
            break;
        }
        rest = rest.or_else(|| piece.take_rest());
    }
    done.extend_from_slice(piece.raw());
    // Each record that was broken off is a line of its own.
    for (at, further) in rest.into_iter().flatten().enumerate() {
        fixes += usize::from(at > 0) + repair_piece(file, further, context, options, done)?;
    }
    Ok(fixes)
}

fn wanted<'a>(findings: &'a [Finding], options: &FixOptions) -> Vec<&'a Vec<Edit>> {
    let reported = findings.iter().filter(|finding| options.levels.apply(finding.rule, finding.severity).is_some());
    let fixes = reported.filter_map(|finding| finding.fix.as_ref());
    let applied = fixes.filter(|fix| match fix.kind {
        FixKind::Safe => true,
        FixKind::Unsafe => options.unsafe_fixes == UnsafeFixes::Apply,
        FixKind::None => false,
    });
    applied.map(|fix| &fix.edits).collect()
}

#[cfg(test)]
mod tests;

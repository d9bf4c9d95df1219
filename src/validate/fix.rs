//! Repairs: the same rules again, record by record, and their edits applied until nothing changes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pass::check_line;
use super::photos::PhotoIndex;
use super::rules::Context;
use crate::atomic::AtomicFile;
use crate::dataset::jsonl::{Line, LineContent, Reader};
use crate::error::{Error, IoContext, Result};
use crate::finding::{Edit, Finding, FixKind, Levels};

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
    /// The repaired copy.
    pub out: PathBuf,
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
    /// Records and lines that differ from the original.
    pub changed: usize,
    /// Repairs made.
    pub fixes: usize,
}

/// Rounds of edits on one record; a repair may make another possible.
const MAX_ROUNDS: usize = 5;

/// Writes a copy of a JSONL file with every finding repaired that can be.
///
/// Records without a repair keep their bytes.
///
/// # Errors
/// Where the file cannot be read, the copy cannot be written, or both are the same file.
pub fn fix(options: &FixOptions) -> Result<Fixed> {
    let same = |a: &Path, b: &Path| a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    if same(&options.file, &options.out) {
        return Err(Error::Setting {
            origin: "--fix".to_owned(),
            what: format!("{} is the file to repair", options.out.display()),
            hint: "name another file: the original is never changed.".to_owned(),
        });
    }
    let photos = PhotoIndex::beside(&options.file, options.input_dir.as_deref())?;
    let context = Context { photos: &photos };
    let mut reader = Reader::open(&options.file)?;
    let mut out = AtomicFile::create(&options.out)?;
    let mut fixed = Fixed { out: options.out.clone(), changed: 0, fixes: 0 };
    while let Some(line) = reader.next_line()? {
        if matches!(line.content, LineContent::TooLong) {
            return Err(Error::input(
                crate::error::Place::line(&options.file, line.number),
                "this line is too long to be copied",
                "remove it, or make the file again with `nova-ft prepare`.",
            ));
        }
        let (repaired, fixes) = repair(&options.file, line, context, options);
        fixed.fixes += fixes;
        fixed.changed += usize::from(fixes > 0);
        if let Some(bytes) = repaired {
            out.write_all(&bytes).and_then(|()| out.write_all(b"\n")).at("write", &options.out)?;
        }
    }
    out.commit()?;
    Ok(fixed)
}

/// The bytes of a line after repair, `None` where it is left out, and how many repairs were made.
fn repair(file: &Path, mut line: Line, context: Context<'_>, options: &FixOptions) -> (Option<Vec<u8>>, usize) {
    let mut fixes = 0;
    let mut changed = false;
    for _ in 0..MAX_ROUNDS {
        let findings = check_line(file, &line, context).0;
        let edits = wanted(&findings, options);
        if edits.is_empty() {
            break;
        }
        fixes += edits.len();
        for edit in edits.iter().flat_map(|edits| edits.iter()) {
            match (edit, &mut line.content) {
                (Edit::DropLine, _) => return (None, fixes),
                (Edit::Set { pointer, value }, LineContent::Json { value: record, .. }) => {
                    set(record, pointer, value.clone());
                }
                (Edit::OneLine | Edit::Set { .. }, _) => {}
            }
        }
        line.line_count = 1;
        changed = true;
    }
    let bytes = match line.content {
        LineContent::Json { value, .. } if changed => value.to_string().into_bytes(),
        LineContent::Json { raw, .. } => raw.into_bytes(),
        LineContent::Broken { raw, .. } => raw,
        LineContent::Blank | LineContent::TooLong => Vec::new(),
    };
    (Some(bytes), fixes)
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

/// Puts a value where a pointer points; a missing last member is added in front, where `schemaVersion` belongs.
fn set(record: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = record.pointer_mut(pointer) {
        *place = value;
        return;
    }
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(members)) = record.pointer_mut(parent) {
        members.shift_insert(0, name.replace("~1", "/").replace("~0", "~"), value);
    }
}

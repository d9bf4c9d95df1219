use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Audited, AuditedLabel, Verdict};
use crate::atomic::{AtomicFile, Commit};
use crate::error::{Error, IoContext, Result};
use crate::files::{self, MAX_DOCUMENT_BYTES};
use crate::labels::{Labels, ReadLabels, check_name, with_sellers};
use crate::readings::Vote;
use crate::source_access;

/// What is to be done about a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "remedy", rename_all = "lowercase")]
pub enum Remedy {
    /// Nothing.
    Keep,
    /// Another name, which two independent signals speak for.
    Change {
        /// The name.
        seller: String,
    },
    /// A person has to look: the photo is against it with one signal, or cannot be read.
    Review,
}

impl AuditedLabel {
    /// What is to be done about the label: changed only on a confident reading and the same name on another photo of the sheet
    /// or under the same taxpayer id. Of a right one at most the brackets, into those of the paper.
    pub fn remedy(&self) -> Remedy {
        let confirmed = self.vote.as_ref().filter(|vote| vote.is_confirmed());
        match (self.verdict, confirmed) {
            (Verdict::Right, Some(vote)) => match with_printed_brackets(&self.row.seller, vote) {
                Some(seller) => Remedy::Change { seller },
                None => Remedy::Keep,
            },
            (Verdict::Right, None) => Remedy::Keep,
            (Verdict::Differs, Some(vote)) => Remedy::Change { seller: vote.seller.clone() },
            (Verdict::Differs | Verdict::Unreadable, _) => Remedy::Review,
        }
    }
}

/// A name with the full-width brackets that were read on its photo, where it has those of ASCII.
fn with_printed_brackets(label: &str, vote: &Vote) -> Option<String> {
    let is_printed_so = vote.seller.contains('（') && !vote.seller.contains('(');
    is_printed_so.then(|| check_name(label).into_iter().find_map(|fault| fault.repaired)).flatten()
}

/// What [`fix`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedLabels {
    /// The copy.
    pub out: PathBuf,
    /// Labels that were changed.
    pub changed: usize,
    /// Labels that are left for a person to look at.
    pub review: usize,
}

/// Refuses a target of [`fix`] before any image is read: the table itself, or a file that is no earlier copy of it.
///
/// # Errors
/// Where the target is there already and has other rows than the table.
pub fn check_fix_target(labels: &Path, out: &Path) -> Result<()> {
    let Ok(bytes) = std::fs::read(out) else { return crate::atomic::check_writable(out) };
    let is_table = out.canonicalize().is_ok_and(|out| labels.canonicalize().is_ok_and(|labels| labels == out));
    let images = |read: Result<ReadLabels>| {
        let rows = read.map(|read| read.labels.rows());
        rows.map(|rows| rows.into_iter().map(|row| (row.line, row.image)).collect::<Vec<_>>())
    };
    let of_table = images(Labels::read(labels))?;
    let is_copy = images(Labels::parse(out, &bytes)).is_ok_and(|of_copy| of_copy == of_table);
    if is_copy && !is_table { Ok(()) } else { Err(taken(out)) }
}

fn taken(out: &Path) -> Error {
    let hint = "name another file with `fix`: existing files are never overwritten.";
    Error::input(out, "file already exists", hint)
}

/// Writes a copy of the label table in which the labels are changed that [`AuditedLabel::remedy`] says. Every other cell,
/// column and row is as it was; the table itself is not touched.
///
/// # Errors
/// Where the table cannot be read any more as it was, or `out` is there already and is another file.
pub fn fix(audited: &Audited, out: &Path) -> Result<FixedLabels> {
    source_access::note(&audited.file);
    let bytes = files::read(&audited.file, MAX_DOCUMENT_BYTES).at("read", &audited.file)?;
    let rows = Labels::parse(&audited.file, &bytes)?.labels.rows();
    let changed_since = || {
        let what = "the table has changed while its photos were read";
        Error::input(audited.file.as_path(), what, "run the command again.")
    };
    // A photo that has its label twice has it twice afterwards.
    let mut lines_of: HashMap<(&str, &str), Vec<u64>> = HashMap::new();
    for row in &rows {
        lines_of.entry((&row.image, &row.seller)).or_default().push(row.line);
    }
    let mut sellers: BTreeMap<u64, &str> = BTreeMap::new();
    let remedies: Vec<_> = audited.labels.iter().map(AuditedLabel::remedy).collect();
    for (label, remedy) in audited.labels.iter().zip(&remedies) {
        let lines = lines_of.get(&(label.row.image.as_str(), label.row.seller.as_str()));
        let lines = lines.filter(|lines| lines.contains(&label.row.line)).ok_or_else(changed_since)?;
        if let Remedy::Change { seller } = remedy {
            sellers.extend(lines.iter().map(|line| (*line, seller.as_str())));
        }
    }
    let mut file = AtomicFile::create(out)?;
    file.write_all(&with_sellers(&audited.file, &bytes, &sellers)?).at("write", out)?;
    if file.commit_new()? == Commit::Taken {
        return Err(taken(out));
    }
    let count = |is: fn(&Remedy) -> bool| remedies.iter().filter(|remedy| is(remedy)).count();
    Ok(FixedLabels {
        out: out.to_path_buf(),
        changed: count(|remedy| matches!(remedy, Remedy::Change { .. })),
        review: count(|remedy| *remedy == Remedy::Review),
    })
}

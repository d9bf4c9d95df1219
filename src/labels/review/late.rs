//! Rows that other programs write into a version of the table that a decision is just replacing, or has replaced.

use std::collections::VecDeque;
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::error::Result;
use crate::labels::LabelFile;
use crate::labels::replace::{Former, LateChange, keep_conflict};

/// Versions that are watched although no program has written into them late: each is an open file.
const MOST_QUIET: usize = 64;

/// Whether a row without its line break may still get the rest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The versions are read again later.
    Again,
    /// They are not.
    Last,
}

/// A version of the table that was replaced.
#[derive(Debug)]
struct Version {
    former: Former,
    encoding: &'static Encoding,
    /// Whether its known bytes end with a line break, so that what is appended are rows.
    ends_line: bool,
    /// Whether a program wrote into it late: it may do so again.
    is_active: bool,
}

/// Rows that belong into the table, and the bytes of the version that are known once they are in it.
#[derive(Debug)]
pub(super) struct LateRows {
    version: usize,
    pub(super) text: String,
    bytes: Vec<u8>,
}

/// The versions of the table that were replaced, the newest last.
#[derive(Debug, Default)]
pub(super) struct Versions {
    versions: VecDeque<Version>,
    /// What the person has to know: rows that were kept elsewhere.
    pub(super) conflicts: Vec<String>,
}

impl Versions {
    /// Watches a version.
    pub(super) fn push(&mut self, former: Former, of: &LabelFile) {
        let (encoding, ends_line) = (of.encoding(), of.ends_with_line_break());
        self.versions.push_back(Version { former, encoding, ends_line, is_active: false });
    }

    /// Whether another program may have written into one of them.
    pub(super) fn may_have_changed(&self) -> bool {
        self.versions.iter().any(|version| version.former.may_have_changed())
    }

    /// The rows that were appended to the versions since they were read. A change that is not a row below the others is written
    /// into a file beside the table.
    pub(super) fn late_rows(&mut self, table: &Path, look: Look) -> Result<Vec<LateRows>> {
        self.close_surplus()?;
        let mut rows = Vec::new();
        for (at, version) in self.versions.iter_mut().enumerate() {
            if look == Look::Again && !version.former.may_have_changed() {
                continue;
            }
            let Some(late) = version.former.late_change()? else { continue };
            version.is_active = true;
            match version.rows(&late, look) {
                Some((text, length)) if !text.is_empty() => {
                    rows.push(LateRows { version: at, text, bytes: late.bytes[..length].to_vec() });
                    // Until the rows are in the table, which another program may change before they are written.
                    version.former.read_again();
                }
                // A row that is not whole yet.
                Some(_) => {}
                None => {
                    let kept = keep_conflict(table, &late.bytes)?;
                    version.settle(&late.bytes);
                    self.conflicts.push(format!(
                        "another program changed {} while a decision was written; what it wrote is in {}",
                        table.display(),
                        kept.display()
                    ));
                }
            }
        }
        Ok(rows)
    }

    /// Closes the oldest of the quiet versions where there are more than [`MOST_QUIET`], unless the last look finds a change.
    fn close_surplus(&mut self) -> Result<()> {
        let quiet = self.versions.iter().filter(|version| !version.is_active).count();
        for _ in MOST_QUIET..quiet {
            let Some(at) = self.versions.iter().position(|version| !version.is_active) else { break };
            let version = &mut self.versions[at];
            version.is_active = version.former.late_change()?.is_some();
            if version.is_active {
                // The change is merged by the look that follows.
                version.former.read_again();
            } else {
                self.versions.remove(at);
            }
        }
        Ok(())
    }

    /// Counts rows as kept: they are in the table.
    pub(super) fn settle(&mut self, rows: &[LateRows]) {
        for late in rows {
            if let Some(version) = self.versions.get_mut(late.version) {
                version.settle(&late.bytes);
            }
        }
    }

    /// Keeps rows beside the table that would make it unreadable.
    pub(super) fn set_aside(&mut self, rows: &[LateRows], table: &Path) -> Result<()> {
        for late in rows {
            let kept = keep_conflict(table, &late.bytes)?;
            self.conflicts.push(format!(
                "another program wrote rows that do not fit {}; they are in {}",
                table.display(),
                kept.display()
            ));
        }
        self.settle(rows);
        Ok(())
    }
}

impl Version {
    /// The whole rows that were appended and where they end; none where the change is another one.
    fn rows(&self, late: &LateChange, look: Look) -> Option<(String, usize)> {
        let begin = late.appended_at?;
        let appended = &late.bytes[begin..];
        let length = if look == Look::Last { appended.len() } else { whole_lines(appended, self.encoding) };
        let (text, is_lossy) = self.encoding.decode_without_bom_handling(&appended[..length]);
        let rest = text.trim_start_matches(['\n', '\r']);
        // Rows that begin in the middle of a line are the rest of one that is in the table already.
        let is_row = self.ends_line || rest.len() < text.len() || appended.is_empty();
        (is_row && !is_lossy).then(|| (if self.ends_line { text.as_ref() } else { rest }.to_owned(), begin + length))
    }

    fn settle(&mut self, bytes: &[u8]) {
        self.former.settle(bytes);
        self.ends_line = whole_lines(bytes, self.encoding) == bytes.len();
    }
}

/// The length of what ends with the last line break.
fn whole_lines(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let line_break: &[u8] = match encoding {
        _ if encoding == UTF_16LE => b"\n\0",
        _ if encoding == UTF_16BE => b"\0\n",
        // In no other encoding is this byte part of another character.
        _ => b"\n",
    };
    let unit = line_break.len();
    bytes.chunks_exact(unit).rposition(|chunk| chunk == line_break).map_or(0, |at| (at + 1) * unit)
}

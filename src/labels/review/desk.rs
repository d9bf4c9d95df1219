//! Where decisions are made: the table, the journal, and what is known of the photos.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ReviewOptions;
use super::candidates::{BEFORE, Candidate, LONGEST_NAME, READING, TABLE, candidates};
use super::history::{Claim, Decision, History, How, Line, RowChange, Sellers};
use super::known::Known;
use super::late::Look;
use super::table::{Table, clean, with_ending};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::images::{Photo, Scan};
use crate::labels::is_formula;
use crate::line_journal::LineJournal;
use crate::same_file::is_same_file;
use crate::wording::{is_blank, is_line_break, quoted};

/// Ends the name of the journal.
const JOURNAL: &str = ".review.jsonl";
const TAKEN: &str = "end it with Ctrl-C, or go on in its page.";

/// The state of a review: everything in it can be had again from journal and table.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) scan: Arc<Scan>,
    pub(super) table: Table,
    pub(super) history: History,
    pub(super) known: Known,
    /// Whether the pages of the reader are still being looked up.
    pub(super) is_looking: bool,
    /// Why the table, or the journal, cannot be read or written at present.
    pub(super) trouble: Option<String>,
    /// Rises with each change.
    pub(super) revision: u64,
    journal: Option<LineJournal>,
    journal_path: PathBuf,
    clock: Clock,
}

/// What a person says of a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// This is the seller.
    Seller(String),
    /// Later.
    Skip,
}

/// Why a word was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such photo, or no such name: what is wrong with it.
    Unusable(String),
    /// The page shows something else than the table has now.
    Changed,
    /// There is nothing to undo.
    Nothing,
    /// It could not be kept.
    Lost(String),
}

impl Desk {
    /// Opens table and journal; what a killed process had not written yet is written.
    ///
    /// # Errors
    /// Where one of them cannot be read or written, or another process reviews the same table.
    pub(super) fn open(options: &ReviewOptions, scan: Arc<Scan>, clock: Clock) -> Result<Self> {
        let source = resolved(&options.labels);
        let path = options.output_file.as_deref().map_or(source.clone(), resolved);
        let path = if is_same_file(&path, &source) { source.clone() } else { path };
        let journal_path = with_ending(&path, JOURNAL);
        if path != source && path.exists() && !journal_path.exists() {
            let hint = "name another `output_file`, or give this one as `labels`: what is there is never overwritten.";
            return Err(Error::input(path.as_path(), "this file is there already, and no review wrote it", hint));
        }
        // Before the journal, which a table that cannot be read needs not have.
        let table = Table::open(path, source, &scan)?;
        let journal = LineJournal::open(&journal_path, TAKEN)?;
        let mut desk = Self {
            scan,
            table,
            history: History::default(),
            known: Known::default(),
            is_looking: false,
            trouble: None,
            revision: 1,
            journal: Some(journal),
            journal_path,
            clock,
        };
        desk.recall()?;
        // Under the lock: the process before may have written until now.
        desk.table.refresh()?;
        desk.write(Look::Again);
        match desk.trouble.take() {
            Some(trouble) => Err(Error::input(desk.table.path(), trouble, "mend that and start again.")),
            None => Ok(desk),
        }
    }

    fn recall(&mut self) -> Result<()> {
        let lines: Vec<Line> = self.journal.as_ref().map_or(Ok(Vec::new()), LineJournal::lines)?;
        self.history = History::default();
        for line in lines {
            self.history.take(line);
        }
        Ok(())
    }

    /// Looks at the disk again.
    pub(super) fn refresh(&mut self) {
        let before = self.trouble.take();
        match self.table.refresh() {
            Ok(changed) => {
                self.revision += u64::from(changed);
                // What could not be written before is written as soon as it can be.
                self.write(Look::Again);
            }
            Err(error) => self.complain(&error),
        }
        self.revision += u64::from(before != self.trouble);
    }

    fn complain(&mut self, error: &Error) {
        let hint = error.hint().map_or(String::new(), |hint| format!("; {hint}"));
        self.trouble = Some(format!("{}{hint}", error.with_causes()));
    }

    /// Reads the replaced versions of the table for the last time; what the person has to know of them.
    pub(super) fn finish(&mut self) -> Vec<String> {
        self.write(Look::Last);
        self.table.versions.conflicts.iter().chain(&self.trouble).cloned().collect()
    }

    /// Writes into the table what is not there yet.
    fn write(&mut self, look: Look) {
        let is_late = look == Look::Last || self.table.versions.may_have_changed();
        if self.history.pending.is_empty() && !is_late {
            return;
        }
        let (before, conflicts) = (self.table.sha256(), self.table.versions.conflicts.len());
        let written = self.table.write(&self.history.pending, &self.scan, look);
        let is_changed = self.table.sha256() != before || self.table.versions.conflicts.len() != conflicts;
        self.revision += u64::from(is_changed);
        match written {
            // Rows of another program are no decision.
            Ok(_) if self.history.pending.is_empty() => {}
            Ok(sha256) => {
                let line = Line::Written { when: self.clock.stamp(), sha256 };
                if let Some(journal) = &self.journal
                    && let Err(error) = journal.add(&line)
                {
                    self.complain(&error);
                }
                self.history.pending.clear();
            }
            Err(error) => self.complain(&error),
        }
    }

    /// What a photo's rows say, what is not written yet included.
    pub(super) fn sellers(&self, photo: usize) -> Sellers {
        let pending = self.photo(photo).and_then(|photo| self.history.pending.get(&photo.name));
        pending.map_or_else(|| self.table.sellers(photo), |pending| pending.target.clone())
    }

    pub(super) fn photo(&self, photo: usize) -> Option<&Photo> {
        self.scan.photos.get(photo)
    }

    /// The decision that holds for a photo, and whether the table still says so.
    pub(super) fn decision(&self, photo: usize) -> Option<(&Decision, bool)> {
        let decision = self.history.of(&self.photo(photo)?.name)?;
        Some((decision, self.sellers(photo) == decision.after()))
    }

    /// The names that a photo may get.
    pub(super) fn candidates(&self, photo: usize) -> Vec<Candidate> {
        let mut claims: Vec<(String, String)> = Vec::new();
        let mut rows = self.sellers(photo);
        rows.dedup();
        claims.extend(rows.into_iter().map(|seller| (TABLE.to_owned(), seller)));
        claims.extend(self.table.labelers(photo));
        let reading = self.known.photos.get(&photo).and_then(|known| known.seller.clone());
        claims.extend(reading.map(|seller| (READING.to_owned(), seller)));
        // What a decision has replaced can be chosen again.
        let before = self.decision(photo).map_or(Sellers::new(), |(decision, _)| decision.before());
        claims.extend(before.into_iter().map(|seller| (BEFORE.to_owned(), seller)));
        candidates(claims)
    }

    /// Takes a word on a photo whose rows, as the page shows them, say `seen`.
    pub(super) fn decide(&mut self, photo: usize, seen: &Sellers, word: &Word) -> Result<(), Refusal> {
        self.refresh();
        let now = self.sellers(photo);
        let image =
            self.photo(photo).ok_or_else(|| Refusal::Unusable("there is no such photo".to_owned()))?.name.clone();
        if now != *seen {
            return Err(Refusal::Changed);
        }
        let candidates = self.candidates(photo);
        let (how, seller) = match word {
            Word::Skip => (How::Skipped, None),
            Word::Seller(name) => {
                let name = usable(name)?;
                let how = if !now.is_empty() && now.iter().all(|seller| *seller == name) {
                    How::Accepted
                } else if candidates.iter().any(|candidate| candidate.name == name) {
                    How::Picked
                } else {
                    How::Typed
                };
                (how, Some(name))
            }
        };
        let mut rows: Vec<RowChange> = self
            .lines(photo)
            .zip(now)
            .map(|(line, before)| {
                let after = seller.clone().unwrap_or_else(|| before.clone());
                RowChange { line, before: Some(before), after: Some(after) }
            })
            .collect();
        if rows.is_empty() {
            if seller.is_some() && !self.table.can_name(photo, &image) {
                return Err(Refusal::Unusable(
                    "this photo's name has spaces around it, and another photo has the name without them: a table cannot tell \
                     the two apart; rename one of the files and start again"
                        .to_owned(),
                ));
            }
            rows.push(RowChange { line: None, before: None, after: seller });
        }
        let candidates = candidates.into_iter().map(|one| Claim { name: one.name, who: one.who }).collect();
        self.keep(Decision { when: self.clock.stamp(), image, how, rows, candidates })
    }

    /// Takes the last decision back; returns its photo, and whether the table still said what it had decided.
    pub(super) fn undo(&mut self) -> Result<(usize, bool), Refusal> {
        self.refresh();
        let last = self.history.last().ok_or(Refusal::Nothing)?.clone();
        let place = self.scan.photos.binary_search_by(|photo| photo.name.cmp(&last.image));
        let Ok(photo) = place else {
            self.keep(Decision { when: self.clock.stamp(), how: How::Undone, rows: Vec::new(), ..last })?;
            return Err(Refusal::Unusable("its photo is no longer there".to_owned()));
        };
        let now = self.sellers(photo);
        let is_as_decided = now == last.after();
        let mut lines = self.lines(photo);
        let rows: Vec<RowChange> = if is_as_decided {
            let back =
                |row: RowChange| RowChange { line: lines.next().flatten(), before: row.after, after: row.before };
            last.rows.into_iter().map(back).collect()
        } else {
            // Somebody else has written there since: that stays.
            let stays = |seller: String| RowChange {
                line: lines.next().flatten(),
                before: Some(seller.clone()),
                after: Some(seller),
            };
            now.into_iter().map(stays).collect()
        };
        drop(lines);
        self.keep(Decision {
            when: self.clock.stamp(),
            image: last.image,
            how: How::Undone,
            rows,
            candidates: Vec::new(),
        })?;
        Ok((photo, is_as_decided))
    }

    /// The lines of a photo's rows; then `None` without end.
    fn lines(&self, photo: usize) -> impl Iterator<Item = Option<u64>> {
        let lines: Vec<_> = self.table.rows(photo).map(|row| Some(row.line)).collect();
        lines.into_iter().chain(std::iter::repeat(None))
    }

    /// Into the journal, which is on the disk then; after that into the table.
    fn keep(&mut self, decision: Decision) -> Result<(), Refusal> {
        let line = Line::Decision(decision);
        if let Err(error) = self.add(&line) {
            return Err(Refusal::Lost(error.with_causes()));
        }
        self.history.take(line);
        self.revision += 1;
        self.write(Look::Again);
        Ok(())
    }

    fn add(&mut self, line: &Line) -> Result<()> {
        if self.journal.is_none() {
            self.reopen()?;
        }
        let added = self.journal.as_ref().map_or(Ok(()), |journal| journal.add_durably(line));
        if added.is_err() {
            // Part of the line may stand there: the next one must not go on in it, and what it says counts.
            self.journal = None;
            self.reopen()?;
        }
        added
    }

    fn reopen(&mut self) -> Result<()> {
        self.journal = Some(LineJournal::open(&self.journal_path, TAKEN)?);
        self.recall()
    }

    #[cfg(test)]
    pub(super) fn close_journal(&mut self) {
        self.journal = None;
    }

    /// The file in which decisions are kept first.
    pub(super) fn journal_path(&self) -> &Path {
        &self.journal_path
    }
}

/// A name that a decision may have, without what nobody sees.
fn usable(name: &str) -> Result<String, Refusal> {
    let refused = |why: String| Err(Refusal::Unusable(why));
    let is_one_line = !name.trim().contains(|c: char| c.is_control() || is_line_break(c));
    let name = clean(name);
    if name.chars().all(is_blank) {
        return refused("a name is needed; s leaves the photo for later".to_owned());
    }
    if !is_one_line {
        return refused("a name is one line, without control characters".to_owned());
    }
    if is_formula(&name) {
        return refused(format!("a spreadsheet would execute {}", quoted(&name)));
    }
    match name.chars().count() {
        count if count > LONGEST_NAME => refused(format!("{count} characters are no name: {LONGEST_NAME} at most")),
        _ => Ok(name),
    }
}

/// The file that a link leads to: a table is replaced where it is.
fn resolved(path: &Path) -> PathBuf {
    let target = if path.is_symlink() { std::fs::canonicalize(path).ok() } else { None };
    target.unwrap_or_else(|| path.to_path_buf())
}

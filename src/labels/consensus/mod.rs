//! What several labelers say of the same photos: how far they agree, and which labels can be taken without a look.
//!
//! [`consensus`] joins their tables by photo and decides by the rules of [`Ground`], which stand in one place (`accept.rs`,
//! and `docs/consensus.md` for people); [`write_consensus`] writes the table that `review` goes on with.

mod accept;
mod agreement;
mod conclude;
mod event;
mod html;
mod join;
mod markdown;
mod said;
mod table;
mod text;
mod witness;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use accept::{Ground, rules_table};
pub use agreement::Agreement;
pub use event::render_consensus_json;
pub use html::render_consensus_html;
pub use markdown::render_consensus_markdown;
pub use table::LabelerTable;
pub use text::render_consensus_text;
pub use witness::Witness;
pub use write::write_consensus;

use self::conclude::{conclude, spelling};
use self::said::said_of;
use self::table::Table;
use crate::error::{Error, Result};
use crate::exact::{edits, exact_form};
use crate::findings::{Levels, Report};
use crate::images::{self, ScanOptions};
use crate::labels::rules::LABELS_DISAGREE;

/// What [`consensus`] needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsensusOptions {
    /// The labelers' tables, two at least.
    pub tables: Vec<LabelerTable>,
    /// The folder of the photos: each of them gets a row. Without it, the photos that the tables name do.
    pub input_dir: Option<PathBuf>,
    /// Which findings are not reported, and which are errors.
    pub levels: Levels,
}

/// What a name is worth when the labels of a photo are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It speaks for itself and against others.
    Counts,
    /// It speaks against others only: it is the buyer by another table, of a tuned model, or its table says another name too.
    OnlyAgainst,
    /// It is no name: a sentence, the message of a failure, the buyer of its own row.
    Nothing,
}

/// What a labeler says of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Saying {
    /// The labeler's place among the others.
    pub labeler: usize,
    /// The seller, as its table writes it.
    pub seller: String,
    /// The form in which sellers are compared.
    pub form: String,
    /// Who speaks.
    pub witness: Witness,
    /// What it is worth.
    pub standing: Standing,
    /// The code of the rule that makes it worth less.
    pub fault: Option<&'static str>,
    /// On how many photos of the sheet or taxpayer id the reader saw this name, where it is sure of that.
    pub confirmed_by: Option<usize>,
}

impl Saying {
    /// Whether the rows of its table disagree about the photo.
    pub(crate) fn is_disputed(&self) -> bool {
        self.fault == Some(LABELS_DISAGREE.code)
    }
}

/// What is said of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoLabels {
    /// The photo's name.
    pub image: String,
    /// The sheet of paper that it shows: the reader's word for it, else the one that all tables have that know.
    pub sheet: Option<String>,
    /// The seller's taxpayer id, where a table has it.
    pub seller_id: Option<String>,
    /// By labeler; one without a usable row is not among them, and one whose rows disagree says several things.
    pub sayings: Vec<Saying>,
}

impl PhotoLabels {
    /// What one labeler says.
    pub(crate) fn said_by(&self, labeler: usize) -> impl Iterator<Item = &Saying> {
        self.sayings.iter().filter(move |saying| saying.labeler == labeler)
    }
}

/// What becomes of a photo's label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) ground: Ground,
    /// The form of the seller that it is about, where it is about one.
    pub(crate) form: Option<String>,
    /// What another photo adds.
    pub(crate) signal: Option<String>,
}

/// A photo, what is said of it and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What is said.
    pub labels: PhotoLabels,
    /// By which rule its label is taken or left open.
    pub ground: Ground,
    /// The seller, where it is accepted.
    pub seller: Option<String>,
    /// Who says what, as a clause.
    pub evidence: String,
}

impl Decided {
    /// Whether two names stand beside each other.
    pub fn is_disputed(&self) -> bool {
        let named = self.labels.sayings.iter().filter(|saying| saying.standing != Standing::Nothing);
        named.map(|saying| &saying.form).collect::<BTreeSet<_>>().len() > 1
    }

    /// The name that the others are held beside: the accepted one, else the one that most labelers say.
    pub(crate) fn reference(&self) -> Option<&str> {
        if self.seller.is_some() {
            return self.seller.as_deref();
        }
        let named: Vec<_> = self.labels.sayings.iter().filter(|saying| saying.standing != Standing::Nothing).collect();
        let count = |form: &str| named.iter().filter(|saying| saying.form == form).count();
        let first = named.iter().max_by_key(|saying| (count(&saying.form), std::cmp::Reverse(&saying.form)))?;
        spelling(&self.labels.sayings, &first.form)
    }

    /// By how many characters what a labeler says differs from the reference.
    pub(crate) fn distance(&self, saying: &Saying) -> usize {
        self.reference().map_or(0, |reference| edits(&saying.form, &exact_form(reference)))
    }
}

/// A labeler and how its labels came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Labeler {
    /// Its name.
    pub name: String,
    /// Its table.
    pub file: PathBuf,
    /// Who speaks in it.
    pub witnesses: Vec<Witness>,
    /// Photos for which it names a seller.
    pub named: usize,
    /// Photos for which its label is no name.
    pub void: usize,
    /// Photos whose label was accepted and for which it names a seller.
    pub beside_accepted: usize,
    /// Of these, photos for which it names the accepted one.
    pub as_accepted: usize,
}

/// What [`consensus`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// The labelers, by name.
    pub labelers: Vec<Labeler>,
    /// Each two of them.
    pub agreements: Vec<Agreement>,
    /// Krippendorff's alpha over all; `None` where it is not defined.
    pub alpha: Option<f64>,
    /// The photos, by name.
    pub photos: Vec<Decided>,
    /// What is wrong with rows, and rows without a photo.
    pub report: Report,
}

impl Consensus {
    /// Photos whose label was accepted.
    pub fn accepted(&self) -> usize {
        self.photos.iter().filter(|photo| photo.ground.is_accepted()).count()
    }

    /// Photos that are left for a person.
    pub fn open(&self) -> usize {
        self.photos.len() - self.accepted()
    }

    /// How far two labelers agree, by their places in either order.
    pub fn agreement(&self, left: usize, right: usize) -> Option<&Agreement> {
        let pair = (left.min(right), left.max(right));
        self.agreements.iter().find(|agreement| agreement.pair == pair)
    }

    /// How often each rule decided, in the order of the rules.
    pub fn counts(&self) -> Vec<(Ground, usize)> {
        let count = |ground: Ground| self.photos.iter().filter(|photo| photo.ground == ground).count();
        Ground::ALL.into_iter().map(|ground| (ground, count(ground))).filter(|(_, count)| *count > 0).collect()
    }

    /// The photos for which labelers differ or that are open, open ones first.
    pub fn differences(&self) -> Vec<&Decided> {
        let mut photos: Vec<_> =
            self.photos.iter().filter(|photo| !photo.ground.is_accepted() || photo.is_disputed()).collect();
        photos.sort_by_key(|photo| (photo.ground.is_accepted(), photo.ground));
        photos
    }

    /// `3 labelers, 48 photos: 44 accepted, 4 open`.
    pub fn summary(&self) -> String {
        let counted = crate::wording::counted;
        let (labelers, photos) = (counted(self.labelers.len(), "labeler"), counted(self.photos.len(), "photo"));
        format!("{labelers}, {photos}: {} accepted, {} open", self.accepted(), self.open())
    }
}

/// Holds the tables of labelers beside each other. The order in which they are named does not matter.
///
/// # Errors
/// Where there are fewer than two tables, one cannot be read, two labelers have one name, or the folder cannot be read. What is
/// wrong with a row is a finding.
pub fn consensus(options: &ConsensusOptions) -> Result<Consensus> {
    if options.tables.len() < 2 {
        return Err(Error::Setting {
            origin: "labels".to_owned(),
            what: "a consensus needs the tables of two labelers at least".to_owned(),
            hint: "give `labels` once for each table.".to_owned(),
        });
    }
    let mut tables = Vec::with_capacity(options.tables.len());
    for given in &options.tables {
        tables.push((given, Table::read(given)?));
    }
    table::check_names(&tables.iter().map(|(given, table)| (*given, table)).collect::<Vec<_>>())?;
    tables.sort_by(|(_, a), (_, b)| (a.name.to_lowercase(), &a.name).cmp(&(b.name.to_lowercase(), &b.name)));

    let names = |table: &Table| table.labels.rows().into_iter().map(|row| row.image).collect::<Vec<_>>();
    let scan = if let Some(folder) = &options.input_dir {
        images::scan(folder, &ScanOptions::default())?
    } else {
        let all: Vec<_> = tables.iter().map(|(_, table)| names(table)).collect();
        join::photos_of(all.iter().map(|names| names.iter().map(String::as_str).collect()))
    };
    let mut report = Report::new(options.levels.clone());
    let photos = said_of(&scan, &mut tables, options.input_dir.is_some(), &mut report);
    report.sort();
    let files = tables.iter().map(|(given, table)| (table, given.file.as_path())).collect::<Vec<_>>();
    Ok(conclude(&files, photos, report))
}

#[cfg(test)]
mod tests;

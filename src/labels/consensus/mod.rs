//! What several labelers say of the same photos: how far they agree, and which labels can be taken without a look.
//!
//! [`consensus`] joins their tables by photo and decides by the rules of [`Ground`], which stand in one place (`accept.rs`,
//! and `docs/consensus.md` for people); [`write_consensus`] writes the table that `review` goes on with.

mod accept;
mod agreement;
mod event;
mod html;
mod join;
mod markdown;
mod table;
mod text;
mod witness;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

pub use accept::{Ground, rules_table};
pub use agreement::Agreement;
pub use event::render_consensus_json;
pub use html::render_consensus_html;
pub use markdown::render_consensus_markdown;
pub use table::LabelerTable;
pub use text::render_consensus_text;
pub use witness::Witness;
pub use write::write_consensus;

use self::table::{Table, buyer_code};
use crate::error::{Error, Result};
use crate::exact::{edits, exact_form, group_form};
use crate::finding::{Levels, Report};
use crate::images::{self, Scan, ScanOptions};
use crate::labels::match_photos;
use crate::labels::name::check_name;
use crate::labels::rules::{INEXACT_PHOTO_NAME, PHOTO_WITHOUT_LABEL};

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
    /// It speaks against others only: it is the buyer by another table, or of a tuned model.
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

/// What is said of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoLabels {
    /// The photo's name.
    pub image: String,
    /// The sheet of paper that it shows: the reader's word for it, else the one that all tables have that know.
    pub sheet: Option<String>,
    /// The seller's taxpayer id, where a table has it.
    pub seller_id: Option<String>,
    /// By labeler; one without a usable row is not among them.
    pub sayings: Vec<Saying>,
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
            origin: "--labels".to_owned(),
            what: "a consensus needs the tables of two labelers at least".to_owned(),
            hint: "give --labels once for each table.".to_owned(),
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

/// What each table says of each photo.
fn said_of(
    scan: &Scan,
    tables: &mut [(&LabelerTable, Table)],
    has_photos: bool,
    report: &mut Report,
) -> Vec<PhotoLabels> {
    let places: HashMap<&str, usize> =
        scan.photos.iter().enumerate().map(|(at, photo)| (photo.name.as_str(), at)).collect();
    let none = |name: &str| PhotoLabels { image: name.to_owned(), sheet: None, seller_id: None, sayings: Vec::new() };
    let mut photos: Vec<PhotoLabels> = scan.photos.iter().map(|photo| none(&photo.name)).collect();
    let mut buyers: Vec<BTreeSet<String>> = vec![BTreeSet::new(); photos.len()];
    let mut sheets: Vec<Vec<(Witness, String)>> = vec![Vec::new(); photos.len()];
    for (labeler, (_, table)) in tables.iter_mut().enumerate() {
        report.extend(std::mem::take(&mut table.findings));
        let matched = match_photos(&table.labels, scan);
        // Which photos a labeler passes over is told by its coverage; names that are no photo's are none without photos.
        let is_worth =
            |rule: &crate::finding::Rule| *rule != PHOTO_WITHOUT_LABEL && (has_photos || *rule != INEXACT_PHOTO_NAME);
        report.extend(matched.findings.into_iter().filter(|finding| is_worth(finding.rule)));
        for (row, photo) in matched.pairs {
            let (Some(at), Some(facts)) = (places.get(photo.name.as_str()), table.facts.get(&row.line)) else {
                continue;
            };
            let photo = &mut photos[*at];
            if let Some(id) = &facts.seller_id {
                // The first table's that has one, by the labelers' names.
                photo.seller_id.get_or_insert_with(|| id.clone());
            }
            buyers[*at].extend(facts.buyer.as_deref().map(exact_form));
            sheets[*at].extend(row.sheet.map(|sheet| (facts.witness.clone(), sheet)));
            let standing = match (facts.fault, facts.witness.may_speak_for()) {
                (Some(_), _) => Standing::Nothing,
                (None, true) => Standing::Counts,
                (None, false) => Standing::OnlyAgainst,
            };
            photo.sayings.push(Saying {
                labeler,
                form: exact_form(&row.seller),
                seller: row.seller,
                witness: facts.witness.clone(),
                standing,
                fault: facts.fault,
                confirmed_by: facts.confirmed_by,
            });
        }
    }
    for ((photo, buyers), sheets) in photos.iter_mut().zip(buyers).zip(sheets) {
        for saying in photo.sayings.iter_mut().filter(|saying| saying.standing == Standing::Counts) {
            if buyers.contains(&saying.form) {
                (saying.standing, saying.fault) = (Standing::OnlyAgainst, Some(buyer_code()));
            }
        }
        photo.sheet = sheet_of(&sheets);
    }
    photos
}

/// The sheet that a photo shows, of what tables say.
fn sheet_of(told: &[(Witness, String)]) -> Option<String> {
    let of_reader = told.iter().find(|(witness, _)| *witness == Witness::Reader);
    let first = of_reader.or(told.first())?;
    let agree = told.iter().all(|(_, sheet)| group_form(sheet) == group_form(&first.1));
    (of_reader.is_some() || agree).then(|| first.1.clone())
}

fn conclude(tables: &[(&Table, &Path)], photos: Vec<PhotoLabels>, report: Report) -> Consensus {
    let decisions = accept::decide(&photos);
    let photos: Vec<_> = photos
        .into_iter()
        .zip(decisions)
        .map(|(labels, decision)| {
            let evidence = evidence(&labels, &decision, tables);
            let form = decision.form.filter(|_| decision.ground.is_accepted());
            let seller = form.and_then(|form| spelling(&labels.sayings, &form).map(str::to_owned));
            Decided { ground: decision.ground, seller, evidence, labels }
        })
        .collect();
    let named = |photo: &Decided, labeler: usize| {
        let said = photo.labels.sayings.iter().find(|saying| saying.labeler == labeler);
        said.filter(|saying| saying.standing != Standing::Nothing).map(|saying| saying.form.clone())
    };
    let forms: Vec<Vec<Option<String>>> =
        photos.iter().map(|photo| (0..tables.len()).map(|labeler| named(photo, labeler)).collect()).collect();
    let mut agreements = Vec::new();
    for left in 0..tables.len() {
        for right in left + 1..tables.len() {
            let both =
                forms.iter().filter_map(|of_photo| Some((of_photo[left].as_deref()?, of_photo[right].as_deref()?)));
            agreements.push(Agreement::of((left, right), &both.collect::<Vec<_>>()));
        }
    }
    let of_photos: Vec<Vec<&str>> =
        forms.iter().map(|of_photo| of_photo.iter().flatten().map(String::as_str).collect()).collect();
    let labelers = tables.iter().enumerate().map(|(at, (table, file))| labeler(at, table, file, &photos, &forms));
    Consensus { labelers: labelers.collect(), agreements, alpha: agreement::alpha(&of_photos), photos, report }
}

fn labeler(at: usize, table: &Table, file: &Path, photos: &[Decided], forms: &[Vec<Option<String>>]) -> Labeler {
    let beside = photos
        .iter()
        .zip(forms)
        .filter_map(|(photo, forms)| Some((exact_form(photo.seller.as_deref()?), forms[at].as_deref()?)));
    let beside: Vec<bool> = beside.map(|(accepted, own)| accepted == own).collect();
    let said = photos.iter().flat_map(|photo| &photo.labels.sayings).filter(|saying| saying.labeler == at);
    Labeler {
        name: table.name.clone(),
        file: file.to_path_buf(),
        witnesses: said.clone().map(|saying| saying.witness.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        named: forms.iter().filter(|forms| forms[at].is_some()).count(),
        void: said.filter(|saying| saying.standing == Standing::Nothing).count(),
        beside_accepted: beside.len(),
        as_accepted: beside.into_iter().filter(|same| *same).count(),
    }
}

/// How an accepted seller is written: the spelling with the fewest faults (half-width brackets), of equal ones the reader's, then
/// the most frequent, then the first in order.
fn spelling<'a>(sayings: &'a [Saying], form: &str) -> Option<&'a str> {
    let same: Vec<_> = sayings.iter().filter(|saying| saying.form == form).collect();
    let frequency = |seller: &str| same.iter().filter(|saying| saying.seller == seller).count();
    let rank = |saying: &&&Saying| {
        let is_reader = saying.witness == Witness::Reader;
        (check_name(&saying.seller).len(), !is_reader, usize::MAX - frequency(&saying.seller), saying.seller.clone())
    };
    same.iter().min_by_key(rank).map(|saying| saying.seller.as_str())
}

/// Who says what of a photo, and what another photo adds: `reader and nova say so; x says otherwise; …`.
fn evidence(photo: &PhotoLabels, decision: &Decision, tables: &[(&Table, &Path)]) -> String {
    let mut groups: BTreeMap<(usize, &str), Vec<&str>> = BTreeMap::new();
    for saying in &photo.sayings {
        let name = tables.get(saying.labeler).map_or("", |(table, _)| table.name.as_str());
        let is_own = decision.form.as_deref() == Some(saying.form.as_str());
        let key = match saying.standing {
            Standing::Nothing => (2, saying.fault.unwrap_or_default()),
            _ if is_own => (0, ""),
            _ => (1, saying.form.as_str()),
        };
        groups.entry(key).or_default().push(name);
    }
    let clauses = groups.into_iter().map(|((kind, what), names)| match kind {
        0 => format!("for it: {}", names.join(", ")),
        1 if decision.form.is_some() => format!("against it: {}", names.join(", ")),
        1 => format!("{what}: {}", names.join(", ")),
        _ => format!("no name ({what}): {}", names.join(", ")),
    });
    let clauses: Vec<_> = clauses.chain(decision.signal.clone()).collect();
    match clauses[..] {
        [] => decision.ground.name().to_owned(),
        _ => format!("{}: {}", decision.ground.name(), clauses.join("; ")),
    }
}

#[cfg(test)]
mod tests;

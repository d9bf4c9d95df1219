//! What each table says of each photo.

use std::collections::{BTreeSet, HashMap};

use super::table::{Table, buyer_code};
use super::witness::Witness;
use super::{LabelerTable, PhotoLabels, Saying, Standing};
use crate::exact::{exact_form, group_form};
use crate::findings::Report;
use crate::images::Scan;
use crate::labels::rules::{INEXACT_PHOTO_NAME, LABELS_DISAGREE, PHOTO_WITHOUT_LABEL};
use crate::labels::{LabelRow, match_photos};

/// Names of one photo that are kept of a table. A photo with two is left to a person already.
const MOST_NAMES: usize = 100;

/// What each table says of each photo.
pub(super) fn said_of(
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
            |rule: &crate::findings::Rule| *rule != PHOTO_WITHOUT_LABEL && (has_photos || *rule != INEXACT_PHOTO_NAME);
        report.extend(matched.findings.into_iter().filter(|finding| is_worth(finding.rule)));
        let pairs = matched.pairs.into_iter().map(|(row, photo)| (vec![row], photo));
        for (rows, photo) in pairs.chain(matched.disputed) {
            let Some(at) = places.get(photo.name.as_str()) else { continue };
            let said = Said::of(labeler, table, rows);
            let photo = &mut photos[*at];
            // The first table's that has one, by the labelers' names.
            photo.seller_id = photo.seller_id.take().or(said.seller_id);
            buyers[*at].extend(said.buyers);
            sheets[*at].extend(said.sheet);
            photo.sayings.extend(said.sayings);
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

/// What one table says of one photo.
#[derive(Debug, Default)]
struct Said {
    sayings: Vec<Saying>,
    buyers: Vec<String>,
    /// Where the rows agree on it.
    seller_id: Option<String>,
    /// Where the rows agree on it.
    sheet: Option<(Witness, String)>,
}

impl Said {
    /// Of the photo's row, or of all of them where they disagree: each name then speaks against the others alone.
    fn of(labeler: usize, table: &Table, rows: Vec<LabelRow>) -> Self {
        let is_disputed = rows.len() > 1;
        let (mut sheets, mut ids, mut said) = (Vec::new(), Vec::new(), Self::default());
        for row in rows {
            let Some(facts) = table.facts.get(&row.line) else { continue };
            ids.extend(facts.seller_id.clone());
            sheets.extend(row.sheet.map(|sheet| (facts.witness.clone(), sheet)));
            said.buyers.extend(facts.buyer.as_deref().map(exact_form));
            let (standing, fault) = match facts.fault {
                Some(fault) => (Standing::Nothing, Some(fault)),
                None if is_disputed => (Standing::OnlyAgainst, Some(LABELS_DISAGREE.code)),
                None if facts.witness.may_speak_for() => (Standing::Counts, None),
                None => (Standing::OnlyAgainst, None),
            };
            let saying = Saying {
                labeler,
                form: exact_form(&row.seller),
                seller: row.seller,
                witness: facts.witness.clone(),
                standing,
                fault,
                confirmed_by: facts.confirmed_by,
            };
            if said.sayings.len() < MOST_NAMES
                && !said
                    .sayings
                    .iter()
                    .any(|other| (&other.seller, &other.witness) == (&saying.seller, &saying.witness))
            {
                said.sayings.push(saying);
            }
        }
        let is_one = |left: &str, right: &str| group_form(left) == group_form(right);
        ids.dedup_by(|left, right| is_one(left, right));
        sheets.dedup_by(|left, right| is_one(&left.1, &right.1));
        said.seller_id = ids.pop().filter(|_| ids.is_empty());
        said.sheet = sheets.pop().filter(|_| sheets.is_empty());
        said
    }
}

/// The sheet that a photo shows, of what tables say.
fn sheet_of(told: &[(Witness, String)]) -> Option<String> {
    let of_reader = told.iter().find(|(witness, _)| *witness == Witness::Reader);
    let first = of_reader.or(told.first())?;
    let agree = told.iter().all(|(_, sheet)| group_form(sheet) == group_form(&first.1));
    (of_reader.is_some() || agree).then(|| first.1.clone())
}

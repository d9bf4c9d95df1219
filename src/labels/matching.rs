use std::collections::{BTreeMap, BTreeSet, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::csv::trim;
use super::rules;
use super::systematic::fold;
use super::table::{LabelRow, Labels};
use crate::error::Place;
use crate::exact::is_same_group;
use crate::findings::Finding;
use crate::images::{Format, PassedOver, Photo, Scan};
use crate::wording::without_unseen;

/// Rows with their photos.
#[derive(Debug, Clone)]
pub struct Matched {
    /// Each photo at most once, by the rows' lines. A photo with a fault is among them: its `header` says so.
    pub pairs: Vec<(LabelRow, Photo)>,
    /// The rows of photos whose rows say different sellers or sheets: none of them counts. By the scan's order.
    pub disputed: Vec<(Vec<LabelRow>, Photo)>,
    /// Rows and photos without a partner, and rows that share a photo.
    pub findings: Vec<Finding>,
    /// Code and line of every finding about a row, also of those that `findings` has folded into one.
    pub(crate) flagged: Vec<(&'static str, u64)>,
}

/// Finds the photo of each row: by its full name below the scanned folder, else by its file name in a folder below, else
/// by the name without the extension; each first as written, then in any case. Spaces around a photo's name, which a table
/// cannot have, make no difference.
///
/// Two ways to write the same Unicode text (a macOS file name, for one) are equal. A name that fits several photos fits
/// none.
pub fn match_photos(labels: &Labels, scan: &Scan) -> Matched {
    let index = Index::new(&scan.photos);
    let left_aside = LeftAside::new(&scan.passed_over);
    let mut findings = Vec::new();
    // By photo: its rows.
    let mut claims: BTreeMap<usize, Vec<LabelRow>> = BTreeMap::new();
    let (mut contested, mut contested_lists) = (BTreeSet::<usize>::new(), HashSet::new());
    for row in labels.rows() {
        let place = Place::line(labels.file(), row.line);
        match index.find(&row.image) {
            Found::Exactly(photo) => claims.entry(photo).or_default().push(row),
            Found::Nearly(photo) => {
                findings.push(rules::inexact_photo_name::found(place, &row.image, name(scan, photo)));
                claims.entry(photo).or_default().push(row);
            }
            Found::Several(photos) => {
                findings.push(rules::ambiguous_photo_name::found(place, &row.image, photos, |at| name(scan, at)));
                // Many rows may name one and the same list.
                if contested_lists.insert(photos.as_ptr()) {
                    contested.extend(photos);
                }
            }
            Found::Nothing => {
                let passed = left_aside.find(&row.image);
                findings.push(rules::label_without_photo::found(place, &row.image, &scan.folder, passed));
            }
        }
    }

    let (mut pairs, mut disputed) = (Vec::new(), Vec::new());
    let mut without_label = Vec::new();
    for (at, photo) in scan.photos.iter().enumerate() {
        let Some(rows) = claims.remove(&at) else {
            if !contested.contains(&at) {
                without_label.push(photo);
            }
            continue;
        };
        let (row, of_rows) = agreed(labels, photo, &rows);
        findings.extend(of_rows);
        match row {
            Some(row) => pairs.push((row, photo.clone())),
            None => disputed.push((rows, photo.clone())),
        }
    }
    let flagged = findings.iter().filter_map(|finding| Some((finding.rule.code, finding.place.line?))).collect();
    findings = fold(findings, labels.row_count());
    findings.extend(rules::photo_without_label::found(&scan.folder, &without_label));
    pairs.sort_by_key(|(row, _)| row.line);
    findings.sort_by(|a, b| (&a.place, a.rule.code).cmp(&(&b.place, b.rule.code)));
    Matched { pairs, disputed, findings, flagged }
}

/// What the rows of one photo say together, if they agree.
fn agreed(labels: &Labels, photo: &Photo, rows: &[LabelRow]) -> (Option<LabelRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let Some((first, rows)) = rows.split_first() else { return (None, findings) };
    let mut first = first.clone();
    let mut sheet_line = first.line;
    let mut agree = true;
    for row in rows {
        let place = Place::line(labels.file(), row.line);
        let sheets = row.sheet.as_deref().zip(first.sheet.as_deref());
        if row.seller != first.seller {
            agree = false;
            findings.push(rules::labels_disagree::on_seller(place, &photo.name, &row.seller, &first));
        } else if let Some((here, earlier)) = sheets.filter(|(here, earlier)| !is_same_group(here, earlier)) {
            agree = false;
            findings.push(rules::labels_disagree::on_sheet(place, &photo.name, here, (earlier, sheet_line)));
        } else {
            let told = row.sheet.clone().filter(|_| first.sheet.is_none());
            findings.push(rules::label_given_twice::found(place, &photo.name, first.line, told.as_deref()));
            if told.is_some() {
                (first.sheet, sheet_line) = (told, row.line);
            }
        }
    }
    (agree.then_some(first), findings)
}

fn name(scan: &Scan, photo: usize) -> &str {
    scan.photos.get(photo).map_or("", |photo| &photo.name)
}

#[derive(Debug, PartialEq, Eq)]
enum Found<'a> {
    Exactly(usize),
    Nearly(usize),
    Several(&'a [usize]),
    Nothing,
}

/// How a name is looked at, from the strictest way to the loosest.
const WAYS: [fn(&str) -> String; 8] = [
    |name| name.to_owned(),
    |name| trim(name).to_owned(),
    |name| without_unseen(name).into_owned(),
    str::to_lowercase,
    |name| file_name(name).to_owned(),
    |name| file_name(name).to_lowercase(),
    |name| stem(name).to_lowercase(),
    |name| stem(file_name(name)).to_lowercase(),
];

/// So many of them are the name itself: tables are read without spaces around names.
const EXACT_WAYS: usize = 2;

/// Photos by each way to look at their names.
#[derive(Debug)]
struct Index {
    by_way: [BTreeMap<String, Vec<usize>>; WAYS.len()],
}

impl Index {
    fn new(photos: &[Photo]) -> Self {
        let names: Vec<_> = photos.iter().map(|photo| normalize(&photo.name)).collect();
        let by_way = WAYS.map(|way| {
            let mut map: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (at, name) in names.iter().enumerate() {
                map.entry(way(name)).or_default().push(at);
            }
            map
        });
        Self { by_way }
    }

    fn find(&self, image: &str) -> Found<'_> {
        let name = normalize(image);
        for (strictness, (way, map)) in WAYS.iter().zip(&self.by_way).enumerate() {
            match map.get(&way(&name)).map(Vec::as_slice) {
                Some([photo]) if strictness < EXACT_WAYS => return Found::Exactly(*photo),
                Some([photo]) => return Found::Nearly(*photo),
                Some(photos) if !photos.is_empty() => return Found::Several(photos),
                _ => {}
            }
        }
        Found::Nothing
    }
}

/// Finds photos by the names that rows give them, as [`match_photos`] does.
#[derive(Debug)]
pub(crate) struct PhotoNames(Index);

impl PhotoNames {
    pub(crate) fn new(photos: &[Photo]) -> Self {
        Self(Index::new(photos))
    }

    /// The place of the photo among the others; `None` where a name fits none, or several.
    pub(crate) fn find(&self, image: &str) -> Option<usize> {
        match self.0.find(image) {
            Found::Exactly(photo) | Found::Nearly(photo) => Some(photo),
            Found::Several(_) | Found::Nothing => None,
        }
    }

    /// Whether a row with this photo's own name, as a table is read, is this photo's.
    pub(crate) fn can_be_named(&self, photo: usize, image: &str) -> bool {
        self.find(trim(image)) == Some(photo)
    }
}

/// What a scan left aside, to say why a row has no photo.
struct LeftAside<'a> {
    by_name: BTreeMap<String, &'a PassedOver>,
    by_file_name: BTreeMap<String, &'a PassedOver>,
}

impl<'a> LeftAside<'a> {
    fn new(passed_over: &'a [PassedOver]) -> Self {
        let by = |way: fn(&str) -> &str| {
            let key = |passed: &PassedOver| way(&normalize(&passed.name)).to_lowercase();
            passed_over.iter().map(|passed| (key(passed), passed)).collect()
        };
        Self { by_name: by(|name| name), by_file_name: by(file_name) }
    }

    /// The file of this name, or the folder that it would lie in.
    fn find(&self, image: &str) -> Option<&'a PassedOver> {
        let name = normalize(image).to_lowercase();
        let mut folders = std::iter::successors(Some(name.as_str()), |name| name.rsplit_once('/').map(|(up, _)| up));
        let at_its_place = folders.find_map(|name| self.by_name.get(name));
        at_its_place.or_else(|| self.by_file_name.get(file_name(&name))).copied()
    }
}

/// Composed characters, `/` between folders, no `./` before it.
pub(super) fn normalize(name: &str) -> String {
    let name: String = name.nfc().map(|c| if c == '\\' { '/' } else { c }).collect();
    name.trim_start_matches("./").to_owned()
}

pub(super) fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file_name)| file_name)
}

/// Without the extension, if it is one of an image: in `invoice.2019` it is part of the name.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if Format::of_extension(extension).is_some() => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests;

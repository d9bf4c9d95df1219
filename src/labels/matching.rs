use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::rules;
use super::table::{LabelRow, Labels};
use crate::error::Place;
use crate::finding::Finding;
use crate::images::{Format, Photo, Scan};

/// Rows with their photos.
#[derive(Debug, Clone)]
pub struct Matched {
    /// Each photo at most once, by the rows' lines. A photo with a fault is among them: its `header` says so.
    pub pairs: Vec<(LabelRow, Photo)>,
    /// Rows and photos without a partner, and rows that share a photo.
    pub findings: Vec<Finding>,
}

/// Finds the photo of each row: by its full name below the scanned folder, else by its file name in a folder below, else
/// by the name without the extension; each first as written, then in any case.
///
/// Two ways to write the same Unicode text (a macOS file name, for one) are equal. A name that fits several photos fits
/// none.
pub fn match_photos(labels: &Labels, scan: &Scan) -> Matched {
    let index = Index::new(&scan.photos);
    let mut findings = Vec::new();
    // By photo: its rows.
    let mut claims: BTreeMap<usize, Vec<LabelRow>> = BTreeMap::new();
    let mut contested: BTreeSet<usize> = BTreeSet::new();
    for row in labels.rows() {
        let place = Place::line(labels.file(), row.line);
        match index.find(&row.image) {
            Found::Exactly(photo) => claims.entry(photo).or_default().push(row),
            Found::Nearly(photo) => {
                findings.push(rules::inexact_photo_name::found(place, &row.image, name(scan, photo)));
                claims.entry(photo).or_default().push(row);
            }
            Found::Several(photos) => {
                let names: Vec<_> = photos.iter().map(|photo| name(scan, *photo)).collect();
                findings.push(rules::ambiguous_photo_name::found(place, &row.image, &names));
                contested.extend(photos);
            }
            Found::Nothing => findings.push(rules::label_without_photo::found(place, &row.image, &scan.folder)),
        }
    }

    let mut pairs = Vec::new();
    for (at, photo) in scan.photos.iter().enumerate() {
        let Some(rows) = claims.remove(&at) else {
            if !contested.contains(&at) {
                findings.push(rules::photo_without_label::found(&photo.path));
            }
            continue;
        };
        let mut rows = rows.into_iter();
        let Some(first) = rows.next() else { continue };
        let mut agree = true;
        for row in rows {
            let place = Place::line(labels.file(), row.line);
            if row.seller == first.seller {
                findings.push(rules::label_given_twice::found(place, &photo.name, first.line));
            } else {
                agree = false;
                findings.push(rules::labels_disagree::found(place, &photo.name, &row.seller, &first));
            }
        }
        if agree {
            pairs.push((first, photo.clone()));
        }
    }
    pairs.sort_by_key(|(row, _)| row.line);
    findings.sort_by(|a, b| (&a.place, a.rule.code).cmp(&(&b.place, b.rule.code)));
    Matched { pairs, findings }
}

fn name(scan: &Scan, photo: usize) -> &str {
    scan.photos.get(photo).map_or("", |photo| &photo.name)
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Exactly(usize),
    Nearly(usize),
    Several(Vec<usize>),
    Nothing,
}

/// How a name is looked at, from the strictest way to the loosest.
const WAYS: [fn(&str) -> String; 6] = [
    |name| name.to_owned(),
    str::to_lowercase,
    |name| file_name(name).to_owned(),
    |name| file_name(name).to_lowercase(),
    |name| stem(name).to_lowercase(),
    |name| stem(file_name(name)).to_lowercase(),
];

/// Photos by each way to look at their names.
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

    fn find(&self, image: &str) -> Found {
        let name = normalize(image);
        for (strictness, (way, map)) in WAYS.iter().zip(&self.by_way).enumerate() {
            match map.get(&way(&name)).map(Vec::as_slice) {
                Some([photo]) if strictness == 0 => return Found::Exactly(*photo),
                Some([photo]) => return Found::Nearly(*photo),
                Some(photos) if !photos.is_empty() => return Found::Several(photos.to_vec()),
                _ => {}
            }
        }
        Found::Nothing
    }
}

/// Composed characters, `/` between folders, no `./` before it.
fn normalize(name: &str) -> String {
    let name: String = name.nfc().map(|c| if c == '\\' { '/' } else { c }).collect();
    name.trim_start_matches("./").to_owned()
}

fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file_name)| file_name)
}

/// Without the extension, if it is one of an image: in `invoice.2019` it is part of the name.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if Format::of_extension(extension).is_some() => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests;

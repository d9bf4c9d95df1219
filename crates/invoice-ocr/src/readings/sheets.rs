//! Which photos show the same sheet of paper.

use std::collections::{BTreeMap, BTreeSet};

use super::PhotoReading;
use super::vote::CONFIDENT;
use crate::invoice::{Field, Invoice, is_einvoice_number};

/// A field that was read with less is no evidence for anything.
const LEAST: f32 = 0.5;

/// The sheet that each photo shows, `None` for one that stands alone because too little of it can be read. Photos of one
/// sheet have one name.
///
/// Photos are of one sheet when invoice code and number are the same. Fully digital e-invoices (数电票) have no code: their
/// 20-digit number is unique by itself. A photo whose code or number cannot be read goes by
/// seller's taxpayer id, date and total together, where no two sheets have the same ones; where only the number can, by that
/// and one of the three. A code or number that was read with doubt counts as long as nothing on the photo contradicts it.
/// Where id, date and total are those of one single sheet, a number in doubt that differs in one digit is that sheet's, and so
/// is a code in doubt beside the same number. Nothing else is merged: neighbours in a pad of invoices differ in one digit.
///
/// The name comes from code and number (`1100162130-09750785`, `einvoice-25110000000012345678`), so that it stays when photos are
/// added; it does not depend on the order of the photos. A bare 20-digit number would lose digits in a spreadsheet.
pub fn sheets_of(readings: &[PhotoReading]) -> Vec<Option<String>> {
    let photos: Vec<_> = readings.iter().map(|reading| Clues::of(&reading.invoice)).collect();
    let mut sheets = Sheets { keys: settled_keys(&photos), groups: Groups::new(photos.len()), photos };
    sheets.unite_by_key();
    sheets.unite_misread_keys();
    sheets.place_keyless();
    sheets.names()
}

/// Code and number; the code is empty where the number alone identifies the document.
type Key<'a> = (&'a str, &'a str);

/// Seller's id, date, total in fen.
type Weak<'a> = (&'a str, &'a str, u64);

/// What of a photo tells its sheet.
#[derive(Debug, Clone, Copy)]
struct Clues<'a> {
    code: Option<&'a Field<String>>,
    number: Option<&'a Field<String>>,
    seller_id: Option<&'a str>,
    date: Option<&'a str>,
    total_fen: Option<u64>,
}

/// The value of a field that says anything.
fn legible<T>(field: Option<&Field<T>>) -> Option<&Field<T>> {
    field.filter(|field| field.confidence >= LEAST)
}

fn is_sure(field: &Field<String>) -> bool {
    field.confidence >= CONFIDENT
}

impl<'a> Clues<'a> {
    fn of(invoice: &'a Invoice) -> Self {
        Self {
            code: legible(invoice.code.as_ref()),
            number: legible(invoice.number.as_ref()),
            seller_id: legible(invoice.seller_id.as_ref()).map(|field| field.value.as_str()),
            date: legible(invoice.date.as_ref()).map(|field| field.value.as_str()),
            total_fen: legible(invoice.total_fen.as_ref()).map(|field| field.value),
        }
    }

    fn key(&self) -> Option<Key<'a>> {
        let number = &self.number?.value;
        if is_einvoice_number(number) { Some(("", number)) } else { Some((&self.code?.value, number)) }
    }

    fn has_sure_key(&self) -> bool {
        let number_is_enough = self.number.is_some_and(|number| is_einvoice_number(&number.value));
        (number_is_enough || self.code.is_some_and(is_sure)) && self.number.is_some_and(is_sure)
    }

    fn weak(&self) -> Option<Weak<'a>> {
        Some((self.seller_id?, self.date?, self.total_fen?))
    }

    /// Whether what was read of the photo's key fits one of these.
    fn may_have(&self, keys: &BTreeSet<Key<'a>>) -> bool {
        let fits =
            |part: Option<&Field<String>>, own: &str| part.is_none_or(|part| !is_sure(part) || part.value == own);
        keys.iter().any(|key| fits(self.code, key.0) && fits(self.number, key.1))
    }

    /// Whether the two, whose number is the same, are of one sheet: a field at least speaks for it and none against it, or
    /// two do and one total was misread.
    fn agrees(&self, other: &Self) -> bool {
        let same = [
            self.seller_id.is_some() && self.seller_id == other.seller_id,
            self.date.is_some() && self.date == other.date,
            self.total_fen.is_some() && self.total_fen == other.total_fen,
        ];
        match same.into_iter().filter(|same| *same).count() {
            0 => false,
            1 => !self.contradicts(other),
            _ => true,
        }
    }

    /// Whether a field was read on both and is another one.
    fn contradicts(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(left: Option<T>, right: Option<T>) -> bool {
            left.zip(right).is_some_and(|(left, right)| left != right)
        }
        differ(self.seller_id, other.seller_id)
            || differ(self.date, other.date)
            || differ(self.total_fen, other.total_fen)
    }
}

/// The key of each photo, without those in doubt that the other fields contradict.
fn settled_keys<'a>(photos: &[Clues<'a>]) -> Vec<Option<Key<'a>>> {
    let mut keys: Vec<_> = photos.iter().map(Clues::key).collect();
    for members in by_value(&keys).values() {
        let (sure, doubtful): (Vec<usize>, Vec<usize>) = members.iter().partition(|at| photos[**at].has_sure_key());
        let judges = if sure.is_empty() { &doubtful } else { &sure };
        for at in &doubtful {
            // With a sure number, two fields that agree outweigh one that was misread.
            let number_is_sure = photos[*at].number.is_some_and(is_sure);
            let refutes = |judge: &&usize| {
                photos[*at].contradicts(&photos[**judge]) && !(number_is_sure && photos[*at].agrees(&photos[**judge]))
            };
            if judges.iter().any(|judge| refutes(&judge)) {
                keys[*at] = None;
            }
        }
    }
    keys
}

/// The places of each value.
fn by_value<T: Ord + Copy>(values: &[Option<T>]) -> BTreeMap<T, Vec<usize>> {
    let mut places: BTreeMap<T, Vec<usize>> = BTreeMap::new();
    for (at, value) in values.iter().enumerate() {
        if let Some(value) = value {
            places.entry(*value).or_default().push(at);
        }
    }
    places
}

#[derive(Debug)]
struct Sheets<'a> {
    photos: Vec<Clues<'a>>,
    keys: Vec<Option<Key<'a>>>,
    groups: Groups,
}

impl<'a> Sheets<'a> {
    fn unite_by_key(&mut self) {
        for members in by_value(&self.keys).values() {
            members.windows(2).for_each(|pair| self.groups.unite(pair[0], pair[1]));
        }
    }

    /// Unites a key that nobody read with confidence with the one key that it is a misreading of.
    fn unite_misread_keys(&mut self) {
        let by_key = by_value(&self.keys);
        let mut keys_of: BTreeMap<Weak<'a>, BTreeSet<Key<'a>>> = BTreeMap::new();
        for (photo, key) in self.photos.iter().zip(&self.keys) {
            if let (Some(weak), Some(key)) = (photo.weak(), *key) {
                keys_of.entry(weak).or_default().insert(key);
            }
        }
        for (key, members) in &by_key {
            if members.iter().any(|at| self.photos[*at].has_sure_key()) {
                continue;
            }
            let is_doubtful = |field: fn(&Clues<'a>) -> Option<&'a Field<String>>| {
                members.iter().filter_map(|at| field(&self.photos[*at])).all(|field| !is_sure(field))
            };
            let (code_in_doubt, number_in_doubt) = (is_doubtful(|photo| photo.code), is_doubtful(|photo| photo.number));
            let weak: BTreeSet<_> = members.iter().filter_map(|at| self.photos[*at].weak()).collect();
            let others = weak.iter().filter_map(|weak| keys_of.get(weak)).flatten();
            let likely: BTreeSet<_> = others
                .filter(|other| {
                    (number_in_doubt && other.0 == key.0 && differ_in_one(other.1, key.1))
                        || (code_in_doubt && other.1 == key.1 && other.0 != key.0)
                })
                .collect();
            // Of two that it could be, neither is more than a guess.
            if let (1, Some(other)) = (likely.len(), likely.first()) {
                let places = by_key.get(*other).and_then(|places| places.first()).zip(members.first());
                if let Some((a, b)) = places {
                    self.groups.unite(*a, *b);
                }
            }
        }
    }

    /// Puts photos without code and number where id, date and total say, unless that could be two places.
    fn place_keyless(&mut self) {
        let weak: Vec<_> = self.photos.iter().map(Clues::weak).collect();
        let mut keys_of: BTreeMap<usize, BTreeSet<Key<'a>>> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            if let Some(key) = key {
                keys_of.entry(self.groups.root(at)).or_default().insert(*key);
            }
        }
        let mut places = self.places_by_number();
        for members in by_value(&weak).values() {
            let (keyed, keyless): (Vec<usize>, Vec<usize>) = members.iter().partition(|at| self.keys[**at].is_some());
            let sheets: BTreeSet<usize> = keyed.iter().map(|at| self.groups.root(*at)).collect();
            for at in &keyless {
                let fits = |sheet: &&usize| keys_of.get(sheet).is_some_and(|keys| self.photos[*at].may_have(keys));
                let fitting: Vec<_> = sheets.iter().filter(fits).collect();
                if let [sheet] = fitting[..] {
                    places.push((*at, *sheet));
                }
            }
            if sheets.is_empty() {
                self.unite_keyless(&keyless);
            }
        }
        for (at, sheet) in places {
            self.groups.unite(at, sheet);
        }
    }

    /// The sheets of photos whose number alone can be read: those with that number, where one other field agrees.
    fn places_by_number(&mut self) -> Vec<(usize, usize)> {
        let numbers: Vec<_> = self.keys.iter().map(|key| key.map(|key| key.1)).collect();
        let with_number = by_value(&numbers);
        let mut places = Vec::new();
        for at in (0..self.photos.len()).filter(|at| numbers[*at].is_none()) {
            let photo = self.photos[at];
            let number = photo.number.filter(|number| photo.code.is_none() && is_sure(number));
            let others = number.and_then(|number| with_number.get(number.value.as_str())).into_iter().flatten();
            let agreeing: Vec<_> = others.filter(|other| photo.agrees(&self.photos[**other])).collect();
            let sheets: BTreeSet<_> = agreeing.into_iter().map(|other| self.groups.root(*other)).collect();
            if let (1, Some(sheet)) = (sheets.len(), sheets.first()) {
                places.push((at, *sheet));
            }
        }
        places
    }

    /// Unites photos of one id, date and total, none of which has a whole key; a part of it that was read parts them.
    fn unite_keyless(&mut self, members: &[usize]) {
        let parts: Vec<_> = members.iter().map(|at| self.part(*at)).collect();
        let known: BTreeSet<_> = parts.iter().flatten().collect();
        // The first photo with each part; without two of them, the first of all.
        let mut first_with: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for (at, part) in members.iter().zip(&parts) {
            if known.len() < 2 || part.is_some() {
                let part = part.filter(|_| known.len() >= 2);
                let first = *first_with.entry(part).or_insert(*at);
                self.groups.unite(first, *at);
            }
        }
    }

    /// The part of a photo's key that was read with confidence.
    fn part(&self, at: usize) -> Option<&'a str> {
        let photo = &self.photos[at];
        photo.number.or(photo.code).filter(|part| is_sure(part)).map(|part| part.value.as_str())
    }

    fn names(mut self) -> Vec<Option<String>> {
        let roots: Vec<_> = (0..self.photos.len()).map(|at| self.groups.root(at)).collect();
        // By sheet and key: how many photos have it with confidence, and how many at all.
        let mut votes: BTreeMap<usize, BTreeMap<Key<'a>, (usize, usize)>> = BTreeMap::new();
        let mut parts: BTreeMap<usize, &str> = BTreeMap::new();
        for (at, root) in roots.iter().enumerate() {
            if let Some(key) = self.keys[at] {
                let (sure, all) = votes.entry(*root).or_default().entry(key).or_default();
                *sure += usize::from(self.photos[at].has_sure_key());
                *all += 1;
            } else if let Some(part) = self.part(at) {
                let first = parts.entry(*root).or_insert(part);
                *first = part.min(first);
            }
        }
        let mut sheets_with: BTreeMap<Weak<'a>, BTreeSet<usize>> = BTreeMap::new();
        for (photo, root) in self.photos.iter().zip(&roots) {
            if let Some(weak) = photo.weak() {
                sheets_with.entry(weak).or_default().insert(*root);
            }
        }
        let keyed: BTreeSet<_> =
            self.keys.iter().zip(&self.photos).filter_map(|(key, photo)| key.and(photo.weak())).collect();
        let name = |(at, root): (usize, &usize)| {
            let by_votes = |(key, votes): &(&Key<'a>, &(usize, usize))| (votes.0, votes.1, std::cmp::Reverse(**key));
            if let Some((key, _)) = votes.get(root).and_then(|keys| keys.iter().max_by_key(by_votes)) {
                let code = if key.0.is_empty() { "einvoice" } else { key.0 };
                return Some(format!("{code}-{}", key.1));
            }
            // Where sheets have these, the photo is one of them, and nobody knows which.
            let weak @ (id, date, total_fen) = self.photos[at].weak().filter(|weak| !keyed.contains(weak))?;
            let part = parts.get(root).map_or(String::new(), |part| format!("-{part}"));
            let is_one_of_several = part.is_empty() && sheets_with.get(&weak).is_some_and(|sheets| sheets.len() > 1);
            (!is_one_of_several).then(|| format!("{id}-{date}-{total_fen}{part}"))
        };
        roots.iter().enumerate().map(name).collect()
    }
}

/// Whether two texts are as long and differ in one character.
fn differ_in_one(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).filter(|(a, b)| a != b).count() == 1
}

/// Sets that grow together.
#[derive(Debug)]
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// The least member of a set.
    fn root(&mut self, at: usize) -> usize {
        let mut root = at;
        while self.0[root] != root {
            self.0[root] = self.0[self.0[root]];
            root = self.0[root];
        }
        root
    }

    fn unite(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        self.0[left.max(right)] = left.min(right);
    }
}

#[cfg(test)]
mod tests;

//! Which rows of several tables are of one photo, where nobody has the photos.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::images::{Fault, Format, Photo, Scan};
use crate::labels::matching::{file_name, normalize, stem};

/// The photos that tables name, as a folder of them would be: names of one photo are one.
///
/// Two names are of one photo where one may be a shorter way to write the other (`a/1.jpg`, `1.jpg`, `1`, `1.JPG`), and no
/// other name of any table is written that way too. Otherwise only equal names are of one photo.
pub(super) fn photos_of<'a>(tables: impl Iterator<Item = Vec<&'a str>>) -> Scan {
    // By stem: the names, and the tables that have each.
    let mut groups: BTreeMap<String, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
    for (table, names) in tables.enumerate() {
        for name in names {
            let name = normalize(name);
            let key = stem(file_name(&name)).to_lowercase();
            groups.entry(key).or_default().entry(name).or_default().insert(table);
        }
    }
    let mut names: Vec<String> = Vec::new();
    for group in groups.into_values() {
        let all: Vec<&String> = group.keys().collect();
        let is_one_in_each =
            group.values().map(BTreeSet::len).sum::<usize>() == group.values().flatten().collect::<BTreeSet<_>>().len();
        // Of names that are in one table each there are no more than tables.
        let is_one =
            || all.iter().enumerate().all(|(at, left)| all[at + 1..].iter().all(|right| may_be_one(left, right)));
        if is_one_in_each && is_one() {
            // The one that says most.
            names.extend(all.into_iter().max_by_key(|name| (name.len(), std::cmp::Reverse(*name))).cloned());
        } else {
            names.extend(group.into_keys());
        }
    }
    names.sort();
    let photo = |name: String| Photo { path: PathBuf::from(&name), name, size_bytes: 0, header: Err(Fault::Empty) };
    let photos = names.into_iter().map(photo).collect();
    Scan { folder: PathBuf::new(), photos, passed_over: Vec::new() }
}

/// Whether one of two names that share their stem may be a shorter way to write the other.
fn may_be_one(left: &str, right: &str) -> bool {
    let folders = |name: &str| {
        let mut folders: Vec<_> = name.split('/').map(str::to_lowercase).collect();
        folders.pop();
        folders
    };
    let extension = |name: &str| {
        let extension = file_name(name).rsplit_once('.').map(|(_, extension)| extension)?;
        Format::of_extension(extension).map(|_| extension.to_lowercase())
    };
    let is_end = |short: &[String], long: &[String]| long.ends_with(short);
    let (of_left, of_right) = (folders(left), folders(right));
    let extensions = extension(left).zip(extension(right));
    extensions.is_none_or(|(left, right)| left == right) && (is_end(&of_left, &of_right) || is_end(&of_right, &of_left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tables: &[&[&str]]) -> Vec<String> {
        photos_of(tables.iter().map(|names| names.to_vec())).photos.into_iter().map(|photo| photo.name).collect()
    }

    #[test]
    fn shorter_ways_to_write_a_name_are_one_photo() {
        assert_eq!(names(&[&["a/1.jpg", "2.jpg"], &["1.jpg", "2"], &["1", "2.JPG"]]), ["2.JPG", "a/1.jpg"]);
        assert_eq!(names(&[&["invoice.2019"], &["invoice.2019.png"]]), ["invoice.2019.png"]);
    }

    #[test]
    fn names_that_may_be_two_photos_stay_two() {
        assert_eq!(names(&[&["a/1.jpg"], &["b/1.jpg"]]), ["a/1.jpg", "b/1.jpg"]);
        assert_eq!(names(&[&["a/1.jpg", "b/1.jpg"], &["1.jpg"]]), ["1.jpg", "a/1.jpg", "b/1.jpg"]);
        assert_eq!(names(&[&["1.jpg"], &["1.png"]]), ["1.jpg", "1.png"]);
        assert_eq!(names(&[&["1.jpg", "1.JPG"], &["1"]]), ["1", "1.JPG", "1.jpg"]);
    }

    #[test]
    fn very_many_spellings_of_one_name_in_one_table_are_as_many_photos() {
        let spelling = |n: u32| (0..15).map(|bit| if n >> bit & 1 == 1 { 'A' } else { 'a' }).collect::<String>();
        let all: Vec<_> = (0..1 << 15).map(spelling).collect();
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        assert_eq!(names(&[&all, &["x"]]).len(), (1 << 15) + 1);
    }

    #[test]
    fn the_order_of_the_tables_does_not_matter() {
        let (a, b, c): (&[&str], &[&str], &[&str]) = (&["x/1.jpg", "2"], &["1"], &["2.jpg", "3.png"]);
        assert_eq!(names(&[a, b, c]), names(&[c, a, b]));
        assert_eq!(names(&[a, b, c]), names(&[b, c, a]));
    }
}

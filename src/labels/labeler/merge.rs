//! The parts of a labeling become the table that one run would have written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::conclude::{ReadPhoto, conclude};
use super::journal::{Journal, Memory};
use super::part::{Listing, Part};
use super::parts::PartStore;
use super::shard::Shard;
use super::table::Kept;
use super::{Existing, LabelOptions, Labelled, journal_file};
use crate::error::{Error, Result};
use crate::findings::Levels;
use crate::images::{self, Fault, Photo, Scan, ScanOptions};
use crate::wording::counted;

/// What [`merge`] needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeOptions {
    /// The table to write, CSV.
    pub output_file: PathBuf,
    /// The folder of the photos, to see that it is the one that was read. Where it is not given, nothing but the parts is looked at.
    pub input_dir: Option<PathBuf>,
    /// What to do with a table that somebody else has written into.
    pub existing: Existing,
    /// Which findings are not reported, and which are errors.
    pub levels: Levels,
}

/// Reads all parts, groups sheets and votes over all readings together, and writes the table: byte for byte the one that a run
/// without shards writes.
///
/// # Errors
/// Where a part is missing, broken or of another labeling, or the table cannot be written.
pub fn merge(options: &MergeOptions, parts: &PartStore) -> Result<Labelled> {
    let label_options = LabelOptions {
        input_dir: options.input_dir.clone().unwrap_or_default(),
        output_file: options.output_file.clone(),
        existing: options.existing,
        levels: options.levels.clone(),
        ..LabelOptions::default()
    };
    let journal_file = journal_file(&options.output_file)?;
    Kept::find(&label_options, &Memory::read(&journal_file)?)?;
    let whole = Whole::read(parts)?;
    if let Some(folder) = &options.input_dir {
        whole.check_folder(folder)?;
    }
    let journal = Journal::open(&journal_file)?;
    let path = |name: &str| options.input_dir.as_ref().map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let photo = |(name, size_bytes): &(String, u64)| Photo {
        path: path(name),
        name: name.clone(),
        size_bytes: *size_bytes,
        // Nobody looks at the file: only names are matched with rows that are there.
        header: Err(Fault::Empty),
    };
    let scan = Scan {
        folder: label_options.input_dir.clone(),
        photos: whole.photos.iter().map(|(photo, _)| photo).map(photo).collect(),
        passed_over: Vec::new(),
    };
    let read = whole.photos.into_iter().map(|((name, _), reading)| ReadPhoto { path: path(&name), name, reading });
    conclude(&label_options, &scan, read.collect(), 0, &whole.version, &journal)
}

/// All parts together.
#[derive(Debug)]
struct Whole {
    version: String,
    listing: Listing,
    /// Name and size, and what was read, by name.
    photos: Vec<((String, u64), Result<crate::readings::PhotoReading, String>)>,
}

/// How many shards are named in a message.
const MOST_NAMED: usize = 20;

impl Whole {
    fn read(parts: &PartStore) -> Result<Self> {
        let place = parts.place().to_string();
        let wrong = |what: String, hint: &str| Error::input(Path::new(&place), what, hint);
        let names = parts.list()?;
        let shards = check_names(&names).map_err(|(what, hint)| wrong(what, hint))?;
        let mut read: BTreeMap<Shard, Part> = BTreeMap::new();
        for (shard, name) in shards {
            let at = parts.place_of(&name);
            let refused = |what: String| {
                let hint = format!("remove it and run the shard again: nova-ft label --shard {shard} --parts {place}");
                Error::input(Path::new(&at), what, hint)
            };
            let part = Part::from_jsonl(&parts.read(&name)?).map_err(refused)?;
            check_part(shard, &part).map_err(refused)?;
            if let Some((other, first)) = read.first_key_value() {
                check_same(&part, first, *other).map_err(refused)?;
            }
            read.insert(shard, part);
        }
        let Some((_, first)) = read.first_key_value() else {
            return Err(wrong(
                "there is no part here".to_owned(),
                "name the place that the shards were given with `parts`.",
            ));
        };
        let (version, listing) = (first.version.clone(), first.listing);
        let mut photos: Vec<_> = read
            .into_values()
            .flat_map(|part| part.rows)
            .map(|row| ((row.image, row.size_bytes), row.reading))
            .collect();
        photos.sort_by(|a, b| a.0.cmp(&b.0));
        let all = Listing::of(photos.iter().map(|((name, size_bytes), _)| (name.as_str(), *size_bytes)));
        if all != listing {
            let what = format!(
                "the parts hold {}, and the folder that was read had {}: they are not of one listing",
                counted(all.count, "photo"),
                counted(listing.count, "photo")
            );
            return Err(wrong(what, "run all shards again; what was read is in their journals."));
        }
        Ok(Self { version, listing, photos })
    }

    /// Whether a folder is the one that was read.
    fn check_folder(&self, folder: &Path) -> Result<()> {
        let scan = images::scan(folder, &ScanOptions::default())?;
        let now = Listing::of(scan.photos.iter().map(|photo| (photo.name.as_str(), photo.size_bytes)));
        if now == self.listing {
            return Ok(());
        }
        let there: BTreeSet<(&str, u64)> =
            scan.photos.iter().map(|photo| (photo.name.as_str(), photo.size_bytes)).collect();
        let read: BTreeSet<(&str, u64)> =
            self.photos.iter().map(|((name, size_bytes), _)| (name.as_str(), *size_bytes)).collect();
        let names = |left: &BTreeSet<(&str, u64)>, right: &BTreeSet<(&str, u64)>| {
            let names: Vec<_> = left.difference(right).map(|(name, _)| *name).collect();
            let first: Vec<_> = names.iter().take(3).copied().collect();
            let more = if names.len() > first.len() { ", …" } else { "" };
            if names.is_empty() { "none".to_owned() } else { format!("{} ({}{more})", names.len(), first.join(", ")) }
        };
        let what = format!(
            "this is not the folder that the shards read: photos that are new or changed: {}; that are gone or were others: {}",
            names(&there, &read),
            names(&read, &there)
        );
        Err(Error::input(folder, what, "run all shards again: they read what is new, and know the rest."))
    }
}

/// The shard of each part, where they are all of one number, each once, and none is missing.
fn check_names(names: &[String]) -> Result<BTreeMap<Shard, String>, (String, &'static str)> {
    let earlier = names.iter().filter_map(|name| Shard::of_earlier_part_name(name));
    let mut shards = BTreeMap::new();
    for name in names.iter().filter(|name| Shard::of_earlier_part_name(name).is_none()) {
        let Some(shard) = Shard::of_part_name(name) else {
            let what = format!("{name} is no part of a labeling, and would be lost in it");
            return Err((what, "give the parts a place of their own."));
        };
        shards.insert(shard, name.clone());
    }
    // A shard that was run again has a part of this version too.
    let earlier: Vec<Shard> = earlier.filter(|shard| !shards.contains_key(shard)).collect();
    if !earlier.is_empty() {
        let what =
            format!("{} written by an earlier version of nova-ft: {}", parts_are(earlier.len()), named(&earlier));
        return Err((what, RUN_SHARDS));
    }
    let counts: BTreeSet<usize> = shards.keys().map(|shard| shard.count()).collect();
    if counts.len() > 1 {
        let counts: Vec<_> = counts.iter().map(ToString::to_string).collect();
        let what = format!("there are parts of {} shards here: of more than one labeling", counts.join(" and of "));
        return Err((what, "remove those of the other one, or give each labeling a place of its own."));
    }
    let Some(count) = counts.first().copied() else { return Ok(shards) };
    let all = (1..=count).filter_map(|index| Shard::new(index, count));
    let missing: Vec<Shard> = all.filter(|shard| !shards.contains_key(shard)).collect();
    if missing.is_empty() {
        return Ok(shards);
    }
    Err((format!("{} of {count} missing: {}", parts_are(missing.len()), named(&missing)), RUN_SHARDS))
}

/// What to do about parts that are missing or of an earlier version.
const RUN_SHARDS: &str = "run those shards: nova-ft label --shard I/N with the same --input-dir and --parts.";

/// Names the first of some shards.
fn named(shards: &[Shard]) -> String {
    let named: Vec<_> = shards.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = shards.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join(", ") + &more
}

fn parts_are(count: usize) -> String {
    if count == 1 { "1 part".to_owned() } else { format!("{count} parts") }
}

/// Whether a part is the one that its name says, and holds its shard's photos, each once.
fn check_part(shard: Shard, part: &Part) -> Result<(), String> {
    if part.shard != shard {
        return Err(format!("this part is that of shard {}: it was renamed", part.shard));
    }
    let mut seen = BTreeSet::new();
    for row in &part.rows {
        if !shard.has(&row.image) {
            return Err(format!("{} does not belong to this shard", row.image));
        }
        if !seen.insert(&row.image) {
            return Err(format!("{} stands there twice", row.image));
        }
    }
    Ok(())
}

/// Whether two parts are of one labeling.
fn check_same(part: &Part, first: &Part, other: Shard) -> Result<(), String> {
    if part.version != first.version {
        let (here, there) = (&part.version, &first.version);
        return Err(format!("this part was read by `{here}`, and that of shard {other} by `{there}`"));
    }
    if part.listing != first.listing {
        let (here, there) = (counted(part.listing.count, "photo"), counted(first.listing.count, "photo"));
        return Err(format!(
            "this part was read when the folder held other photos than for shard {other} ({here} here, {there} there)"
        ));
    }
    Ok(())
}

//! From label table and photos to a data set: which record, which side, which key, what to convert.

use std::path::{Path, PathBuf};

use super::dropped_rows::DroppedRows;
use super::manifest::{copy_path, relative_to};
use super::own_files::OwnFiles;
use super::photos::{self, Order, Usable};
use super::placement::{Member, Placement, place};
use super::rules::{
    EMPTY_TRAINING_SIDE, EMPTY_VALIDATION_SIDE, PHOTO_PASSED_OVER, PHOTO_WITHOUT_SHEET, photo_changed_side,
};
use super::write::{check_files, encode_records, own_folder, write_dataset};
use super::{FolderLock, Manifest, ManifestFile, ManifestPhoto, ObjectKeys, PrepareOptions, Side, SplitBy};
use crate::atomic;
use crate::error::{Error, IoContext, Place, Result};
use crate::exact::group_form;
use crate::findings::{Finding, Report};
use crate::images::{self, PassOver, PassedOver, Photo, ScanOptions};
use crate::labels::{LabelRow, Labels, audit, match_photos};
use crate::progress::Progress;

/// What [`prepare`] made.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The data set's folder.
    pub folder: PathBuf,
    /// What was written; `None` when error-level findings stood in the way and nothing was.
    pub manifest: Option<Manifest>,
    /// What the labels and photos gave rise to.
    pub report: Report,
}

/// Builds a data set from a label table and a folder of photos. Waits while another process writes into the same folder.
///
/// Nothing is written while the report has an error: a photo that silently drops out would shrink the training set.
///
/// # Errors
/// Where the table or a folder cannot be read, an option cannot be used, or the output folder holds another's files.
pub fn prepare(options: &PrepareOptions, progress: &dyn Progress) -> Result<Prepared> {
    prepare_held(options, None, progress)
}

/// [`prepare`] in a folder that the caller holds already, or that is held while something is written.
pub(crate) fn prepare_held(
    options: &PrepareOptions,
    held: Option<&FolderLock>,
    progress: &dyn Progress,
) -> Result<Prepared> {
    options.check()?;
    let read = Labels::read(&options.labels)?;
    let leave_out = vec![options.output_dir.clone()];
    let scan = images::scan(&options.input_dir, &ScanOptions { leave_out, ..ScanOptions::default() })?;
    let matched = match_photos(&read.labels, &scan);
    let dropped = DroppedRows::find(&options.drop, &read, &matched);
    let mut report = Report::new(options.levels.clone());
    report.extend(dropped.mark(read.findings));
    report.extend(dropped.mark(audit(&read.labels)));
    report.extend(scan.passed_over.iter().filter_map(|passed| passed_over(&scan.folder, passed)));
    report.extend(dropped.mark(matched.findings));
    let split_by = split_by(options, &read.labels.rows())?;
    // In the order of the photos' names: keys must not depend on the order of the rows.
    let mut pairs = matched.pairs;
    pairs.retain(|(row, _)| !dropped.has(row.line));
    pairs.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
    let seen: Vec<&Photo> = pairs.iter().map(|(_, photo)| photo).collect();
    let mut usable = Vec::with_capacity(pairs.len());
    for ((row, photo), (seen, finding)) in pairs.iter().zip(photos::look_at(&seen, options.conversion, progress)?) {
        report.extend(finding);
        if split_by == SplitBy::Sheet && row.sheet.is_none() {
            let place = Place::line(&options.labels, row.line).member("sheet");
            let message = format!("{} stands alone, on the training side", row.image);
            report.push(Finding::new(&PHOTO_WITHOUT_SHEET, place, message));
        }
        usable.extend(seen.map(|seen| (row, photo, seen)));
    }
    if usable.is_empty() && !report.has_errors() {
        let hint = "check that the names in the first column are those of the photos.";
        return Err(Error::input(options.labels.as_path(), "no label fits a photo", hint));
    }
    let members: Vec<_> = usable.iter().map(|(row, photo, _)| member(row, photo, split_by)).collect();
    // What the folder holds is read again when it is held: until then nothing is written.
    let placement = place(&members, split_by, Manifest::read(&options.output_dir).ok().as_ref(), options);
    report.extend(check_sides(&placement, split_by, options));
    let refused = |mut report: Report| {
        report.sort();
        Ok(Prepared { folder: options.output_dir.clone(), manifest: None, report })
    };
    if report.has_errors() {
        return refused(report);
    }
    let _held = match held {
        Some(_) => None,
        None => Some(FolderLock::acquire(&options.output_dir, progress)?),
    };
    let before = own_folder(&options.output_dir)?;
    atomic::sweep(&options.output_dir)?;
    let placement = place(&members, split_by, before.as_ref(), options);
    for moved in placement.moved.iter().filter(|_| placement.is_moving) {
        let row = usable.iter().find(|(_, photo, _)| photo.name == moved.image);
        let place = row.map_or(Place::file(&options.labels), |(row, ..)| Place::line(&options.labels, row.line));
        report.push(photo_changed_side::found(place, moved));
    }
    if report.has_errors() {
        return refused(report);
    }
    let mut keys = ObjectKeys::below(&options.s3_prefix);
    let photos = plan(&usable, &members, &placement.sides, &mut keys, options)?;
    let planned = usable.iter().zip(&photos);
    let orders: Vec<Order<'_>> = planned.filter_map(|(usable, photo)| order(usable, photo, &keys)).collect();
    let labels = label_file(options, read.labels.row_count())?;
    let mut manifest = manifest(options, split_by, labels, (photos, placement));
    let own = OwnFiles::of(&options.output_dir, before.as_ref());
    let records = encode_records(&manifest, &orders.iter().map(|order| order.photo.name.as_str()).collect())?;
    check_files(&own, &records, &orders, before.as_ref())?;
    let copies = photos::convert(&own, &orders, before.as_ref(), progress)?;
    let converted = manifest.photos.iter_mut().zip(&usable).filter(|(_, (.., seen))| seen.conversion.is_some());
    for ((photo, _), copy) in converted.zip(copies) {
        match copy {
            Ok(copy) => photo.converted = Some(copy),
            Err(finding) => report.push(finding),
        }
    }
    if report.has_errors() {
        return refused(report);
    }
    let manifest = write_dataset(&own, manifest, records, before.as_ref())?;
    report.sort();
    Ok(Prepared { folder: options.output_dir.clone(), manifest: Some(manifest), report })
}

/// A finding where what the scan left aside may be a photo.
fn passed_over(folder: &Path, passed: &PassedOver) -> Option<Finding> {
    let may_be_a_photo = matches!(passed.reason, PassOver::NameNotUtf8 | PassOver::Unreadable { .. });
    let place = Place::file(folder.join(&passed.name));
    may_be_a_photo.then(|| Finding::new(&PHOTO_PASSED_OVER, place, format!("not looked at: {}", passed.reason)))
}

fn split_by(options: &PrepareOptions, rows: &[LabelRow]) -> Result<SplitBy> {
    let known = rows.iter().any(|row| row.sheet.is_some());
    match options.split_by {
        Some(SplitBy::Sheet) if !known => Err(Error::input(
            options.labels.as_path(),
            "the table has no column `sheet`, so the split cannot go by sheet",
            "add the column (the same text for photos of the same paper), or use `split_by = seller`.",
        )),
        Some(choice) => Ok(choice),
        None if known => Ok(SplitBy::Sheet),
        None => Ok(SplitBy::Seller),
    }
}

/// The group of a photo. Spellings of one name are one group: brackets, width, spaces and case do not part it.
fn member<'a>(row: &LabelRow, photo: &'a Photo, split_by: SplitBy) -> Member<'a> {
    let (group, is_alone) = match (split_by, &row.sheet) {
        (SplitBy::Seller, _) => (group_form(&row.seller), false),
        (SplitBy::Sheet, Some(sheet)) => (group_form(sheet), false),
        // Nobody knows which photos show the same paper: alone, and never held out.
        (SplitBy::Sheet, None) => (format!("photo {}", row.image), true),
    };
    Member { image: &photo.name, group, is_alone }
}

fn check_sides(placement: &Placement, split_by: SplitBy, options: &PrepareOptions) -> Option<Finding> {
    let groups = placement.groups.len();
    let has = |side| placement.sides.contains(&side);
    let seed = options.seed;
    let all = if groups == 1 { format!("the only {split_by}") } else { format!("each of the {groups} {split_by}s") };
    if placement.sides.is_empty() {
        None
    } else if !has(Side::Train) {
        let message =
            format!("{all} is held out with seed {seed}; try another --seed or a smaller --validation-fraction");
        Some(Finding::new(&EMPTY_TRAINING_SIDE, options.labels.as_path(), message))
    } else if options.validation_fraction > 0.0 && !has(Side::Validation) {
        let none = if groups == 1 {
            format!("the only {split_by} is not")
        } else {
            format!("none of the {groups} {split_by}s is")
        };
        let message = format!("{none} held out with seed {seed}; try another --seed or a larger --validation-fraction");
        Some(Finding::new(&EMPTY_VALIDATION_SIDE, options.labels.as_path(), message))
    } else {
        None
    }
}

type UsablePhoto<'a> = (&'a LabelRow, &'a Photo, Usable);

fn plan(
    usable: &[UsablePhoto<'_>],
    members: &[Member<'_>],
    sides: &[Side],
    keys: &mut ObjectKeys,
    options: &PrepareOptions,
) -> Result<Vec<ManifestPhoto>> {
    let folder = absolute(&options.output_dir)?;
    let placed = members.iter().zip(sides);
    let photos = usable.iter().zip(placed).map(|((row, photo, seen), (member, side))| {
        let sent = if seen.conversion.is_some() { images::Format::Jpeg } else { seen.format };
        let key = keys.photo(&photo.name, extension(sent), &seen.sha256);
        Ok(ManifestPhoto {
            image: photo.name.clone(),
            source: relative_to(&absolute(&photo.path)?, &folder),
            sha256: seen.sha256,
            size_bytes: photo.size_bytes,
            format: seen.format,
            seller: row.seller.clone(),
            sheet: row.sheet.clone(),
            group: member.group.clone(),
            side: *side,
            renamed: keys.name_of(&key) != photo.name,
            key,
            converted: None,
        })
    });
    photos.collect()
}

/// The copy to make of a photo, if one is needed. It lies below the data set's folder as the object below the prefix.
fn order<'a>((_, photo, seen): &UsablePhoto<'a>, planned: &ManifestPhoto, keys: &ObjectKeys) -> Option<Order<'a>> {
    Some(Order { photo, sha256: seen.sha256, reason: seen.conversion?, path: copy_path(keys, &planned.key) })
}

fn label_file(options: &PrepareOptions, count: usize) -> Result<ManifestFile> {
    let path = &options.labels;
    Ok(ManifestFile {
        path: relative_to(&absolute(path)?, &absolute(&options.output_dir)?),
        sha256: images::hash_file(path)?,
        size_bytes: std::fs::metadata(path).at("read", path)?.len(),
        count,
    })
}

fn manifest(
    options: &PrepareOptions,
    split_by: SplitBy,
    labels: ManifestFile,
    (photos, placement): (Vec<ManifestPhoto>, Placement),
) -> Manifest {
    Manifest {
        version: Manifest::VERSION,
        nova_ft: env!("CARGO_PKG_VERSION").to_owned(),
        labels,
        prompt: options.prompt.clone(),
        seed: options.seed,
        validation_fraction: options.validation_fraction,
        split_by,
        s3_bucket: options.s3_bucket.clone(),
        s3_prefix: options.s3_prefix.trim_matches('/').to_owned(),
        account_id: options.account_id.clone(),
        records: Vec::new(),
        photos,
        groups: placement.groups,
        moved: placement.moved,
    }
}

fn extension(format: images::Format) -> &'static str {
    match format {
        images::Format::Png => "png",
        images::Format::Gif => "gif",
        images::Format::WebP => "webp",
        _ => "jpg",
    }
}

/// The path from the root, with links followed where the file exists.
fn absolute(path: &Path) -> Result<PathBuf> {
    match path.canonicalize() {
        Ok(path) => Ok(path),
        Err(_) => std::path::absolute(path).at("find", path),
    }
}

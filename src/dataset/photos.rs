//! The photos of a data set: looked at, hashed, and converted where Nova does not take them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::own_files::OwnFiles;
use super::rules::{PHOTO_CONVERTED, PHOTO_UNUSABLE};
use super::{Conversion, Converted, Manifest, ManifestPhoto};
use crate::atomic;
use crate::error::{Error, Result};
use crate::findings::{Finding, Severity, limits};
use crate::images::{self, ConversionReason, Digest, Format, Frames, JpegOptions, Photo, SizeLimits};
use crate::progress::Progress;

/// What Nova takes.
const LIMITS: SizeLimits = SizeLimits { max_size_bytes: limits::SURE_IMAGE_BYTES, max_side_px: limits::MAX_IMAGE_PX };

/// A photo that can be sent, perhaps after conversion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usable {
    pub(super) sha256: Digest,
    pub(super) format: Format,
    pub(super) conversion: Option<ConversionReason>,
}

/// Looks at all photos; each is usable or has a finding, or both.
pub(super) fn look_at(
    photos: &[&Photo],
    conversion: Conversion,
    progress: &dyn Progress,
) -> Result<Vec<(Option<Usable>, Option<Finding>)>> {
    progress.begin("reading photos", photos.len() as u64);
    let seen = photos.par_iter().map(|photo| {
        let seen = look_at_one(photo, conversion);
        progress.advance(1);
        seen
    });
    let seen = seen.collect();
    progress.end();
    seen
}

fn look_at_one(photo: &Photo, conversion: Conversion) -> Result<(Option<Usable>, Option<Finding>)> {
    let unusable = |what: String| Ok((None, Some(Finding::new(&PHOTO_UNUSABLE, photo.path.as_path(), what))));
    let header = match &photo.header {
        Ok(header) => header,
        Err(fault) => return unusable(format!("{fault}; {}", fault.hint().trim_end_matches('.'))),
    };
    let needed = images::needs_conversion(header, photo.size_bytes, &LIMITS);
    if let (Some(reason), Conversion::Never, None) = (needed, conversion, header.format.nova_name()) {
        return unusable(format!("{reason}, and --no-convert is given"));
    }
    let sha256 = images::hash_file(&photo.path)?;
    let usable = |conversion| Some(Usable { sha256, format: header.format, conversion });
    Ok(match (needed, conversion) {
        (None, _) => (usable(None), None),
        (Some(reason), Conversion::WhereNeeded) => {
            let several = header.frames == Frames::Many;
            let first = if several { ", the first of several pictures only" } else { "" };
            let message = format!("{reason}: sent as JPEG{first}");
            let mut finding = Finding::new(&PHOTO_CONVERTED, photo.path.as_path(), message);
            if several {
                finding.severity = Severity::Warning;
            }
            (usable(Some(reason)), Some(finding))
        }
        (Some(reason), Conversion::Never) => {
            let mut finding = Finding::new(&PHOTO_CONVERTED, photo.path.as_path(), format!("{reason}: sent as it is"));
            finding.severity = Severity::Warning;
            (usable(None), Some(finding))
        }
    })
}

/// A copy to make: the photo, and where the copy goes below the data set's folder.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) photo: &'a Photo,
    pub(super) sha256: Digest,
    pub(super) reason: ConversionReason,
    pub(super) path: PathBuf,
}

/// Makes the copies, each written as soon as it is made; those that an earlier run made of the same bytes stay.
///
/// Where one cannot be made, those that this run added are taken away again: a refused data set leaves nothing behind.
///
/// # Errors
/// Where one cannot be written, or a file of the user's is in its place.
pub(super) fn convert(
    own: &OwnFiles<'_>,
    orders: &[Order<'_>],
    before: Option<&Manifest>,
    progress: &dyn Progress,
) -> Result<Vec<Result<Converted, Finding>>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let earlier: BTreeMap<_, _> = before
        .filter(|manifest| manifest.nova_ft == env!("CARGO_PKG_VERSION"))
        .map(|manifest| manifest.photos.iter().map(|photo| (photo.image.as_str(), photo)).collect())
        .unwrap_or_default();
    let folder = own.folder();
    for parent in orders.iter().filter_map(|order| order.path.parent()).collect::<BTreeSet<_>>() {
        atomic::sweep(&folder.join(parent))?;
    }
    progress.begin("converting photos", orders.len() as u64);
    let failed = AtomicBool::new(false);
    let copies: Vec<_> = orders
        .par_iter()
        .map(|order| {
            let is_new = !folder.join(&order.path).exists();
            let copy = match earlier.get(order.photo.name.as_str()).and_then(|photo| reusable(folder, photo, order)) {
                Some(copy) => Ok(Ok(copy)),
                None => convert_one(own, order),
            };
            failed.fetch_or(!matches!(copy, Ok(Ok(_))), Ordering::Relaxed);
            progress.advance(1);
            (copy, is_new)
        })
        .collect();
    progress.end();
    if failed.into_inner() {
        for (copy, _) in copies.iter().filter(|(_, is_new)| *is_new) {
            let Ok(Ok(copy)) = copy else { continue };
            // What cannot be removed is an unused file; the next run finds and replaces it.
            let _ = own.remove(&copy.path, || Some(copy.sha256));
        }
    }
    copies.into_iter().map(|(copy, _)| copy).collect()
}

/// The copy of an earlier run, if it was made of the same bytes for the same reason and is as it was.
fn reusable(folder: &Path, before: &ManifestPhoto, order: &Order<'_>) -> Option<Converted> {
    let copy = before.converted.as_ref()?;
    let same = before.sha256 == order.sha256 && copy.reason == order.reason.to_string() && copy.path == order.path;
    let intact = same && images::hash_file(&folder.join(&copy.path)).is_ok_and(|sha256| sha256 == copy.sha256);
    intact.then(|| copy.clone())
}

/// sha256 of the copy that would be made of a photo; none where none can be made.
pub(super) fn converted_sha256(photo: &Path) -> Option<Digest> {
    // To read from a pipe or a device would wait for ever.
    let is_file = std::fs::metadata(photo).is_ok_and(|metadata| metadata.is_file());
    let bytes = is_file.then(|| images::convert_to_jpeg(photo, &JpegOptions::within(LIMITS)).ok()).flatten()?;
    Some(images::hash_bytes(&bytes))
}

fn convert_one(own: &OwnFiles<'_>, order: &Order<'_>) -> Result<Result<Converted, Finding>> {
    let bytes = match images::convert_to_jpeg(&order.photo.path, &JpegOptions::within(LIMITS)) {
        Ok(bytes) => bytes,
        Err(error @ Error::Io { .. }) => return Err(error),
        Err(error) => {
            let path = order.photo.path.as_path();
            return Ok(Err(Finding::new(&PHOTO_UNUSABLE, path, format!("cannot be decoded: {error}"))));
        }
    };
    own.write(&order.path, &bytes)?;
    Ok(Ok(Converted {
        path: order.path.clone(),
        reason: order.reason.to_string(),
        sha256: images::hash_bytes(&bytes),
        size_bytes: bytes.len() as u64,
    }))
}

//! From label table and photos to the plan of a data set: which record, which side, which key, what to convert.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::manifest::relative_to;
use super::rules::{EMPTY_VALIDATION_SIDE, PHOTO_CONVERTED, PHOTO_UNUSABLE, PHOTO_WITHOUT_SHEET};
use super::write::write_dataset;
use super::{
    Converted, Manifest, ManifestFile, ManifestPhoto, ObjectKeys, Prompt, Side, SplitBy, is_safe_key, side_of,
};
use crate::error::{Error, IoContext, Place, Result};
use crate::finding::limits;
use crate::finding::{Finding, Levels, Report, Severity};
use crate::images::{self, Digest, Format, Header, JpegOptions, Photo, SizeLimits};
use crate::labels::{LabelRow, Labels, match_photos};
use crate::progress::Progress;
use crate::store::is_bucket_name;

/// What to do with photos that Nova does not take as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conversion {
    /// Encode them anew as upright JPEG, into the data set's folder.
    #[default]
    WhereNeeded,
    /// Leave every photo as it is; what cannot be sent so is a finding.
    Never,
}

/// What [`prepare`] needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct PrepareOptions {
    /// The label table, CSV.
    pub labels: PathBuf,
    /// The folder of the photos.
    pub input_dir: PathBuf,
    /// The folder to write.
    pub output_dir: PathBuf,
    /// Bucket of the data set.
    pub s3_bucket: String,
    /// Prefix of all keys; may be empty.
    pub s3_prefix: String,
    /// Account that owns the bucket, 12 digits.
    pub account_id: String,
    /// Fraction of the groups to hold out, 0 to 1 (1 excluded).
    pub validation_fraction: f64,
    /// What makes a group; `None` takes the sheet where the table has that column, else the seller.
    pub split_by: Option<SplitBy>,
    /// Seed of the split.
    pub seed: u64,
    /// What to do with photos that Nova does not take.
    pub conversion: Conversion,
    /// The prompt of every record.
    pub prompt: Prompt,
    /// Which findings are not reported, and which stop the step.
    pub levels: Levels,
}

impl Default for PrepareOptions {
    fn default() -> Self {
        Self {
            labels: PathBuf::new(),
            input_dir: PathBuf::new(),
            output_dir: PathBuf::from("output/dataset"),
            s3_bucket: String::new(),
            s3_prefix: String::new(),
            account_id: String::new(),
            validation_fraction: 0.2,
            split_by: None,
            seed: 7,
            conversion: Conversion::default(),
            prompt: Prompt::default(),
            levels: Levels::default(),
        }
    }
}

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

/// Builds a data set from a label table and a folder of photos.
///
/// Nothing is written while the report has an error: a photo that silently drops out would shrink the training set.
///
/// # Errors
/// Where the table or a folder cannot be read, an option cannot be used, or the output folder holds another's files.
pub fn prepare(options: &PrepareOptions, progress: &dyn Progress) -> Result<Prepared> {
    check_options(options)?;
    let read = Labels::read(&options.labels)?;
    let mut report = Report::new(options.levels.clone());
    report.extend(read.findings);
    let scan = images::scan(&options.input_dir, &images::ScanOptions::default())?;
    let rows = read.labels.rows();
    let matched = match_photos(&read.labels, &scan);
    report.extend(matched.findings);
    let split_by = split_by(options, &rows)?;

    let items = load_photos(&matched.pairs, options, progress)?;
    let mut photos = Vec::with_capacity(items.len());
    let mut copies = Vec::new();
    let mut keys = ObjectKeys::below(&options.s3_prefix);
    let folder = absolute(&options.output_dir)?;
    for ((row, photo), item) in matched.pairs.iter().zip(items) {
        let Loaded { sha256, format, findings, jpeg } = item;
        report.extend(findings);
        let (group, side) = placed(row, split_by, options);
        if split_by == SplitBy::Sheet && row.sheet.is_none() {
            let place = Place::line(&options.labels, row.line).member("sheet");
            report.push(Finding::new(
                &PHOTO_WITHOUT_SHEET,
                place,
                format!("{} stands alone, on the training side", row.image),
            ));
        }
        let (Some(sha256), Some(format)) = (sha256, format) else { continue };
        let sent = if jpeg.is_some() { Format::Jpeg } else { format };
        let key = keys.photo(&photo.name, extension(sent), &sha256);
        let converted = jpeg.map(|(bytes, reason)| {
            let name = key.rsplit_once("images/").map_or(key.as_str(), |(_, name)| name);
            let path = Path::new("images").join(name);
            let copy = Converted {
                path: path.clone(),
                reason,
                sha256: images::hash_bytes(&bytes),
                size_bytes: bytes.len() as u64,
            };
            copies.push((path, bytes));
            copy
        });
        let plain = key.rsplit_once("images/").is_some_and(|(_, name)| name == photo.name);
        photos.push(ManifestPhoto {
            image: photo.name.clone(),
            source: relative_to(&absolute(&photo.path)?, &folder),
            sha256,
            size_bytes: photo.size_bytes,
            format,
            seller: row.seller.clone(),
            group,
            side,
            key,
            renamed: !plain,
            converted,
        });
    }
    photos.sort_by(|a, b| a.image.cmp(&b.image));
    let held_out = photos.iter().any(|photo| photo.side == Side::Validation);
    if options.validation_fraction > 0.0 && !held_out && !photos.is_empty() {
        let groups = photos.iter().map(|photo| &photo.group).collect::<std::collections::BTreeSet<_>>().len();
        let message = format!(
            "none of the {groups} groups (by {split_by}) is held out with seed {}; try another --seed or a larger --validation-fraction",
            options.seed
        );
        report.push(Finding::new(&EMPTY_VALIDATION_SIDE, Place::file(&options.labels), message));
    }
    report.sort();
    if photos.is_empty() && !report.has_errors() {
        let hint = "check that the names in the first column are those of the photos.";
        return Err(Error::input(options.labels.as_path(), "no label fits a photo", hint));
    }
    if report.has_errors() {
        return Ok(Prepared { folder: options.output_dir.clone(), manifest: None, report });
    }
    let labels = ManifestFile {
        path: relative_to(&absolute(&options.labels)?, &folder),
        sha256: images::hash_file(&options.labels)?,
        size_bytes: std::fs::metadata(&options.labels).at("read", &options.labels)?.len(),
        count: rows.len(),
    };
    let manifest = Manifest {
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
    };
    let manifest = write_dataset(&options.output_dir, manifest, &copies)?;
    Ok(Prepared { folder: options.output_dir.clone(), manifest: Some(manifest), report })
}

fn check_options(options: &PrepareOptions) -> Result<()> {
    let refuse = |option: &str, what: String, hint: &str| {
        Err(Error::Setting { origin: format!("--{option}"), what, hint: hint.to_owned() })
    };
    let prefix = options.s3_prefix.trim_matches('/');
    if !is_bucket_name(&options.s3_bucket) {
        let what = format!("`{}` is not a bucket's name", options.s3_bucket);
        return refuse(
            "s3-bucket",
            what,
            "3 to 63 lower-case letters, digits, dots and hyphens; no s3:// and no slash.",
        );
    }
    if !prefix.is_empty() && !is_safe_key(prefix) {
        let what = format!("`{}` holds characters that Bedrock refuses in a key", options.s3_prefix);
        return refuse("s3-prefix", what, "use letters, digits and `_ - / .`, no `//`.");
    }
    if options.account_id.len() != 12 || !options.account_id.bytes().all(|b| b.is_ascii_digit()) {
        let what = format!("`{}` is not an AWS account", options.account_id);
        return refuse("account-id", what, "12 digits; `aws sts get-caller-identity` shows yours.");
    }
    if !(0.0..1.0).contains(&options.validation_fraction) {
        let what = format!("{} is not a fraction", options.validation_fraction);
        return refuse("validation-fraction", what, "from 0 (hold out nothing) to below 1; 0.2 is usual.");
    }
    Ok(())
}

fn split_by(options: &PrepareOptions, rows: &[LabelRow]) -> Result<SplitBy> {
    let known = rows.iter().any(|row| row.sheet.is_some());
    match options.split_by {
        Some(SplitBy::Sheet) if !known => Err(Error::input(
            options.labels.as_path(),
            "the table has no column `sheet`, so the split cannot go by sheet",
            "add the column (the same text for photos of the same paper), or use --split-by seller.",
        )),
        Some(choice) => Ok(choice),
        None if known => Ok(SplitBy::Sheet),
        None => Ok(SplitBy::Seller),
    }
}

fn placed(row: &LabelRow, split_by: SplitBy, options: &PrepareOptions) -> (String, Side) {
    let group = match (split_by, &row.sheet) {
        (SplitBy::Seller, _) => row.seller.clone(),
        (SplitBy::Sheet, Some(sheet)) => sheet.clone(),
        // Nobody knows which photos show the same paper: alone, and never held out.
        (SplitBy::Sheet, None) => return (format!("photo {}", row.image), Side::Train),
    };
    let side = side_of(&group, options.seed, options.validation_fraction);
    (group, side)
}

/// What Nova takes.
const LIMITS: SizeLimits = SizeLimits { max_size_bytes: limits::MAX_IMAGE_BYTES, max_side_px: limits::MAX_IMAGE_PX };

/// A photo as the plan needs it; `None` where it cannot be used, and then a finding says why.
struct Loaded {
    sha256: Option<Digest>,
    format: Option<Format>,
    findings: Vec<Finding>,
    /// The converted copy, and why it was needed.
    jpeg: Option<(Vec<u8>, String)>,
}

fn load_photos(pairs: &[(LabelRow, Photo)], options: &PrepareOptions, progress: &dyn Progress) -> Result<Vec<Loaded>> {
    progress.begin("reading photos", pairs.len() as u64);
    let items = pairs.par_iter().map(|(_, photo)| {
        let item = load_photo(photo, options.conversion);
        progress.advance(1);
        item
    });
    let items = items.collect();
    progress.end();
    items
}

fn load_photo(photo: &Photo, conversion: Conversion) -> Result<Loaded> {
    let unusable = |what: String| {
        let findings = vec![Finding::new(&PHOTO_UNUSABLE, photo.path.as_path(), what)];
        Loaded { sha256: None, format: None, findings, jpeg: None }
    };
    let header: &Header = match &photo.header {
        Ok(header) => header,
        Err(fault) => return Ok(unusable(format!("{fault}; {}", fault.hint().trim_end_matches('.')))),
    };
    let sha256 = images::hash_file(&photo.path)?;
    let mut loaded = Loaded { sha256: Some(sha256), format: Some(header.format), findings: Vec::new(), jpeg: None };
    let Some(reason) = images::needs_conversion(header, photo.size_bytes, &LIMITS) else { return Ok(loaded) };
    match conversion {
        Conversion::WhereNeeded => match images::convert_to_jpeg(&photo.path, &JpegOptions::within(LIMITS)) {
            Ok(bytes) => {
                loaded.findings.push(Finding::new(
                    &PHOTO_CONVERTED,
                    photo.path.as_path(),
                    format!("{reason}: sent as JPEG"),
                ));
                loaded.jpeg = Some((bytes, reason.to_string()));
                Ok(loaded)
            }
            Err(Error::Io { action, path, source }) => Err(Error::Io { action, path, source }),
            Err(error) => Ok(unusable(format!("cannot be decoded: {error}"))),
        },
        Conversion::Never if header.format.nova_name().is_none() => {
            Ok(unusable(format!("{reason}, and --no-convert is given")))
        }
        Conversion::Never => {
            let mut finding = Finding::new(&PHOTO_CONVERTED, photo.path.as_path(), format!("{reason}: sent as it is"));
            finding.severity = Severity::Warning;
            loaded.findings.push(finding);
            Ok(loaded)
        }
    }
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Png => "png",
        Format::Gif => "gif",
        Format::WebP => "webp",
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

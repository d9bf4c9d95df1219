//! A data set that was found valid: the only thing that `upload` accepts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::photos::PhotoIndex;
use super::rules::Context;
use super::rules::spl::records_changed;
use super::{Model, pass};
use crate::aws::s3::S3Uri;
use crate::dataset::{DIGESTS_FILE, Manifest, ManifestFile, ObjectKeys, Side};
use crate::error::{Error, IoContext, Place, Result};
use crate::findings::{Levels, Report};
use crate::images::{Digest, KnownPhotos, hash_file};
use crate::progress::Progress;

/// A file of a data set and the object that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetObject {
    /// The file.
    pub path: PathBuf,
    /// The object.
    pub uri: S3Uri,
    /// Of the file's bytes.
    pub sha256: Digest,
    /// Length.
    pub size_bytes: u64,
    /// `image/jpeg`, `application/jsonl` …
    pub content_type: String,
    /// Whether it is a file of records; those are sent after all photos.
    pub is_records: bool,
}

/// A data set that stands the rules, with everything that belongs to it. Nothing on disk stands for this value: only
/// [`Ready::check`] makes it, and [`Ready::unvalidated`], which says so wherever the objects go.
#[derive(Debug, Clone)]
pub struct Ready {
    folder: PathBuf,
    manifest: Manifest,
    objects: Vec<DatasetObject>,
    validation: Validation,
    known: Arc<KnownPhotos>,
}

/// What is known of a data set's validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validation {
    /// The rules were run, and no error-level one fired.
    Passed,
    /// The rules were run; error-level findings with these codes were allowed.
    Allowed(Vec<String>),
    /// No rule has looked at it.
    Skipped,
}

impl fmt::Display for Validation {
    /// As it stands in the metadata of objects.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Allowed(codes) => write!(f, "allowed {}", codes.join(" ")),
            Self::Skipped => f.write_str("skipped"),
        }
    }
}

/// Whether a data set is ready.
#[derive(Debug, Clone)]
pub enum Readiness {
    /// It is; the report has no error.
    Ready(Box<Ready>, Report),
    /// It is not; the report says why.
    NotReady(Report),
}

impl Readiness {
    /// What was found.
    pub fn report(&self) -> &Report {
        match self {
            Self::Ready(_, report) | Self::NotReady(report) => report,
        }
    }

    /// The data set, if it is ready.
    ///
    /// # Errors
    /// [`Error::NotReady`] naming the codes of the findings that stand in the way.
    pub fn into_ready(self, folder: &Path) -> Result<Ready> {
        match self {
            Self::Ready(ready, _) => Ok(*ready),
            Self::NotReady(report) => Err(Error::NotReady {
                dataset: folder.to_path_buf(),
                errors: report.count(crate::findings::Severity::Error),
                codes: report.error_codes(),
                hint: format!(
                    "see them all with `nova-ft validate {}`; fix the labels or photos and run `nova-ft prepare` again.",
                    folder.join("train.jsonl").display()
                ),
            }),
        }
    }
}

impl Ready {
    /// Runs the File, Record, Image and Dataset rules over the data set of a folder. Photos whose state in the file system is
    /// that of the last upload are not read again.
    ///
    /// # Errors
    /// Where the folder is no data set or a file cannot be read. Whatever is wrong inside one is a finding.
    pub fn check(folder: &Path, model: Model, levels: &Levels, progress: &dyn Progress) -> Result<Readiness> {
        let manifest = Manifest::read(folder)?;
        let train = folder.join(&training_records(&manifest, folder)?.path);
        let validation = manifest.records_of(Side::Validation).map(|file| folder.join(&file.path));
        let photos = PhotoIndex::of_manifest(&manifest, folder);
        let home = pass::Home { bucket: manifest.s3_bucket.clone(), owner: manifest.account_id.clone() };
        let files = pass::Files { train: &train, validation: validation.as_deref(), home: Some(home) };
        let known = KnownPhotos::read(&folder.join(DIGESTS_FILE));
        let context = Context { model, photos: &photos, known: &known };
        let mut report = pass::run(&files, context, levels, progress)?.report;
        for file in &manifest.records {
            let path = folder.join(&file.path);
            report.extend(records_changed::check(&path, file.sha256, hash_file(&path)?));
        }
        report.sort();
        if report.has_errors() {
            return Ok(Readiness::NotReady(report));
        }
        let allowed: Vec<_> = report.allowed_errors().into_iter().map(str::to_owned).collect();
        let validation = if allowed.is_empty() { Validation::Passed } else { Validation::Allowed(allowed) };
        let objects = objects(&manifest, folder)?;
        let known = Arc::new(known);
        let ready = Self { folder: folder.to_path_buf(), objects, manifest, validation, known };
        Ok(Readiness::Ready(Box::new(ready), report))
    }

    /// A data set that no rule has looked at. The receipt and the objects' metadata say so.
    pub fn unvalidated(folder: &Path) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        training_records(&manifest, folder)?;
        let objects = objects(&manifest, folder)?;
        let known = Arc::default();
        Ok(Self { folder: folder.to_path_buf(), objects, manifest, validation: Validation::Skipped, known })
    }

    /// Remembers what was read of the photos, so that the next check need not read what has not changed.
    pub(crate) fn remember_photos(&self) -> Result<()> {
        self.known.write(&self.folder.join(DIGESTS_FILE))
    }

    /// The data set's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it was made of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What belongs into the bucket: photos by name, then the records.
    pub fn objects(&self) -> &[DatasetObject] {
        &self.objects
    }

    /// What is known of its validity.
    pub fn validation(&self) -> &Validation {
        &self.validation
    }

    /// The object that a side's records become, where the side has records.
    pub fn records(&self, side: Side) -> Option<&DatasetObject> {
        let name = side.file_name();
        self.objects.iter().find(|object| object.is_records && object.path.ends_with(name))
    }
}

fn objects(manifest: &Manifest, folder: &Path) -> Result<Vec<DatasetObject>> {
    let mut objects = Vec::with_capacity(manifest.photos.len() + manifest.records.len());
    for photo in &manifest.photos {
        let sent = if photo.converted.is_some() { Some("jpeg") } else { photo.format.nova_name() };
        objects.push(DatasetObject {
            path: folder.join(photo.sent_path()),
            uri: S3Uri::new(&manifest.s3_bucket, &photo.key),
            sha256: photo.sent_sha256(),
            size_bytes: photo.sent_size_bytes(),
            content_type: format!("image/{}", sent.unwrap_or("jpeg")),
            is_records: false,
        });
    }
    let keys = ObjectKeys::below(&manifest.s3_prefix);
    for side in [Side::Train, Side::Validation] {
        let Some(file) = manifest.records_of(side) else { continue };
        let path = folder.join(&file.path);
        objects.push(DatasetObject {
            uri: S3Uri::new(&manifest.s3_bucket, keys.file(side.file_name())),
            sha256: hash_file(&path)?,
            size_bytes: std::fs::metadata(&path).at("read", &path)?.len(),
            content_type: "application/jsonl".to_owned(),
            is_records: true,
            path,
        });
    }
    Ok(objects)
}

/// The training records; a data set without them is none.
fn training_records<'a>(manifest: &'a Manifest, folder: &Path) -> Result<&'a ManifestFile> {
    manifest.records_of(Side::Train).ok_or_else(|| {
        let hint = "make it again with `nova-ft prepare`, with another `seed` or a smaller `validation_fraction`.";
        Error::input(Place::file(folder), "this data set has no training records", hint)
    })
}

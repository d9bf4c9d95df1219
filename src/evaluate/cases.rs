//! What is asked: the records of a validation file, with their photos and what the data set knows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::aws::bedrock::Piece;
use crate::aws::inference::{AnswerJournal, Asker, PhotoQuestion, ShownPhoto, question};
use crate::aws::s3::S3Uri;
use crate::dataset::conversation::{Content, ImageBlock, Record, Role};
use crate::dataset::{FolderLock, MANIFEST_FILE, Manifest, ManifestPhoto, TRAIN_FILE};
use crate::error::{Error, IoContext, Place, Result};
use crate::exact::exact_form;
use crate::files::{self, MAX_IMAGE_FILE_BYTES, MAX_RECORDS_BYTES};
use crate::images::{Digest, hash_bytes};
use crate::progress::Silent;

/// The name of the answers' journal in the folder `output`.
pub const ANSWERS_FILE: &str = "answers.jsonl";

/// Where the records are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseOptions {
    /// The validation records. A manifest and training records beside them are read too.
    pub data: PathBuf,
    /// The folder of the photos; without it they come from where the manifest says, else from S3.
    pub input_dir: Option<PathBuf>,
}

/// One question with the answer that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The record's line, from 1.
    pub line: u64,
    /// The photo's name: in the label table where there is a manifest, else its key.
    pub image: String,
    /// Where the photo is in S3.
    pub uri: S3Uri,
    /// The service's word for its format.
    pub format: String,
    /// Where it is on this machine.
    pub file: Option<PathBuf>,
    /// sha256 of the file that was uploaded, where the manifest says so.
    pub sha256: Option<Digest>,
    /// The sheet of paper that it shows; without one it stands for itself.
    pub sheet: String,
    /// The right answer.
    pub label: String,
    /// Whether the training records name this seller; `None` where there are none.
    pub seen: Option<bool>,
    /// What the model is told beforehand.
    pub system: Option<String>,
    /// The question's words before and after the photo.
    pub before: Vec<String>,
    /// See `before`.
    pub after: Vec<String>,
}

impl PhotoQuestion for Case {
    fn photo_sha256(&self) -> Option<Digest> {
        self.sha256
    }

    fn prompt_sha256(&self) -> Digest {
        hash_bytes(json!([self.system, self.before, self.after]).to_string().as_bytes())
    }

    fn photo(&self, asker: &dyn Asker) -> Result<ShownPhoto> {
        let bytes = match &self.file {
            Some(file) => files::read(file, MAX_IMAGE_FILE_BYTES).at("read", file)?,
            None => asker.read_photo(&self.uri)?,
        };
        Ok(ShownPhoto { sha256: hash_bytes(&bytes), format: self.format.clone(), bytes })
    }

    fn system(&self) -> Option<String> {
        self.system.clone()
    }

    fn pieces(&self, photo: ShownPhoto) -> Vec<Piece> {
        let text = |text: &String| Piece::Text(text.clone());
        let image = Piece::Image { format: photo.format, bytes: photo.bytes };
        self.before.iter().map(text).chain([image]).chain(self.after.iter().map(text)).collect()
    }
}

/// All questions of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cases {
    /// The file.
    pub data: PathBuf,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// How many questions the journal has no answer to. A photo that is in S3 alone and that no manifest knows counts.
pub(crate) fn unanswered(cases: &Cases, memory_key: &str, journal: &AnswerJournal) -> usize {
    let is_open = |case: &&Case| {
        let photo = case.sha256.or_else(|| case.file.as_ref().and_then(|file| crate::images::hash_file(file).ok()));
        photo.is_none_or(|photo| journal.recall(&question(*case, memory_key, photo)).is_none())
    };
    cases.cases.iter().filter(is_open).count()
}

/// Reads the records of a validation file. Waits while another process writes into the data set that it lies in.
///
/// # Errors
/// Where the file cannot be read or has no records, or a record is no question about one photo with its answer.
pub fn read_cases(options: &CaseOptions) -> Result<Cases> {
    let data = &options.data;
    // Records, manifest and training records as one run of `prepare` wrote them.
    let _held = FolderLock::shared_around([data.as_path()], &Silent);
    let text = files::read_to_string(data, MAX_RECORDS_BYTES).at("read", data)?;
    let folder = data.parent().unwrap_or(Path::new(""));
    let manifest = if folder.join(MANIFEST_FILE).is_file() { Some(Manifest::read(folder)?) } else { None };
    let photos: BTreeMap<&str, &ManifestPhoto> =
        manifest.iter().flat_map(|manifest| &manifest.photos).map(|photo| (photo.key.as_str(), photo)).collect();
    let trained = trained_sellers(&folder.join(TRAIN_FILE), data)?;
    let mut cases = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut case = parse(line).map_err(|what| {
            Error::input(Place::line(data, at as u64 + 1), what, "see what `nova-ft validate` says of this file.")
        })?;
        case.line = at as u64 + 1;
        case.seen = trained.as_ref().map(|sellers| sellers.contains(&exact_form(&case.label)));
        if let Some(photo) = photos.get(case.uri.key.as_str()) {
            place(&mut case, photo, folder, options.input_dir.as_deref());
        } else {
            let name = case.uri.key.rsplit('/').next().unwrap_or_default();
            case.file = options.input_dir.as_ref().map(|dir| dir.join(name)).filter(|file| file.is_file());
        }
        cases.push(case);
    }
    if cases.is_empty() {
        let hint = "hold some groups out: `nova-ft prepare --validation-fraction 0.2`.";
        return Err(Error::input(data.as_path(), "no record is held out, so nothing can be evaluated", hint));
    }
    Ok(Cases { data: data.clone(), cases })
}

/// What the manifest knows of a photo.
fn place(case: &mut Case, photo: &ManifestPhoto, folder: &Path, input_dir: Option<&Path>) {
    case.image.clone_from(&photo.image);
    case.sheet = photo.sheet.clone().unwrap_or_else(|| photo.image.clone());
    case.sha256 = Some(photo.sent_sha256());
    let given = input_dir.filter(|_| photo.converted.is_none()).map(|dir| dir.join(&photo.image));
    let files = [given, Some(folder.join(photo.sent_path()))];
    case.file = files.into_iter().flatten().find(|file| file.is_file());
}

/// The sellers of the training records, where there are any beside the file.
fn trained_sellers(train: &Path, data: &Path) -> Result<Option<BTreeSet<String>>> {
    if !train.is_file() || train == data {
        return Ok(None);
    }
    let text = files::read_to_string(train, MAX_RECORDS_BYTES).at("read", train)?;
    let records = text.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok());
    Ok(Some(records.map(|record| exact_form(&record.answer())).collect()))
}

/// The question of a record; what is wrong with it where it is none.
fn parse(line: &str) -> Result<Case, String> {
    let record: Record = serde_json::from_str(line).map_err(|error| format!("not a record: {error}"))?;
    let [question, answer] = record.messages.as_slice() else {
        return Err("only a record of one question and one answer can be evaluated".to_owned());
    };
    if question.role != Role::User || answer.role != Role::Assistant {
        return Err("a record begins with the user and ends with the assistant".to_owned());
    }
    let (mut before, mut after, mut image): (Vec<String>, Vec<String>, Option<&ImageBlock>) = Default::default();
    for content in &question.content {
        match content {
            Content::Text(text) if image.is_none() => before.push(text.clone()),
            Content::Text(text) => after.push(text.clone()),
            Content::Image(block) if image.is_none() => image = Some(block),
            Content::Image(_) => return Err("only a record with one photo can be evaluated".to_owned()),
        }
    }
    let Some(image) = image else { return Err("the record has no photo".to_owned()) };
    let uri: S3Uri = image.source.s3_location.uri.parse().map_err(|_| "the photo has no place in S3".to_owned())?;
    let system: Vec<_> = record.system.iter().flatten().map(|system| system.text.clone()).collect();
    Ok(Case {
        line: 0,
        image: uri.key.clone(),
        sheet: uri.key.clone(),
        format: image.format.clone(),
        file: None,
        sha256: None,
        label: record.answer(),
        seen: None,
        system: (!system.is_empty()).then(|| system.join("\n")),
        uri,
        before,
        after,
    })
}

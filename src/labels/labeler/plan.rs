//! Which photos a model is asked about: each distinct one once, in a stable order, in a form that it takes.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::words::LabelPrompt;
use super::{LabelOptions, header_of, scan_photos};
use crate::aws::bedrock::Piece;
use crate::aws::inference::{AnswerJournal, AskOptions, Asker, MAX_TOKENS, PhotoQuestion, ShownPhoto, question};
use crate::aws::tokens::{ImageSize, TokenRange, nova_1_image_tokens, text_tokens};
use crate::error::{IoContext, Result};
use crate::files::{self, MAX_IMAGE_FILE_BYTES};
use crate::images::{
    self, Digest, Header, JpegOptions, Scan, SizeLimits, decode_upright_bytes, encode_jpeg, hash_bytes,
    header_of_bytes, needs_conversion,
};

/// What Converse takes of one image, whatever the model: Nova's own limit of 25 MB is larger, and which of the two holds for
/// it is not documented.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html>.
pub(crate) const IMAGE_LIMITS: SizeLimits = SizeLimits { max_size_bytes: 3_750_000, max_side_px: 8_000 };
/// Tokens of an answer that is a name and nothing else, at least.
const LEAST_ANSWER: u64 = 4;

/// A model that labels, and what it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOptions {
    /// Whom to ask, how fast, and for how much.
    pub ask: AskOptions,
    /// The question.
    pub prompt: LabelPrompt,
}

/// A distinct photo, and what is asked of it.
#[derive(Debug)]
pub(super) struct LabelQuestion {
    path: PathBuf,
    pub(super) sha256: Digest,
    prompt: Arc<LabelPrompt>,
    /// Who holds this decodes: one photo at a time, however many are asked about.
    decoding: Arc<Mutex<()>>,
}

impl PhotoQuestion for LabelQuestion {
    fn photo_sha256(&self) -> Option<Digest> {
        Some(self.sha256)
    }

    fn prompt_sha256(&self) -> Digest {
        self.prompt.sha256()
    }

    fn photo(&self, _: &dyn Asker) -> Result<ShownPhoto> {
        let bytes = files::read(&self.path, MAX_IMAGE_FILE_BYTES).at("read", &self.path)?;
        let sha256 = hash_bytes(&bytes);
        let header = header_of_bytes(&bytes).map_err(|fault| fault.into_error(&self.path))?;
        let as_it_is = needs_conversion(&header, bytes.len() as u64, &IMAGE_LIMITS).is_none();
        let (format, bytes) = if let Some(name) = header.format.nova_name().filter(|_| as_it_is) {
            (name, bytes)
        } else {
            let _alone = self.decoding.lock().unwrap_or_else(PoisonError::into_inner);
            let jpeg = decode_upright_bytes(&bytes)
                .and_then(|picture| encode_jpeg(&picture, &JpegOptions::within(IMAGE_LIMITS)));
            ("jpeg", jpeg.map_err(|fault| fault.into_error(&self.path))?)
        };
        Ok(ShownPhoto { sha256, format: format.to_owned(), bytes })
    }

    fn system(&self) -> Option<String> {
        self.prompt.system.clone()
    }

    fn pieces(&self, photo: ShownPhoto) -> Vec<Piece> {
        vec![Piece::Image { format: photo.format, bytes: photo.bytes }, Piece::Text(self.prompt.user.clone())]
    }
}

/// What becomes of a photo.
#[derive(Debug)]
pub(super) enum Part {
    /// Its table has a row for it already.
    HasRow,
    /// The question with this number is about it.
    Asked(usize),
    /// It cannot be shown to anybody; why.
    Unusable(String),
}

/// The photos of a folder, and what a model is to be asked about them. Nothing is sent before
/// [`label_by_model`](super::label_by_model).
#[derive(Debug)]
pub struct AskPlan {
    pub(super) options: LabelOptions,
    pub(super) model: ModelOptions,
    pub(super) scan: Scan,
    /// Of each photo.
    pub(super) parts: Vec<Part>,
    pub(super) questions: Vec<LabelQuestion>,
    /// Tokens of each question, in and out.
    tokens: Vec<(TokenRange, TokenRange)>,
    /// Numbers of the questions that have no answer yet.
    unanswered: Vec<usize>,
    /// Photos that all have a row, and so no question now.
    pub(super) unasked: HashSet<Digest>,
}

impl AskPlan {
    /// Reads the folder and what was answered before.
    ///
    /// # Errors
    /// Where the folder cannot be read or holds no photo, a table that somebody has written into is in the way, or the
    /// journal of the answers cannot be read.
    pub fn read(options: &LabelOptions, model: ModelOptions) -> Result<Self> {
        AskOptions::check_concurrency(model.ask.concurrency)?;
        let (scan, kept) = scan_photos(options)?;
        let has_row = kept.map(|kept| kept.photos(&scan)).unwrap_or_default();
        let mut plan = Self {
            options: options.clone(),
            model,
            parts: Vec::with_capacity(scan.photos.len()),
            questions: Vec::new(),
            tokens: Vec::new(),
            unanswered: Vec::new(),
            unasked: HashSet::new(),
            scan,
        };
        plan.sort_out(&has_row)?;
        let file = answers_file(options)?;
        let journal = if file.is_file() { Some(AnswerJournal::open(&file)?) } else { None };
        let key = &plan.model.ask.memory_key;
        let is_open = |about: &LabelQuestion| {
            journal.as_ref().is_none_or(|journal| journal.recall(&question(about, key, about.sha256)).is_none())
        };
        plan.unanswered = (0..plan.questions.len()).filter(|at| is_open(&plan.questions[*at])).collect();
        Ok(plan)
    }

    /// Finds the distinct photos, by their bytes.
    fn sort_out(&mut self, has_row: &HashSet<String>) -> Result<()> {
        let digests: Vec<Result<(Digest, Header), String>> = self
            .scan
            .photos
            .par_iter()
            .map(|photo| {
                let header = match header_of(photo) {
                    Ok(header) => *header,
                    Err(why) => return Ok(Err(why)),
                };
                match images::hash_file(&photo.path) {
                    Ok(sha256) => Ok(Ok((sha256, header))),
                    Err(error) => Ok(Err(error.of_one_file()?)),
                }
            })
            .collect::<Result<_>>()?;
        let (prompt, decoding) = (Arc::new(self.model.prompt.clone()), Arc::default());
        let words = prompt.system.as_deref().map(text_tokens).unwrap_or_default() + text_tokens(&prompt.user);
        let mut known: HashMap<Digest, usize> = HashMap::new();
        for (photo, digest) in self.scan.photos.iter().zip(digests) {
            let part = match digest {
                digest if has_row.contains(&photo.name) => {
                    self.unasked.extend(digest.map(|(sha256, _)| sha256));
                    Part::HasRow
                }
                Err(why) => Part::Unusable(why),
                Ok((sha256, header)) => Part::Asked(*known.entry(sha256).or_insert_with(|| {
                    let size = ImageSize { width_px: header.width_px, height_px: header.height_px };
                    let answer = TokenRange::new(LEAST_ANSWER, MAX_TOKENS.into());
                    self.tokens.push((words + nova_1_image_tokens(Some(size)), answer));
                    let (prompt, decoding) = (Arc::clone(&prompt), Arc::clone(&decoding));
                    self.questions.push(LabelQuestion { path: photo.path.clone(), sha256, prompt, decoding });
                    self.questions.len() - 1
                })),
            };
            self.parts.push(part);
        }
        self.unasked.retain(|sha256| !known.contains_key(sha256));
        Ok(())
    }

    /// Photos in the folder.
    pub fn photos(&self) -> usize {
        self.scan.photos.len()
    }

    /// Photos among them that differ and that the table has no row for.
    pub fn distinct(&self) -> usize {
        self.questions.len()
    }

    /// Questions that have no answer yet.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// What it costs to ask these, from and to, in US dollars, where prices are known.
    pub fn cost_usd(&self) -> Option<(f64, f64)> {
        let money = self.model.ask.money?;
        let tokens = self.unanswered.iter().map(|at| self.tokens[*at]);
        let (input, output) =
            tokens.fold((TokenRange::default(), TokenRange::default()), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Some((money.cost_usd(input.low, output.low), money.cost_usd(input.high, output.high)))
    }

    /// The journal of the answers, beside the table.
    ///
    /// # Errors
    /// Where the table's path names no file.
    pub fn answers_file(&self) -> Result<PathBuf> {
        answers_file(&self.options)
    }
}

fn answers_file(options: &LabelOptions) -> Result<PathBuf> {
    super::beside(&options.output_file, ".answers.jsonl")
}

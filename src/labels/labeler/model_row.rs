//! A row of a table whose names a model has said, and the sheets of its photos.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::table::{Row, text};
use crate::images::{Digest, Photo};
use crate::readings::{PhotoReading, sheets_of};
use crate::wording::visible;

/// The columns of a table of its own.
pub(super) const COLUMNS: [&str; 9] =
    ["image", "seller", "sheet", "labeler", "model", "prompt", "answer", "input_tokens", "output_tokens"];

/// What is known of a photo without asking: the reader may have read it before.
pub type KnownReading<'a> = &'a (dyn Fn(&Photo) -> Option<PhotoReading> + Sync);

/// Where a name comes from, and what it took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) labeler: &'static str,
    pub(super) model_id: &'a str,
    /// The question's version.
    pub(super) prompt: &'a str,
    /// The whole answer.
    pub(super) answer: &'a str,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
}

/// The row of a photo.
pub(super) fn row(image: &str, seller: &str, sheet: Option<&str>, source: Source<'_>) -> Row {
    Row::new(image, seller)
        .with("sheet", text(sheet))
        .with("labeler", source.labeler.to_owned())
        .with("model", source.model_id.to_owned())
        .with("prompt", source.prompt.to_owned())
        .with("answer", visible(source.answer))
        .with("input_tokens", source.input_tokens.to_string())
        .with("output_tokens", source.output_tokens.to_string())
}

/// The sheets of photos, as far as the reader has read them before. Files of the same bytes are read once.
pub(super) fn known_sheets<'a>(
    photos: impl Iterator<Item = (Digest, &'a Photo)>,
    known: KnownReading<'_>,
) -> HashMap<Digest, String> {
    let mut seen = HashSet::new();
    let distinct: Vec<_> = photos.filter(|(digest, _)| seen.insert(*digest)).collect();
    let read: Vec<(Digest, PhotoReading)> =
        distinct.par_iter().filter_map(|(digest, photo)| Some((*digest, known(photo)?))).collect();
    let (digests, readings): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let sheets = digests.into_iter().zip(sheets_of(&readings));
    sheets.filter_map(|(digest, sheet)| Some((digest, sheet?))).collect()
}

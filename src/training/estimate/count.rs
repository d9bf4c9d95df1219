//! The tokens of a file of records, batch by batch: memory does not grow with the file.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::record::{RecordParts, read_parts};
use crate::aws::tokens::{ImageSize, TokenRange, nova_1_image_tokens, nova_2_image_tokens};
use crate::dataset::jsonl::{Batch, Line, Reader};
use crate::error::{IoContext, Result};
use crate::findings::limits::MAX_SAMPLE_TOKENS;
use crate::images::read_header;
use crate::progress::Progress;
use crate::validate::{Model, PhotoIndex};

/// What a file of records holds, and its tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTokens {
    /// The file.
    pub file: PathBuf,
    /// Records that were counted.
    pub records: usize,
    /// Lines that are no records and count for nothing.
    pub unread: usize,
    /// The number of the first of them.
    pub first_unread: Option<u64>,
    /// Photos that the records name.
    pub photos: usize,
    /// Those of them whose size is known.
    pub sized_photos: usize,
    /// Blocks that are neither text nor photo and count for nothing.
    pub uncounted_blocks: usize,
    text: Tokens,
    nova_1: Tokens,
    nova_2: Tokens,
}

/// Tokens of records under one way to count photos.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Of all records.
    pub(super) total: TokenRange,
    /// Records that are longer than a sample may be, at least and at most.
    pub(super) too_long: TokenRange,
}

impl Tokens {
    fn add(&mut self, record: TokenRange) {
        self.total += record;
        let too_long = |tokens| u64::from(tokens > MAX_SAMPLE_TOKENS);
        self.too_long += TokenRange::new(too_long(record.low), too_long(record.high));
    }
}

impl FileTokens {
    /// The tokens as a model counts photos; Micro, which takes none, by the texts alone.
    pub(super) fn of(&self, model: Model) -> Tokens {
        match model {
            Model::Micro => self.text,
            Model::Lite | Model::Pro => self.nova_1,
            Model::Lite2 => self.nova_2,
        }
    }

    /// Adds a record whose photos have these sizes.
    pub(super) fn add(&mut self, parts: &RecordParts, sizes: &[Option<ImageSize>]) {
        self.records += 1;
        self.photos += sizes.len();
        self.sized_photos += sizes.iter().flatten().count();
        self.uncounted_blocks += parts.uncounted;
        let with = |tokens: fn(Option<ImageSize>) -> TokenRange| {
            parts.text + sizes.iter().map(|size| tokens(*size)).sum::<TokenRange>()
        };
        self.text.add(parts.text);
        self.nova_1.add(with(nova_1_image_tokens));
        self.nova_2.add(with(nova_2_image_tokens));
    }
}

/// Counts the records of a file.
pub(super) fn count_file(file: &Path, photos: &PhotoIndex, progress: &dyn Progress) -> Result<FileTokens> {
    let mut counted = FileTokens { file: file.to_path_buf(), ..FileTokens::default() };
    let size = std::fs::metadata(file).at("read", file)?.len();
    progress.begin(&format!("checking {}", file.display()), size);
    let mut reader = Reader::open(file)?;
    let mut batch = Batch::default();
    loop {
        batch = reader.next_batch(batch)?;
        if batch.is_empty() {
            break;
        }
        let lines: Vec<_> = batch.lines().collect();
        let read: Vec<_> = lines.par_iter().map(|line| read_record(line, photos)).collect();
        for (line, record) in lines.iter().zip(read) {
            if let Some((parts, sizes)) = record {
                counted.add(&parts, &sizes);
            } else {
                counted.unread += 1;
                counted.first_unread.get_or_insert(line.number);
            }
        }
        progress.advance(batch.size_bytes() as u64);
    }
    progress.end();
    Ok(counted)
}

fn read_record(line: &Line<'_>, photos: &PhotoIndex) -> Option<(RecordParts, Vec<Option<ImageSize>>)> {
    let parts = read_parts(line)?;
    let sizes = parts.image_keys.iter().map(|key| size_of(key.as_deref()?, photos)).collect();
    Some((parts, sizes))
}

/// The size of a photo as it is looked at, where it is found and can be read.
fn size_of(key: &str, photos: &PhotoIndex) -> Option<ImageSize> {
    let header = read_header(&photos.locate(key)?.path).ok()?.ok()?;
    let (width_px, height_px) = header.upright_size_px();
    Some(ImageSize { width_px, height_px })
}

use std::ops::Range;

use super::line::{Layout, Line};

/// Lines that were read together, and the bytes that they lie in.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) spans: Vec<Span>,
}

/// Where a line lies in the bytes of its batch.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) number: u64,
    pub(super) line_count: u64,
    pub(super) layout: Layout,
    pub(super) raw: Range<usize>,
    /// The part of `raw` that should be a record.
    pub(super) text: Range<usize>,
}

impl Batch {
    /// Whether the file has ended.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Length of all of them.
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The line at a place below [`Batch::len`].
    pub fn line(&self, at: usize) -> Option<Line<'_>> {
        let span = self.spans.get(at)?;
        Some(Line {
            number: span.number,
            line_count: span.line_count,
            layout: span.layout,
            raw: self.bytes.get(span.raw.clone())?,
            text: self.bytes.get(span.text.clone())?,
        })
    }

    /// All lines in order.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.len()).filter_map(|at| self.line(at))
    }
}

//! Readings of many photos together: read side by side, grouped by the sheet of paper, put to the vote.
//!
//! A single reading may be wrong in a character. Photos of one sheet show one seller, and so do those with one seller's
//! taxpayer id: [`sheets_of`] and [`vote`] make of that what a label can be trusted for.

mod cached;
mod evidence;
mod read_all;
mod sheets;
mod vote;

use serde::{Deserialize, Serialize};

use crate::images::Digest;
use crate::invoice::{Invoice, Reading};

pub use cached::cached_reading;
pub use evidence::{NoEvidence, ReadEvidence};
pub use read_all::{MOST_AT_ONCE, ReadOptions, read_all};
pub use sheets::sheets_of;
pub use vote::{CONFIDENT, Vote, vote};

/// What of a reading the other photos are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoReading {
    /// The digest of the photo's pixels: copies of one photo are one witness.
    pub pixels_sha256: Digest,
    /// The fields that were read.
    pub invoice: Invoice,
}

impl From<Reading> for PhotoReading {
    fn from(reading: Reading) -> Self {
        Self { pixels_sha256: reading.pixels_sha256, invoice: reading.invoice }
    }
}

#[doc(hidden)]
pub mod samples;

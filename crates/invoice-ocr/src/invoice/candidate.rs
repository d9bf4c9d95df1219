//! The lines that could be an organisation's name, and how much each looks like the seller's.

use serde::{Deserialize, Serialize};

use super::block::{Side, Zones};
use super::organisation::likeness;
use super::party::Party;
use super::piece::Pieces;
use super::writing::plain;
use crate::reader::{Page, Quad};

/// A line that could be the seller's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What it says, without its label, brackets of full width.
    pub text: String,
    /// The mean probability of its characters, 0 to 1.
    pub confidence: f32,
    /// How much it looks like the seller's name by shape and place, 0 to 1.
    pub score: f32,
    /// Where it stands, px of the page.
    pub quad: Quad,
    /// The first of the page's lines that it is made of.
    pub line: usize,
}

/// The lines of a page that could be an organisation's name, the likeliest seller first: the buyer's and the bank's are
/// among them, with low scores.
pub fn seller_candidates(page: &Page) -> Vec<Candidate> {
    /// Of 0 to 1; a name that is cut off has 0.5.
    const LEAST_LIKENESS: f32 = 0.4;
    /// A line in the name's place is a candidate however it looks.
    const IN_PLACE: f32 = 3.0;
    let pieces = Pieces::of(page);
    let zones = Zones::of(&pieces);
    Party::find(Side::Seller, &pieces, &zones, None)
        .names()
        .into_iter()
        .filter(|name| name.score >= IN_PLACE || likeness(&plain(&name.text)) >= LEAST_LIKENESS)
        .filter_map(|name| {
            Some(Candidate {
                confidence: name.pieces.iter().map(|piece| piece.confidence).sum::<f32>() / name.pieces.len() as f32,
                score: 1.0 / (1.0 + (3.5 - name.score).exp()),
                quad: pieces.around(&name.pieces),
                line: name.pieces.first()?.line,
                text: name.text,
            })
        })
        .collect()
}

//! The table of a consensus: what is accepted, what is open, and what each labeler says.

use std::borrow::Cow;
use std::path::Path;

use super::Consensus;
use super::table::BY;
use crate::error::{Error, IoContext, Result};
use crate::images::hash_bytes;
use crate::labels::cell::{cell, image_cell};
use crate::labels::labeler::journal::{Journal, Memory};
use crate::labels::labeler::journal_file;
use crate::labels::replace::{read_if_there, replace_once};

/// Writes the table, in one step: `image`, `seller` (empty where it is open), `sheet`, `verdict`, `evidence`, and a column
/// `by:NAME` for each labeler.
///
/// The same table may be written again. One that somebody has written into since, or that another program made,
/// a labeler's table for one, is not touched: what stands in `FILE.journal.jsonl` beside it tells.
///
/// # Errors
/// Where such a table is in the way, or the file cannot be written.
pub fn write_consensus(consensus: &Consensus, path: &Path) -> Result<()> {
    let bytes = bytes_of(consensus, path)?;
    let journal_file = journal_file(path)?;
    let there = read_if_there(path)?;
    if let Some(there) = &there {
        if *there == bytes {
            return Ok(());
        }
        if !Memory::read(&journal_file)?.wrote_consensus(&hash_bytes(there)) {
            return Err(Error::input(
                path,
                "this table is there already, and somebody has written into it since, or another program made it",
                "name another `output_file`: what a person settled here is not overwritten.",
            ));
        }
    }
    // Before the table: a kill between the two cannot make our own table a stranger.
    Journal::open(&journal_file)?.add_consensus(hash_bytes(&bytes))?;
    replace_once(path, there.as_deref(), &bytes)
}

fn bytes_of(consensus: &Consensus, path: &Path) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let own = ["image", "seller", "sheet", "verdict", "evidence"].map(str::to_owned);
    let by = consensus.labelers.iter().map(|labeler| format!("{BY}{}", labeler.name));
    let header = writer.write_record(own.into_iter().chain(by));
    let written = header.and_then(|()| {
        consensus.photos.iter().try_for_each(|photo| {
            let labels = &photo.labels;
            // A labeler that says several names says each on a line of its cell.
            let said =
                |at: usize| labels.said_by(at).map(|saying| saying.seller.as_str()).collect::<Vec<_>>().join("\n");
            let verdict = photo.ground.verdict();
            let own = [
                image_cell(&labels.image),
                cell(photo.seller.as_deref().unwrap_or_default()),
                cell(labels.sheet.as_deref().unwrap_or_default()),
                cell(verdict),
                cell(&photo.evidence),
            ];
            let by = (0..consensus.labelers.len()).map(|at| cell(&said(at)).into_owned());
            writer.write_record(own.map(Cow::into_owned).into_iter().chain(by))
        })
    });
    written.map_err(|error| Error::input(path, error.to_string(), ""))?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error).at("write", path)
}

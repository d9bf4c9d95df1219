//! Records from and to JSONL, some lines at a time: a file of any size takes the memory of a batch.

mod batch;
mod line;
mod list;
mod reader;

use std::io::Write;

use serde::Serialize;

use crate::error::{IoContext, Result};

pub use batch::Batch;
pub(crate) use line::{Broken, Content};
pub use line::{Layout, Line};
pub use reader::Reader;

/// What a file may begin with and JSON may not.
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// A record as a line of JSONL, with its line break.
pub fn to_line(record: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record).map_err(std::io::Error::from).at("write", "a record")?;
    line.push(b'\n');
    Ok(line)
}

/// Writes records as JSONL to `out`.
pub(crate) fn write_all<'a, R: Serialize + 'a>(
    out: &mut impl Write,
    records: impl IntoIterator<Item = &'a R>,
) -> Result<usize> {
    let mut count = 0;
    for record in records {
        out.write_all(&to_line(record)?).at("write", "a JSONL file")?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests;

//! A part of a labeling as JSON Lines: a header, a line for each image, and a checksum that is verified before anything is parsed.

use serde::{Deserialize, Serialize};

use super::shard::Shard;
use crate::files::MAX_JOURNAL_LINE_BYTES;
use crate::images::{Digest, hash_bytes};
use crate::readings::PhotoReading;
use crate::wording::binary_size;

/// What one shard has read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) shard: Shard,
    /// Of the OCR engine.
    pub(super) version: String,
    /// Of the whole folder.
    pub(super) listing: Listing,
    /// The shard's photos, by name.
    pub(super) rows: Vec<PartRow>,
}

/// A photo of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Row", into = "Row")]
pub(super) struct PartRow {
    /// Name below the folder.
    pub(super) image: String,
    pub(super) size_bytes: u64,
    /// Of the file, where it could be read that far.
    pub(super) sha256: Option<Digest>,
    /// Or why the photo could not be read.
    pub(super) reading: Result<PhotoReading, String>,
}

/// What a folder held, in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listing {
    /// Photos.
    pub(super) count: usize,
    /// Of their names and sizes.
    pub(super) sha256: Digest,
}

impl Listing {
    /// Of names and sizes in any order.
    pub(super) fn of<'a>(photos: impl Iterator<Item = (&'a str, u64)>) -> Self {
        // No name holds a zero byte.
        let mut lines: Vec<String> = photos.map(|(name, size_bytes)| format!("{name}\0{size_bytes}\n")).collect();
        lines.sort_unstable();
        Self { count: lines.len(), sha256: hash_bytes(lines.concat().as_bytes()) }
    }
}

/// The version of the file format. 1 and 2 were Parquet.
const FORMAT: u32 = 3;

/// What every version of the format begins with.
#[derive(Debug, Deserialize)]
struct Format {
    label_part_format: u32,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    label_part_format: u32,
    shard: String,
    engine_version: String,
    folder_images: usize,
    folder_sha256: Digest,
    rows: usize,
}

/// A line between the first and the last.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    image: String,
    size_bytes: u64,
    sha256: Option<Digest>,
    failed: Option<String>,
    reading: Option<PhotoReading>,
}

impl From<PartRow> for Row {
    fn from(PartRow { image, size_bytes, sha256, reading }: PartRow) -> Self {
        let (reading, failed) = match reading {
            Ok(reading) => (Some(reading), None),
            Err(why) => (None, Some(why)),
        };
        Self { image, size_bytes, sha256, failed, reading }
    }
}

impl TryFrom<Row> for PartRow {
    type Error = &'static str;

    fn try_from(Row { image, size_bytes, sha256, failed, reading }: Row) -> Result<Self, &'static str> {
        let reading = match (reading, failed) {
            (Some(reading), None) => Ok(reading),
            (None, Some(why)) => Err(why),
            _ => return Err("expected either `reading` or `failed`"),
        };
        Ok(Self { image, size_bytes, sha256, reading })
    }
}

impl Part {
    /// Returns the part as a file; the same part is always the same bytes.
    pub(super) fn to_jsonl(&self) -> serde_json::Result<Vec<u8>> {
        let header = Header {
            label_part_format: FORMAT,
            shard: self.shard.to_string(),
            engine_version: self.version.clone(),
            folder_images: self.listing.count,
            folder_sha256: self.listing.sha256,
            rows: self.rows.len(),
        };
        let mut bytes = serde_json::to_vec(&header)?;
        for row in &self.rows {
            bytes.push(b'\n');
            serde_json::to_writer(&mut bytes, row)?;
        }
        bytes.push(b'\n');
        let footer = footer(&bytes);
        bytes.extend_from_slice(footer.as_bytes());
        Ok(bytes)
    }

    /// Parses the file of a part.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub(super) fn from_jsonl(bytes: &[u8]) -> Result<Self, String> {
        let body = verify_checksum(bytes)?;
        let mut lines = body.strip_suffix(b"\n").unwrap_or(body).split(|byte| *byte == b'\n').zip(1..);
        let (first, _) = lines.next().unwrap_or_default();
        let Format { label_part_format: format } = parse(first, 1)?;
        if format != FORMAT {
            return Err(format!("this part has the format {format}, of another version of nova-ft"));
        }
        let header: Header = parse(first, 1)?;
        let shard = header.shard.parse().map_err(|expected| format!("line 1: `shard`: {expected}"))?;
        let rows = lines.map(|(line, number)| parse(line, number)).collect::<Result<Vec<_>, _>>()?;
        if rows.len() != header.rows {
            return Err(format!("this part has {} rows, and its header says {}", rows.len(), header.rows));
        }
        let listing = Listing { count: header.folder_images, sha256: header.folder_sha256 };
        Ok(Self { shard, version: header.engine_version, listing, rows })
    }
}

/// Parses a line.
fn parse<'a, T: Deserialize<'a>>(line: &'a [u8], number: usize) -> Result<T, String> {
    if line.len() as u64 > MAX_JOURNAL_LINE_BYTES {
        return Err(format!("line {number} is longer than {}", binary_size(MAX_JOURNAL_LINE_BYTES)));
    }
    serde_json::from_slice(line).map_err(|error| format!("line {number} cannot be parsed: {error}"))
}

/// Returns the last line: the sha256 of all bytes before it.
fn footer(body: &[u8]) -> String {
    format!("{{\"file_sha256\":\"{}\"}}\n", hash_bytes(body))
}

/// Length of [`footer`], bytes.
const FOOTER_BYTES: usize = r#"{"file_sha256":""}"#.len() + 64 + 1;

/// Returns the lines above the last one, which is compared with them byte for byte.
///
/// # Errors
/// What is wrong with the file, as a sentence.
pub(super) fn verify_checksum(bytes: &[u8]) -> Result<&[u8], String> {
    let (body, last) = bytes.split_at(bytes.len().saturating_sub(FOOTER_BYTES));
    if last != footer(body).as_bytes() {
        return Err(
            "this part is incomplete or damaged: its bytes do not match the checksum in its last line".to_owned()
        );
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::samples::{IDS, reading};

    fn part() -> Part {
        let read = Ok(reading("a", "甲公司\u{2028}\n", IDS[0], "1"));
        let row = |image: &str, reading| PartRow { image: image.to_owned(), size_bytes: 5, sha256: None, reading };
        let rows = vec![row("a.jpg", read), row("\n.jpg", Err("it is dark".to_owned()))];
        let listing = Listing::of([("a.jpg", 5), ("\n.jpg", 5)].into_iter());
        Part { shard: Shard::new(1, 1).unwrap(), version: "v".to_owned(), listing, rows }
    }

    /// The file with its lines above the checksum changed, and a checksum that fits.
    fn forged(change: impl Fn(String) -> String) -> Vec<u8> {
        let bytes = part().to_jsonl().unwrap();
        let body = change(String::from_utf8(verify_checksum(&bytes).unwrap().to_vec()).unwrap());
        let footer = footer(body.as_bytes());
        [body, footer].concat().into_bytes()
    }

    #[test]
    fn a_part_is_read_as_it_was_written() {
        let bytes = part().to_jsonl().unwrap();
        assert_eq!(Part::from_jsonl(&bytes), Ok(part()));
        assert_eq!(bytes.split(|byte| *byte == b'\n').count(), 5, "a header, two rows, a footer");
        let empty = Part { rows: Vec::new(), ..part() };
        assert_eq!(Part::from_jsonl(&empty.to_jsonl().unwrap()), Ok(empty));
    }

    #[test]
    fn a_part_that_lacks_a_byte_or_has_one_more_or_another_is_refused() {
        let bytes = part().to_jsonl().unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let shorter = [&bytes[..at], &bytes[at + 1..]].concat();
            let longer = [&bytes[..at], b" ", &bytes[at..]].concat();
            for damaged in [changed, shorter, longer, bytes[..at].to_vec()] {
                assert!(Part::from_jsonl(&damaged).unwrap_err().contains("incomplete or damaged"), "byte {at}");
            }
        }
    }

    #[test]
    fn a_part_with_a_valid_checksum_and_wrong_contents_is_refused() {
        let refused = |change: &dyn Fn(String) -> String| Part::from_jsonl(&forged(change)).unwrap_err();
        assert!(Part::from_jsonl(&forged(|body| body)).is_ok());
        let said = refused(&|body| body.replace("_format\":3", "_format\":4"));
        assert_eq!(said, "this part has the format 4, of another version of nova-ft");
        let said = refused(&|body| body.replace("\"1/1\"", "\"2/1\""));
        assert!(said.starts_with("line 1: `shard`: expected I/N"), "{said}");
        let said = refused(&|body| body.replace("\"rows\":2", "\"rows\":3"));
        assert_eq!(said, "this part has 2 rows, and its header says 3");
        let said = refused(&|body| body.replace("\"failed\":\"it is dark\"", "\"failed\":null"));
        assert!(said.starts_with("line 3 cannot be parsed: expected either `reading` or `failed`"), "{said}");
        let said = refused(&|body| body.replace("it is dark", &" ".repeat(11 << 20)));
        assert_eq!(said, "line 3 is longer than 10 MiB");
        assert!(refused(&|_| String::new()).starts_with("line 1 cannot be parsed"));
    }
}

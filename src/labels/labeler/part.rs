//! A part of a labeling as a Parquet file: columns for people, the reading itself for the merge.

use std::sync::Arc;

use hyper::body::Bytes;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field as Cell;
use parquet::schema::parser::parse_message_type;

use super::seal;
use super::shard::Shard;
use crate::images::{Digest, hash_bytes};
use crate::invoice::{Field, Invoice};
use crate::readings::PhotoReading;

/// What one shard has read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) shard: Shard,
    /// Of the reader.
    pub(super) version: String,
    /// Of the whole folder.
    pub(super) listing: Listing,
    /// The shard's photos, by name.
    pub(super) rows: Vec<PartRow>,
}

/// A photo of a part.
#[derive(Debug, Clone, PartialEq)]
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

/// The format of the file: another one that is not read by this program has another number.
const FORMAT: &str = "2";
const FORMAT_KEY: &str = "nova-ft.label-part";
const SHARD_KEY: &str = "nova-ft.shard";
const VERSION_KEY: &str = "nova-ft.reader";
const PHOTOS_KEY: &str = "nova-ft.folder-photos";
const LISTING_KEY: &str = "nova-ft.folder-sha256";

const SCHEMA: &str = "message part {
    REQUIRED BYTE_ARRAY image (UTF8);
    REQUIRED INT64 size_bytes;
    OPTIONAL BYTE_ARRAY sha256 (UTF8);
    OPTIONAL BYTE_ARRAY seller (UTF8);
    OPTIONAL FLOAT seller_confidence;
    OPTIONAL BYTE_ARRAY seller_id (UTF8);
    OPTIONAL BYTE_ARRAY buyer (UTF8);
    OPTIONAL BYTE_ARRAY code (UTF8);
    OPTIONAL BYTE_ARRAY number (UTF8);
    OPTIONAL BYTE_ARRAY date (UTF8);
    OPTIONAL DOUBLE total;
    OPTIONAL BYTE_ARRAY failed (UTF8);
    OPTIONAL BYTE_ARRAY reading (UTF8);
}";

impl Part {
    /// The part as a Parquet file; the same part is always the same bytes.
    pub(super) fn to_parquet(&self) -> Result<Vec<u8>, String> {
        seal::seal(self.write().map_err(|error| error.to_string())?)
    }

    fn write(&self) -> Result<Vec<u8>, ParquetError> {
        let facts = [
            (FORMAT_KEY, FORMAT.to_owned()),
            (SHARD_KEY, self.shard.to_string()),
            (VERSION_KEY, self.version.clone()),
            (PHOTOS_KEY, self.listing.count.to_string()),
            (LISTING_KEY, self.listing.sha256.to_string()),
            seal::unsealed(),
        ];
        let properties = WriterProperties::builder()
            .set_created_by("nova-ft".to_owned())
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(facts.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec()))
            .build();
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        if !self.rows.is_empty() {
            let mut group = writer.next_row_group()?;
            self.write_columns(&mut group)?;
            group.close()?;
        }
        writer.into_inner()
    }

    /// The columns in the order of the schema.
    fn write_columns(&self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<(), ParquetError> {
        fn text(field: Option<&Field<String>>) -> Option<String> {
            field.map(|field| field.value.clone())
        }
        let invoices: Vec<Option<&Invoice>> =
            self.rows.iter().map(|row| row.reading.as_ref().ok().map(|reading| &reading.invoice)).collect();
        let of_invoices = |get: fn(&Invoice) -> Option<String>| -> Vec<Option<String>> {
            invoices.iter().map(|invoice| invoice.and_then(get)).collect()
        };
        let rows = || self.rows.iter();
        let images: Vec<_> = rows().map(|row| ByteArray::from(row.image.as_str())).collect();
        let sizes: Vec<_> = rows().map(|row| i64::try_from(row.size_bytes).unwrap_or(i64::MAX)).collect();
        write::<ByteArrayType>(group, &images, None)?;
        write::<Int64Type>(group, &sizes, None)?;
        write_texts(group, &rows().map(|row| row.sha256.map(|sha256| sha256.to_string())).collect::<Vec<_>>())?;
        write_texts(group, &of_invoices(|invoice| text(invoice.seller.as_ref())))?;
        let sureness = invoices.iter().map(|invoice| Some(invoice.as_ref()?.seller.as_ref()?.confidence));
        write_numbers::<FloatType>(group, &sureness.collect::<Vec<_>>())?;
        write_texts(group, &of_invoices(|invoice| Some(invoice.seller_id.as_ref()?.value.to_string())))?;
        write_texts(group, &of_invoices(|invoice| text(invoice.buyer.as_ref())))?;
        write_texts(group, &of_invoices(|invoice| text(invoice.code.as_ref())))?;
        write_texts(group, &of_invoices(|invoice| text(invoice.number.as_ref())))?;
        write_texts(group, &of_invoices(|invoice| text(invoice.date.as_ref())))?;
        let totals = invoices.iter().map(|invoice| Some(invoice.as_ref()?.total_fen.as_ref()?.value as f64 / 100.0));
        write_numbers::<DoubleType>(group, &totals.collect::<Vec<_>>())?;
        write_texts(group, &rows().map(|row| row.reading.as_ref().err().cloned()).collect::<Vec<_>>())?;
        let json = |row: &PartRow| row.reading.as_ref().ok().map(serde_json::to_string).transpose();
        let readings = rows().map(json).collect::<Result<Vec<_>, _>>();
        write_texts(group, &readings.map_err(|error| ParquetError::External(Box::new(error)))?)
    }

    /// The part that a Parquet file holds.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub(super) fn from_parquet(bytes: Vec<u8>) -> Result<Self, String> {
        // Before anything else: the library panics over some damage, and passes other damage by.
        seal::check(&bytes)?;
        let broken = |error: ParquetError| format!("this is no whole Parquet file: {error}");
        let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
        let metadata = reader.metadata().file_metadata();
        let fact = |key: &str| {
            let pair = metadata.key_value_metadata()?.iter().find(|pair| pair.key == key)?;
            pair.value.clone()
        };
        match fact(FORMAT_KEY).as_deref() {
            Some(FORMAT) => {}
            other => {
                let other = other.unwrap_or("unknown");
                return Err(format!("this part has the format {other}, of another version of nova-ft"));
            }
        }
        let missing = |key: &str| format!("the part does not say its {key}");
        let shard = fact(SHARD_KEY).and_then(|text| text.parse().ok()).ok_or_else(|| missing(SHARD_KEY))?;
        let version = fact(VERSION_KEY).ok_or_else(|| missing(VERSION_KEY))?;
        let count = fact(PHOTOS_KEY).and_then(|text| text.parse().ok()).ok_or_else(|| missing(PHOTOS_KEY))?;
        let sha256 = fact(LISTING_KEY).and_then(|text| text.parse().ok()).ok_or_else(|| missing(LISTING_KEY))?;
        let mut rows = Vec::new();
        for row in reader.get_row_iter(None).map_err(broken)? {
            let row = row.map_err(broken)?;
            rows.push(PartRow::of(row.get_column_iter())?);
        }
        Ok(Self { shard, version, listing: Listing { count, sha256 }, rows })
    }
}

impl PartRow {
    fn of<'a>(cells: impl Iterator<Item = (&'a String, &'a Cell)>) -> Result<Self, String> {
        let (mut image, mut size_bytes, mut sha256, mut failed, mut reading) = (None, None, None, None, None);
        for (name, cell) in cells {
            match (name.as_str(), cell) {
                ("image", Cell::Str(text)) => image = Some(text.clone()),
                ("size_bytes", Cell::Long(number)) => size_bytes = u64::try_from(*number).ok(),
                ("sha256", Cell::Str(text)) => sha256 = text.parse().ok(),
                ("failed", Cell::Str(text)) => failed = Some(text.clone()),
                ("reading", Cell::Str(text)) => reading = Some(text.clone()),
                _ => {}
            }
        }
        let (Some(image), Some(size_bytes)) = (image, size_bytes) else {
            return Err("a row of the part has no image or size".to_owned());
        };
        let reading = match (reading, failed) {
            (Some(json), None) => {
                let read = serde_json::from_str(&json);
                Ok(read.map_err(|error| format!("the reading of {image} cannot be understood: {error}"))?)
            }
            (None, Some(why)) => Err(why),
            _ => return Err(format!("the part says of {image} neither what was read nor why nothing was")),
        };
        Ok(Self { image, size_bytes, sha256, reading })
    }
}

/// Writes the next column.
fn write<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let column = group.next_column()?;
    let mut column = column.ok_or_else(|| ParquetError::General("a column too many".to_owned()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn write_texts(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    texts: &[Option<String>],
) -> Result<(), ParquetError> {
    let values: Vec<_> = texts.iter().flatten().map(|text| ByteArray::from(text.as_str())).collect();
    write::<ByteArrayType>(group, &values, Some(&levels(texts)))
}

fn write_numbers<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    numbers: &[Option<T::T>],
) -> Result<(), ParquetError> {
    let values: Vec<_> = numbers.iter().flatten().cloned().collect();
    write::<T>(group, &values, Some(&levels(numbers)))
}

/// For each row whether it has a value.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}

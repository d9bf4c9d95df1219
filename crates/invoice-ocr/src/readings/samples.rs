//! Readings for tests.
#![expect(clippy::unwrap_used, reason = "for tests, of other crates too")]

use crate::images::hash_bytes;
use crate::invoice::{Field, Invoice};
use crate::reader::Quad;
use crate::readings::PhotoReading;

/// A field that was read with this confidence.
pub fn field<T>(value: T, confidence: f32) -> Field<T> {
    Field { value, confidence, quad: Quad::rectangle(20.0, 60.0, 90.0, 70.0) }
}

/// Ids of sellers that are valid in form.
pub const IDS: [&str; 3] = ["91110108MA01A2B3CF", "91310115MA1K4X7Y83", "110108700000123"];

/// The reading of a photo whose pixels are `photo`: seller, id, code, number, each with full confidence.
pub fn reading(photo: &str, seller: &str, id: &str, number: &str) -> PhotoReading {
    let invoice = Invoice {
        seller: Some(field(seller.to_owned(), 0.99)),
        seller_id: Some(field(id.parse().unwrap(), 0.99)),
        code: Some(field("1100162130".to_owned(), 0.99)),
        number: Some(field(number.to_owned(), 0.99)),
        date: Some(field("2017-04-18".to_owned(), 0.99)),
        total_fen: Some(field(22_600, 0.99)),
        ..Invoice::default()
    };
    PhotoReading { pixels_sha256: hash_bytes(photo.as_bytes()), invoice }
}

/// The same with another confidence of the seller's name.
pub fn unsure(mut reading: PhotoReading, confidence: f32) -> PhotoReading {
    if let Some(seller) = &mut reading.invoice.seller {
        seller.confidence = confidence;
    }
    reading
}

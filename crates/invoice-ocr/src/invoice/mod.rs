//! What a VAT invoice says: from lines of text to its fields.
//!
//! [`extract`] looks at the lines of a page and nothing else; [`InvoiceReader`] is who reads a photo, so that whatever
//! needs readings (labels, audit) can be tested with a fake that computes.

mod amount;
mod block;
mod candidate;
mod head;
mod label;
mod organisation;
mod party;
mod photo_reader;
mod piece;
mod shown;
mod taxpayer_id;
mod writing;

#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::images::Digest;
use crate::reader::{Page, Quad};
use foundation::error::Result;

use block::{Side, Zones};
use head::Head;
use party::Party;
use piece::Pieces;

pub use amount::parse_capitals;
pub use candidate::{Candidate, seller_candidates};
pub use photo_reader::PhotoReader;
pub use shown::ShownField;
pub use taxpayer_id::{ALPHABET, organisation_check};
pub use taxpayer_id::{ParseTaxpayerIdError, TaxpayerId, credit_check};

/// A field of an invoice: what it says, how sure that is, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field<T> {
    /// What it says.
    pub value: T,
    /// How sure, 0 to 1: the mean probability of its characters, less where something about it is odd.
    pub confidence: f32,
    /// Where it stands, px of the page.
    pub quad: Quad,
}

/// The fields of an invoice; `None` where a field cannot be read or was not looked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Invoice {
    /// The seller's name, as printed: the name row of the block 销售方.
    pub seller: Option<Field<String>>,
    /// The seller's taxpayer id.
    pub seller_id: Option<Field<TaxpayerId>>,
    /// The buyer's name: the name row of the block 购买方.
    pub buyer: Option<Field<String>>,
    /// The buyer's taxpayer id.
    pub buyer_id: Option<Field<TaxpayerId>>,
    /// The invoice code, 10 or 12 digits; fully digital e-invoices (数电票) have none.
    pub code: Option<Field<String>>,
    /// The invoice number, 8 digits; 20 on fully digital e-invoices, see [`is_einvoice_number`].
    pub number: Option<Field<String>>,
    /// The date of issue, `2016-12-25`.
    pub date: Option<Field<String>>,
    /// The total with tax (价税合计, in figures), in fen: 226.00 yuan are 22,600.
    pub total_fen: Option<Field<u64>>,
}

/// Returns whether an invoice number is that of a fully digital e-invoice (数电票): 20 digits, unique without a code.
pub fn is_einvoice_number(number: &str) -> bool {
    number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// How much of a photo to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The seller's name and taxpayer id: what a label needs, at the least cost.
    Seller,
    /// Every field: also what tells sheets apart, and the buyer.
    #[default]
    Fields,
    /// Every line of the page.
    Page,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Seller => "seller",
            Self::Fields => "fields",
            Self::Page => "page",
        })
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "seller" => Ok(Self::Seller),
            "fields" => Ok(Self::Fields),
            "page" => Ok(Self::Page),
            _ => Err("expected `seller`, `fields` or `page`".to_owned()),
        }
    }
}

/// What was read of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The digest of the photo's pixels, upright by EXIF.
    pub pixels_sha256: Digest,
    /// The lines that were read.
    pub page: Page,
    /// The fields among them.
    pub invoice: Invoice,
}

/// Who reads invoices off photos.
pub trait InvoiceReader: fmt::Debug + Send + Sync {
    /// Names models and method: readings of one version of one photo are the same.
    fn version(&self) -> String;

    /// Reads a photo.
    ///
    /// # Errors
    /// Where the photo cannot be read or decoded, with its name. A photo of something else is no error: its fields are
    /// `None`.
    fn read(&self, photo: &Path, scope: Scope) -> Result<Reading>;
}

/// The fields among the lines of a page.
///
/// The page is upright but for a tilt of some degrees, whole or in part; where the labels are not read, the values must do.
/// A photo of something else has no fields.
pub fn extract(page: &Page) -> Invoice {
    let pieces = Pieces::of(page);
    let zones = Zones::of(&pieces);
    let seller = Party::find(Side::Seller, &pieces, &zones, None);
    // Both parties were printed in one go, onto one form.
    let buyer = Party::find(Side::Buyer, &pieces, &zones, seller.shift());
    let head = Head::of(&pieces, &zones);
    Invoice {
        seller: seller.name(),
        seller_id: seller.taxpayer_id(),
        buyer: buyer.name(),
        buyer_id: buyer.taxpayer_id(),
        code: head.code,
        number: head.number,
        date: head.date,
        total_fen: amount::total_fen(&pieces, &zones),
    }
}

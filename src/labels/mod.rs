//! The label table: which photo shows which seller.
//!
//! [`Labels::read`] takes a CSV file as people have it (UTF-8, UTF-16 or GBK; comma, tab or semicolon; English or Chinese
//! header), keeps the good rows and reports the others as findings. [`match_photos`] finds each row's photo;
//! [`analyze`] counts.

mod analysis;
mod cell;
pub mod consensus;
mod csv;
mod edit;
pub mod labeler;
mod matching;
mod name;
pub mod rules;
pub(crate) mod replace;
mod systematic;
mod table;
mod table_audit;
pub mod audit;
pub mod review;

pub use analysis::{Analysis, LengthCount, LengthSummary, RepeatedImage, SellerCount, analyze};
pub(crate) use cell::is_formula;
pub(crate) use csv::with_sellers;
pub(crate) use edit::{Edit, FileRow, LabelFile};
pub(crate) use matching::PhotoNames;
pub use matching::{Matched, match_photos};
pub(crate) use name::{NameFault, check_name};
pub use table::{LabelRow, Labels, ReadLabels};
pub use table_audit::audit;
pub(crate) use table_audit::audit_rows;

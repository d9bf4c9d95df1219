//! The rules about the label table, one a file: documentation and message side by side.

pub(super) mod ambiguous_photo_name;
pub(crate) mod buyer_for_seller;
pub(super) mod chatter_for_name;
pub(super) mod empty_label;
pub(super) mod error_text_for_name;
pub(super) mod half_width_brackets;
pub(super) mod inexact_photo_name;
pub(crate) mod label_differs_from_photo;
pub(super) mod label_file_encoding;
pub(super) mod label_file_separator;
pub(super) mod label_given_twice;
pub(crate) mod label_near_photo;
pub(crate) mod label_not_on_photo;
pub(super) mod label_quote_unclosed;
pub(super) mod label_row_fields;
pub(super) mod label_with_hidden_character;
pub(super) mod label_with_line_break;
pub(super) mod label_with_outer_space;
pub(super) mod label_without_image;
pub(super) mod label_without_photo;
pub(super) mod labels_disagree;
pub(super) mod name_without_organisation_ending;
pub(crate) mod photo_not_read;
pub(super) mod photo_without_label;
pub(super) mod rare_name_near_frequent;
pub(crate) mod reading_outvoted;
pub(crate) mod seller_not_read;
pub(crate) mod sheet_with_two_sellers;
pub(super) mod spreadsheet_formula;
pub(crate) mod taxpayer_id_with_two_sellers;

pub use ambiguous_photo_name::AMBIGUOUS_PHOTO_NAME;
pub use buyer_for_seller::BUYER_FOR_SELLER;
pub use chatter_for_name::CHATTER_FOR_NAME;
pub use empty_label::EMPTY_LABEL;
pub use error_text_for_name::ERROR_TEXT_FOR_NAME;
pub use half_width_brackets::HALF_WIDTH_BRACKETS;
pub use inexact_photo_name::INEXACT_PHOTO_NAME;
pub use label_differs_from_photo::LABEL_DIFFERS_FROM_PHOTO;
pub use label_file_encoding::LABEL_FILE_ENCODING;
pub use label_file_separator::LABEL_FILE_SEPARATOR;
pub use label_given_twice::LABEL_GIVEN_TWICE;
pub use label_near_photo::LABEL_NEAR_PHOTO;
pub use label_not_on_photo::LABEL_NOT_ON_PHOTO;
pub use label_quote_unclosed::LABEL_QUOTE_UNCLOSED;
pub use label_row_fields::LABEL_ROW_FIELDS;
pub use label_with_hidden_character::LABEL_WITH_HIDDEN_CHARACTER;
pub use label_with_line_break::LABEL_WITH_LINE_BREAK;
pub use label_with_outer_space::LABEL_WITH_OUTER_SPACE;
pub use label_without_image::LABEL_WITHOUT_IMAGE;
pub use label_without_photo::LABEL_WITHOUT_PHOTO;
pub use labels_disagree::LABELS_DISAGREE;
pub use name_without_organisation_ending::NAME_WITHOUT_ORGANISATION_ENDING;
pub use photo_not_read::PHOTO_NOT_READ;
pub use photo_without_label::PHOTO_WITHOUT_LABEL;
pub use rare_name_near_frequent::RARE_NAME_NEAR_FREQUENT;
pub use reading_outvoted::READING_OUTVOTED;
pub use seller_not_read::SELLER_NOT_READ;
pub use sheet_with_two_sellers::SHEET_WITH_TWO_SELLERS;
pub use spreadsheet_formula::SPREADSHEET_FORMULA;
pub use taxpayer_id_with_two_sellers::TAXPAYER_ID_WITH_TWO_SELLERS;

use crate::findings::Rule;

/// All of them, by code.
pub static RULES: &[&Rule] = &[
    &LABEL_FILE_ENCODING,
    &LABEL_FILE_SEPARATOR,
    &LABEL_ROW_FIELDS,
    &LABEL_WITHOUT_IMAGE,
    &EMPTY_LABEL,
    &LABEL_WITH_LINE_BREAK,
    &LABEL_WITH_OUTER_SPACE,
    &LABEL_QUOTE_UNCLOSED,
    &LABEL_WITHOUT_PHOTO,
    &PHOTO_WITHOUT_LABEL,
    &INEXACT_PHOTO_NAME,
    &AMBIGUOUS_PHOTO_NAME,
    &LABEL_GIVEN_TWICE,
    &LABELS_DISAGREE,
    &LABEL_WITH_HIDDEN_CHARACTER,
    &CHATTER_FOR_NAME,
    &ERROR_TEXT_FOR_NAME,
    &NAME_WITHOUT_ORGANISATION_ENDING,
    &HALF_WIDTH_BRACKETS,
    &SHEET_WITH_TWO_SELLERS,
    &TAXPAYER_ID_WITH_TWO_SELLERS,
    &RARE_NAME_NEAR_FREQUENT,
    &BUYER_FOR_SELLER,
    &LABEL_DIFFERS_FROM_PHOTO,
    &LABEL_NOT_ON_PHOTO,
    &LABEL_NEAR_PHOTO,
    &SELLER_NOT_READ,
    &PHOTO_NOT_READ,
    &READING_OUTVOTED,
    &SPREADSHEET_FORMULA,
];

/// A name of another row, which may be named in the finding of every row.
fn short(name: &str) -> std::borrow::Cow<'_, str> {
    crate::wording::shortened(name, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_without_a_gap_and_every_page_has_its_sections() {
        for (number, rule) in (1..).zip(RULES) {
            assert_eq!(rule.code, format!("LBL{number:03}"));
            let page = rule.page();
            let sections = ["## What it does", "## Why is this bad?", "## Example", "## Use instead", "## Fix"];
            let places: Vec<_> = sections.iter().map(|section| page.find(section).expect(section)).collect();
            assert!(places.is_sorted(), "{}", rule.code);
        }
    }
}

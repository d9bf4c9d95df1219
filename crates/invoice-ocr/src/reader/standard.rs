//! Chinese as invoices are printed: in the standard forms of the mainland.
//!
//! The alphabet of the recognition network has traditional forms too, and where print is pale it takes 時 for 时. No VAT
//! invoice has them: names of companies are registered in standard characters.

use std::borrow::Cow;

use encoding_rs::GBK;

/// Forms that have a simpler one and are standard characters all the same, since names have them
/// (通用规范汉字表, 2013).
const KEPT: [&str; 8] = ["昇", "陞", "迺", "甯", "祐", "頫", "氾", "钜"];

/// A character in its standard form.
pub(super) fn standard_form(character: &str) -> Cow<'_, str> {
    if character.is_ascii() || is_common(character) || KEPT.contains(&character) {
        return Cow::Borrowed(character);
    }
    let simplified = simplet2s::convert(character);
    if is_common(&simplified) { Cow::Owned(simplified) } else { Cow::Borrowed(character) }
}

/// Whether a character is one of the 6,763 of GB 2312: two bytes of GBK, both in that standard's range.
fn is_common(character: &str) -> bool {
    let (bytes, _, unmappable) = GBK.encode(character);
    !unmappable && matches!(*bytes, [0xB0..=0xF7, 0xA1..=0xFE])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_forms_become_standard_ones() {
        let text = "北京易時傑科技發展有限公司貳拾圓";
        let standard: String = text.chars().map(|c| standard_form(&c.to_string()).into_owned()).collect();
        assert_eq!(standard, "北京易时杰科技发展有限公司贰拾圆");
    }

    #[test]
    fn rare_standard_characters_and_whatever_is_not_chinese_stay() {
        for character in ["昇", "喆", "堃", "淼", "犇", "甯", "玥", "瑄", "A", "é", "（", "カ", "７", "", "号"]
        {
            assert_eq!(standard_form(character), character);
        }
    }
}

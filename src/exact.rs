//! What "exact" means for names: equal after NFKC, which folds brackets and width, and without white space and characters
//! that nobody sees.

use unicode_normalization::UnicodeNormalization as _;

use crate::wording::is_hidden;

/// The form in which names are compared: `北京 (A) 公司` and `北京（A）公司` have the same.
pub fn exact_form(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace() && !is_unseen(*c)).collect()
}

/// Whether a character of a name leaves neither mark nor gap on paper: nobody could have read it off an invoice.
pub(crate) fn is_unseen(character: char) -> bool {
    (is_hidden(character) && !character.is_whitespace())
        || matches!(character, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// What names a group of the split: the exact form, in any case.
pub(crate) fn group_form(name: &str) -> String {
    exact_form(name).to_lowercase()
}

/// Whether two names, of sellers or of sheets, are of one group.
pub(crate) fn is_same_group(left: &str, right: &str) -> bool {
    left == right || group_form(left) == group_form(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_width_and_spaces_do_not_count_and_characters_do() {
        let spellings = ["北京（A）公司", "北京(A)公司", "北京 （Ａ） 公司 ", "北\u{200B}京(A)公\u{2060}司\u{FE0F}"];
        assert!(spellings.iter().all(|name| exact_form(name) == "北京(A)公司"));
        assert_ne!(exact_form("北京宇音天下"), exact_form("北京字音天下"));
    }
}

//! What "exact" means for names: equal after NFKC, which folds brackets and width, and without white space.

use unicode_normalization::UnicodeNormalization as _;

/// The form in which names are compared: `北京 (A) 公司` and `北京（A）公司` have the same.
pub fn exact_form(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_width_and_spaces_do_not_count_and_characters_do() {
        let spellings = ["北京（A）公司", "北京(A)公司", "北京 （Ａ） 公司 "];
        assert!(spellings.iter().all(|name| exact_form(name) == "北京(A)公司"));
        assert_ne!(exact_form("北京宇音天下"), exact_form("北京字音天下"));
    }
}

//! What "exact" means for names: equal after NFKC, which folds brackets and width, and without white space and characters
//! that nobody sees.

use unicode_normalization::UnicodeNormalization as _;

use crate::wording::without_unseen;

/// Characters of a reference that a name is compared with: the comparison takes the product of both lengths.
const LONGEST_REFERENCE: usize = 800;

/// The form in which names are compared: `北京 (A) 公司` and `北京（A）公司` have the same.
pub fn exact_form(name: &str) -> String {
    without_unseen(name).nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// What names a group of the split: the exact form, in any case.
pub fn group_form(name: &str) -> String {
    exact_form(name).to_lowercase()
}

/// Whether two names, of sellers or of sheets, are of one group.
pub fn is_same_group(left: &str, right: &str) -> bool {
    left == right || group_form(left) == group_form(right)
}

/// Characters of one text, times those of another, that [`edits`] compares.
const MOST_COMPARED: usize = 100_000_000;

/// By how many characters put in, left out or changed one text becomes the other. Of two very long texts that may be the length
/// of the longer one, though fewer would do.
pub fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let length = left.chars().count();
    if length.saturating_mul(right.len()) > MOST_COMPARED {
        return length.max(right.len());
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, character) in left.chars().enumerate() {
        row = next_row(&row, at + 1, character, &right);
    }
    row.last().copied().unwrap_or_default()
}

/// By how many characters a text differs from the part of another that is nearest to it.
pub fn edits_within(part: &str, whole: &str) -> usize {
    let whole: Vec<char> = whole.chars().collect();
    // The part may begin anywhere.
    let mut row = vec![0; whole.len() + 1];
    for (at, character) in part.chars().enumerate() {
        row = next_row(&row, at + 1, character, &whole);
    }
    row.into_iter().min().unwrap_or_default()
}

/// A row of the table by which texts are compared, of the row above it.
fn next_row(above: &[usize], first: usize, character: char, right: &[char]) -> Vec<usize> {
    let mut row = Vec::with_capacity(above.len());
    let mut last = first;
    row.push(first);
    for (other, pair) in right.iter().zip(above.windows(2)) {
        last = (pair[0] + usize::from(character != *other)).min(pair[1] + 1).min(last + 1);
        row.push(last);
    }
    row
}

/// A name in runs that another name has or has not; brackets and width are no difference.
pub fn shared_runs(name: &str, reference: &str) -> Vec<(String, bool)> {
    let own: Vec<char> = name.chars().collect();
    let other: Vec<char> = reference.chars().take(LONGEST_REFERENCE).collect();
    let form = |c: char| exact_form(c.encode_utf8(&mut [0; 4]));
    let (in_own, _) = shared(&own, &other, |a, b| a == b || form(a) == form(b));
    let characters: Vec<_> = own.into_iter().zip(in_own).collect();
    let runs = characters.chunk_by(|a, b| a.1 == b.1);
    runs.map(|run| (run.iter().map(|(c, _)| *c).collect(), run.first().is_some_and(|(_, is_shared)| *is_shared)))
        .collect()
}

/// Which characters of two texts belong to the longest text that can be made of both by leaving out characters.
pub fn shared(left: &[char], right: &[char], is_same: impl Fn(char, char) -> bool) -> (Vec<bool>, Vec<bool>) {
    // How long that text is of the rests of both.
    let mut common = vec![vec![0_u32; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] = if is_same(left[i], right[j]) {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut in_left, mut in_right) = (vec![false; left.len()], vec![false; right.len()]);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if is_same(left[i], right[j]) {
            (in_left[i], in_right[j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if common[i + 1][j] >= common[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (in_left, in_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_count_characters_put_in_left_out_and_changed() {
        let cases =
            [("", "", 0), ("甲乙", "", 2), ("甲乙丙", "甲丁丙", 1), ("甲乙丙", "乙丙丁", 2), ("甲", "乙丙丁", 3)];
        for (left, right, expected) in cases {
            assert_eq!((edits(left, right), edits(right, left)), (expected, expected), "{left} {right}");
        }
        let within = [
            ("甲乙", "名称甲乙公司", 0),
            ("甲乙", "名称甲丁公司", 1),
            ("甲乙", "", 2),
            ("", "甲", 0),
            ("甲乙丙", "乙", 2),
        ];
        for (part, whole, expected) in within {
            assert_eq!(edits_within(part, whole), expected, "{part} {whole}");
        }
    }

    #[test]
    fn very_long_texts_are_not_compared_character_by_character() {
        let [a, b] = ["甲", "乙"].map(|letter| letter.repeat(1_000_000));
        assert_eq!(edits(&a, &b), 1_000_000);
        assert_eq!(edits(&a, "甲乙"), 999_999);
    }

    #[test]
    fn brackets_width_and_spaces_do_not_count_and_characters_do() {
        let spellings = [
            "北京（A）公司",
            "北京(A)公司",
            "北京 （Ａ） 公司 ",
            "北\u{200B}京(A)公\u{2060}司\u{FE0F}",
            "\u{3164}北\u{E0100}京(A)\u{2028}公\u{34F}司\u{2800}",
        ];
        assert!(spellings.iter().all(|name| exact_form(name) == "北京(A)公司"));
        assert_ne!(exact_form("北京宇音天下"), exact_form("北京字音天下"));
    }
}

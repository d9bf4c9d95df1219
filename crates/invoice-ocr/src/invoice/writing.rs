//! Characters: the form in which lines are compared, and the form in which names are printed.

use foundation::exact::exact_form;

/// A line as it is compared: without width, spaces and unseen characters; `：` is `:`, `（` is `(`, `￥` is `¥`.
pub(super) fn plain(text: &str) -> String {
    exact_form(text)
}

/// Whether a character is a Chinese one.
pub(super) fn is_han(char: char) -> bool {
    matches!(char, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}' | '〇')
}

/// How many Chinese characters a text has.
pub(super) fn han_count(text: &str) -> usize {
    text.chars().filter(|char| is_han(*char)).count()
}

/// How many figures a text has.
pub(super) fn digit_count(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

/// A name as it is printed: brackets of full width, no dirt at its ends.
pub(super) fn as_printed(plain: &str) -> String {
    let trimmed = plain.trim_matches(|char: char| !char.is_alphanumeric() && !matches!(char, '(' | ')'));
    // A bracket that opens nothing is dirt too.
    let trimmed = trimmed.trim_start_matches(')').trim_end_matches('(');
    if han_count(trimmed) == 0 {
        return trimmed.to_owned();
    }
    trimmed
        .chars()
        .map(|char| match char {
            '(' => '（',
            ')' => '）',
            char => char,
        })
        .collect()
}

/// The share of a line's length that its first `count` characters take.
pub(super) fn share_of(text: &str, count: usize) -> f32 {
    let advance = |char: char| if char.is_ascii() { 0.5_f32 } else { 1.0 };
    let whole: f32 = text.chars().map(advance).sum();
    let part: f32 = text.chars().take(count).map(advance).sum();
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_a_name_are_of_full_width_and_dirt_at_its_ends_goes() {
        assert_eq!(as_printed(&plain("：榆舟（北京)科技 有限公司.")), "榆舟（北京）科技有限公司");
        assert_eq!(as_printed("A(B)"), "A(B)");
        assert_eq!(as_printed("::"), "");
    }

    #[test]
    fn a_figure_is_half_as_wide_as_a_character() {
        assert!((share_of("名称12", 2) - 2.0 / 3.0).abs() < 1e-6);
        assert!(share_of("", 3).abs() < 1e-6);
    }
}

//! How things are put on a line: text of others so that it stays on its line, numbers with their nouns.

use std::borrow::Cow;

/// Whether a character must not stand on a line as it is: a terminal obeys it, it ends the line, it turns the direction
/// of what follows, or nobody sees it. The joiners inside emoji and Indic words stay.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether a character shows nothing: white space, what is hidden, and what is as wide as a letter and blank.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || is_hidden(character)
        || matches!(
            character,
            '\u{34F}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{200C}'
                | '\u{200D}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
        )
}

/// Text of others (a file's name, a label, what a service says) for one line of a terminal, a report or a log: what
/// [`is_hidden`] is written as an escape, `\n`, `\u{1b}`, `\u{202e}`.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        if is_hidden(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
        out
    })
}

/// Text of several lines, each of them made [`visible`].
pub(crate) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// A text of at most `longest` characters: the middle of a longer one is left out, since its end often says what to do.
pub(crate) fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest || text.chars().count() <= longest {
        return Cow::Borrowed(text);
    }
    let tail = longest / 3;
    let head = longest - tail - 1;
    let head = text.char_indices().nth(head).map_or(text, |(end, _)| &text[..end]);
    let tail = text.char_indices().rev().take(tail).last().map_or("", |(start, _)| &text[start..]);
    Cow::Owned(format!("{head}…{tail}"))
}

/// A text of others inside a sentence.
pub(crate) fn quoted(text: &str) -> Cow<'static, str> {
    if text.is_empty() { Cow::Borrowed("an empty text") } else { Cow::Owned(format!("`{}`", shortened(text, 200))) }
}

/// A character of others inside a sentence: one that shows nothing by its number.
pub(crate) fn named(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        _ if character.is_whitespace() || is_hidden(character) => format!("U+{:04X}", u32::from(character)),
        _ => format!("`{character}`"),
    }
}

/// A number with its noun, the thousands apart: `1 photo`, `2 photos`, `100,000 photos`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of bytes in binary units: `512 bytes`, `16 MiB`, `18.6 GiB`.
pub(crate) fn binary_size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => counted(bytes as usize, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units() {
        let sizes = [0, 1, 1_023, 1_024, 16 << 20, (1 << 20) + (1 << 19), 20_000_000_000].map(binary_size);
        assert_eq!(sizes, ["0 bytes", "1 byte", "1,023 bytes", "1 KiB", "16 MiB", "1.5 MiB", "18.6 GiB"]);
    }

    #[test]
    fn what_a_terminal_obeys_or_nobody_sees_becomes_an_escape() {
        assert_eq!(visible("<b>\t\u{7f}"), r"<b>\t\u{7f}");
        assert_eq!(visible("a\u{1b}[2J\r\n\u{9b}31m"), r"a\u{1b}[2J\r\n\u{9b}31m");
        assert_eq!(visible("\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}"), r"\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}");
        assert_eq!(visible("one\u{2028}two"), r"one\u{2028}two");
    }

    #[test]
    fn letters_of_every_script_and_emoji_stay() {
        for text in ["北京（集团）有限公司\u{3000}", "Müller & Söhne", "👩\u{200d}👧", "नुक्\u{200d}ता", r"C:\new"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(visible_lines("a\u{7}\nb\n"), "a\\u{7}\nb\n");
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        assert_eq!(shortened("abcdefghijklm", 9), "abcde…klm");
        assert_eq!(shortened("销售方名称的全称", 8), "销售方名称的全称");
        assert_eq!(shortened("销售方名称的全称", 7), "销售方名…全称");
        assert_eq!(shortened("ab", 1), "…");
    }

    #[test]
    fn what_shows_nothing_has_a_name() {
        assert_eq!([quoted(""), quoted("a b")], ["an empty text", "`a b`"]);
        assert_eq!(
            [' ', '\u{3000}', '\u{200B}', '\n', '：'].map(named),
            ["a space", "U+3000", "U+200B", "U+000A", "`：`"]
        );
    }

    #[test]
    fn one_has_no_s() {
        assert_eq!(
            [counted(0, "photo"), counted(1, "photo"), counted(2, "photo"), counted(12_345, "photo")],
            ["0 photos", "1 photo", "2 photos", "12,345 photos"]
        );
    }

    #[test]
    fn thousands_stand_apart() {
        let numbers = [0, 999, 1_000, 12_345, 1_234_567];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}

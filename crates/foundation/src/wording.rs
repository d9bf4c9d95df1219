//! How things are put on a line: text of others so that it stays on its line, numbers with their nouns.

use std::borrow::Cow;
use std::ops::Range;

use comfy_table::{CellAlignment, Row, Table, presets};
use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Ideographic, JoinControl, LineBreak,
    NoncharacterCodePoint,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether a character of a text leaves no mark on paper, or is no character at all, by Unicode's properties: controls, format
/// characters, separators of lines and paragraphs, what fonts are told not to draw (`Default_Ignorable_Code_Point`), and
/// noncharacters. An ordinary space is none of them. Private and unassigned characters are kept: they may be drawn, and stand
/// for rare Chinese characters in text that was converted from GBK.
pub fn is_unseen(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    // Most characters of an invoice: no lookup in a table.
    if is_common_ideograph(character) {
        return false;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    matches!(category, Control | Format | LineSeparator | ParagraphSeparator)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
        // Two symbols that are drawn as nothing, which no property says: the braille pattern and the note head without a dot.
        || matches!(character, '\u{2800}' | '\u{1D159}')
}

/// Whether a character must not be shown on a line as it is: a terminal obeys it, it ends the line, it turns the direction of
/// what follows, or nobody sees it. The joiners inside emoji and Indic words stay, and so do the presentations of emoji.
pub fn is_hidden(character: char) -> bool {
    is_unseen(character)
        && !CodePointSetData::new::<JoinControl>().contains(character)
        && !matches!(character, '\u{FE0E}' | '\u{FE0F}')
}

/// Whether a character shows nothing: white space, or what is unseen.
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_unseen(character)
}

/// Whether a line ends at this character.
pub fn is_line_break(character: char) -> bool {
    let class = CodePointMapData::<LineBreak>::new().get(character);
    [LineBreak::MandatoryBreak, LineBreak::CarriageReturn, LineBreak::LineFeed, LineBreak::NextLine].contains(&class)
}

/// A text without its unseen characters, those that are white space as a space each, and without combining marks that have
/// no letter to combine with: the first character of the text, and what follows a space, a sign or a Chinese character.
pub fn without_unseen(text: &str) -> Cow<'_, str> {
    // Most texts have neither.
    if !text.chars().any(|c| is_unseen(c) || is_mark(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(kept(text).filter_map(|(_, kept)| kept).collect())
}

/// The unseen characters of a text and its marks without a letter, by number, each once: `U+200B U+3164`.
pub fn unseen_in(text: &str) -> String {
    let mut numbers: Vec<String> = Vec::new();
    for (character, kept) in kept(text) {
        let number = format!("U+{:04X}", u32::from(character));
        if kept != Some(character) && !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers.join(" ")
}

/// Each character of a text, and what [`without_unseen`] keeps of it.
fn kept(text: &str) -> impl Iterator<Item = (char, Option<char>)> {
    let mut takes_marks = false;
    text.chars().map(move |character| {
        if is_mark(character) && !is_unseen(character) {
            return (character, takes_marks.then_some(character));
        }
        // An unseen joiner may stand between a letter and its mark.
        if !is_unseen(character) {
            takes_marks = character.is_alphabetic() && !CodePointSetData::new::<Ideographic>().contains(character);
            return (character, Some(character));
        }
        (character, character.is_whitespace().then_some(' '))
    })
}

/// Whether a character is of the block of CJK unified ideographs.
fn is_common_ideograph(character: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&character)
}

/// Whether a character combines with the one before it.
fn is_mark(character: char) -> bool {
    !character.is_ascii()
        && !is_common_ideograph(character)
        && GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(character))
}

/// Text of others (a file's name, a label, what a service says) for one line of a terminal, a report or a log: what
/// [`is_hidden`] is written as an escape, `\n`, `\u{1b}`, `\u{202e}`.
pub fn visible(text: &str) -> String {
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
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// A text of at most `longest` characters: the middle of a longer one is left out, since its end often says what to do.
pub fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest || text.chars().nth(longest).is_none() {
        return Cow::Borrowed(text);
    }
    let tail = longest / 3;
    let head = longest - tail - 1;
    let head = text.char_indices().nth(head).map_or(text, |(end, _)| &text[..end]);
    let tail = text.char_indices().rev().take(tail).last().map_or("", |(start, _)| &text[start..]);
    Cow::Owned(format!("{head}…{tail}"))
}

/// A text of others inside a sentence.
pub fn quoted(text: &str) -> Cow<'static, str> {
    if text.is_empty() { Cow::Borrowed("an empty text") } else { Cow::Owned(format!("`{}`", shortened(text, 200))) }
}

/// A character of others inside a sentence: one that shows nothing by its number.
pub fn named(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        _ if character.is_whitespace() || is_hidden(character) => format!("U+{:04X}", u32::from(character)),
        _ => format!("`{character}`"),
    }
}

/// A number with its noun, the thousands apart: `1 photo`, `2 photos`, `100,000 photos`.
pub fn counted(count: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
}

/// A number with commas between its thousands.
pub fn grouped(number: u64) -> String {
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
pub fn binary_size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => counted(bytes as usize, "byte"),
    }
}

/// Rows of cells as lines, in columns that are two spaces apart and as wide as a terminal draws their text. The cells of the
/// columns in `right` are aligned to the right. A cell is one line.
pub fn align_columns(rows: impl IntoIterator<Item = impl Into<Row>>, right: Range<usize>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).add_rows(rows);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_character_is_two_columns_wide() {
        let rows = [["发票.jpg", "7", "a  b"], ["b.jpg", "1,000", ""], ["", "发", "c"]];
        assert_eq!(align_columns(rows, 1..2), "发票.jpg      7  a  b\nb.jpg     1,000\n             发  c\n");
        assert_eq!(align_columns([[""; 0]; 0], 0..0), "");
    }

    #[test]
    fn the_short_way_of_common_ideographs_says_what_the_tables_say() {
        for character in '\u{4E00}'..='\u{9FFF}' {
            let category = CodePointMapData::<GeneralCategory>::new().get(character);
            assert!(matches!(category, GeneralCategory::OtherLetter | GeneralCategory::Unassigned), "{character}");
            assert!(!CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character), "{character}");
        }
    }

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
    fn what_unicode_calls_invisible_is_unseen_and_what_has_a_form_is_not() {
        let unseen = [
            '\0',
            '\t',
            '\u{7F}',
            '\u{85}',
            '\u{AD}',
            '\u{34F}',
            '\u{61C}',
            '\u{115F}',
            '\u{1160}',
            '\u{17B4}',
            '\u{180B}',
            '\u{180E}',
            '\u{180F}',
            '\u{200B}',
            '\u{200D}',
            '\u{200F}',
            '\u{2028}',
            '\u{2029}',
            '\u{202E}',
            '\u{2060}',
            '\u{2065}',
            '\u{2069}',
            '\u{2800}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFA0}',
            '\u{FFF0}',
            '\u{FFFB}',
            '\u{FFFE}',
            '\u{1BCA0}',
            '\u{1D159}',
            '\u{1D173}',
            '\u{13430}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{E0100}',
            '\u{E0FFF}',
        ];
        for character in unseen {
            assert!(is_unseen(character) && is_blank(character), "U+{:04X}", u32::from(character));
        }
        for character in
            ['a', '甲', ' ', '\u{3000}', '·', '（', 'é', 'ｱ', '々', '〇', '𠮷', '\u{E863}', '\u{2801}', '😀']
        {
            assert!(!is_unseen(character), "{character}");
        }
    }

    #[test]
    fn a_mark_without_a_letter_goes_and_one_with_a_letter_stays() {
        assert_eq!(without_unseen("甲\u{301}\u{20DD}方 \u{301}x"), "甲方 x");
        assert_eq!(without_unseen("\u{301}甲\t乙"), "甲 乙");
        for text in ["Cafe\u{301}", "नुक्ता", "カ\u{3099}", "甲方"] {
            assert_eq!(without_unseen(text), text);
        }
        assert_eq!(unseen_in("甲\u{E0100}方\u{200B}\u{E0100}有\u{301}"), "U+E0100 U+200B U+0301");
    }

    #[test]
    fn every_line_break_of_unicode_is_one() {
        assert!(['\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'].into_iter().all(is_line_break));
        assert!(!['\t', ' ', '\u{3000}', '甲', '\u{200B}'].into_iter().any(is_line_break));
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

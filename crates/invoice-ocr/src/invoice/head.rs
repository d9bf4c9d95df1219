//! What tells sheets apart: code and number of the invoice, each printed twice, and the date.

use super::block::Zones;
use super::label::Label;
use super::piece::{Piece, Pieces};
use super::writing::han_count;
use super::{Field, is_einvoice_number};

/// A reading of a number, and what speaks for it.
#[derive(Debug, Clone)]
struct Reading<'a> {
    digits: String,
    piece: &'a Piece,
    weight: f32,
}

/// Code, number and date.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) code: Option<Field<String>>,
    pub(super) number: Option<Field<String>>,
    pub(super) date: Option<Field<String>>,
}

impl Head {
    pub(super) fn of(pieces: &Pieces, zones: &Zones) -> Self {
        let date = date(pieces, zones);
        let year = date.as_ref().and_then(|date| date.value.get(2..4)?.parse::<i32>().ok());
        let codes = codes(pieces, zones, year);
        let code = agreed(&codes);
        let numbers = numbers(pieces, zones, &codes);
        Self { number: agreed(&numbers), code, date }
    }
}

/// Whether a piece may belong to the head of the form: it is above the buyer's rows and the goods.
fn is_in_head(piece: &Piece, zones: &Zones) -> bool {
    let unit = zones.unit;
    let end = match (&zones.buyer, zones.goods, zones.total, &zones.seller) {
        (Some(buyer), ..) => buyer.rows[0] - 0.2 * buyer.pitch,
        (None, Some(goods), ..) => goods - 3.0 * unit,
        // Only a part of the page, or a dark one: no further down than the buyer would be.
        (None, None, Some(total), _) => total - 14.0 * unit,
        (None, None, None, Some(seller)) => seller.rows[0] - 16.0 * unit,
        (None, None, None, None) => f32::INFINITY,
    };
    !piece.vertical && piece.y < end
}

/// Ten or twelve figures.
fn codes<'a>(pieces: &'a Pieces, zones: &Zones, year: Option<i32>) -> Vec<Reading<'a>> {
    pieces
        .values()
        .filter(|piece| piece.under == Some(Label::Code) || (piece.under.is_none() && is_in_head(piece, zones)))
        .filter(|piece| !follows(pieces, piece, Label::Other))
        .filter_map(|piece| {
            let digits = only_digits(&piece.text)?;
            let labelled = piece.under == Some(Label::Code) || follows(pieces, piece, Label::Code);
            // 12 figures are the machine's number (机器编号) more often than a code.
            let year_at = match digits.len() {
                10 => 4,
                12 if labelled || is_long_code(&digits) => 5,
                _ => return None,
            };
            let mut weight = piece.confidence + if labelled { 1.0 } else { 0.0 };
            weight -= if digits.len() == 12 && !labelled { 0.5 } else { 0.0 };
            // The year in which the form was printed is in the code: this one or one of the two before.
            let printed = digits.get(year_at..year_at + 2).and_then(|year| year.parse::<i32>().ok());
            if let (Some(year), Some(printed)) = (year, printed)
                && (0..=2).contains(&(year - printed))
            {
                weight += 0.4;
            }
            Some(Reading { digits, piece, weight })
        })
        .collect()
}

/// Whether 12 figures can be a code: 0 and a region of GB/T 2260, or 1 and more on the oldest forms.
fn is_long_code(digits: &str) -> bool {
    match digits.as_bytes() {
        [b'0', region, ..] => (b'1'..=b'8').contains(region),
        [first, ..] => *first == b'1',
        [] => false,
    }
}

/// Eight figures, or twenty on the forms that have no code.
fn numbers<'a>(pieces: &'a Pieces, zones: &Zones, codes: &[Reading<'_>]) -> Vec<Reading<'a>> {
    let unit = zones.unit;
    pieces
        .values()
        .filter(|piece| piece.under == Some(Label::Number) || (piece.under.is_none() && is_in_head(piece, zones)))
        .filter_map(|piece| {
            let labelled = piece.under == Some(Label::Number) || follows(pieces, piece, Label::Number);
            let marked = piece.text.starts_with(['N', 'n', 'М', 'M']) && piece.text.chars().count() <= 12;
            let text = if marked { after_mark(&piece.text) } else { piece.text.clone() };
            let digits = only_digits(&text)?;
            if !(digits.len() == 8 || (digits.len() == 20 && (labelled || codes.is_empty()))) {
                return None;
            }
            // A code that is cut off at the left has eight figures, too; a day may be written with eight.
            if !marked && (is_day(&digits) || codes.iter().any(|code| code.digits.contains(&digits))) {
                return None;
            }
            let below_code = codes.iter().any(|code| {
                let down = piece.y - code.piece.y;
                down > 0.4 * unit && down < 2.0 * unit && (piece.right - code.piece.right).abs() < 2.5 * unit
            });
            let mut weight = piece.confidence;
            weight += if labelled { 1.0 } else { 0.0 };
            weight += if marked { 0.6 } else { 0.0 };
            weight += if below_code { 0.5 } else { 0.0 };
            Some(Reading { digits, piece, weight })
        })
        .collect()
}

/// The reading that most speaks for. Where two agree, both would have to be wrong; where they disagree, one is.
fn agreed(readings: &[Reading<'_>]) -> Option<Field<String>> {
    let weight_of = |digits: &str| -> f32 {
        readings.iter().filter(|reading| reading.digits == digits).map(|reading| reading.weight).sum()
    };
    let best = readings.iter().max_by(|a, b| {
        let (of_a, of_b) = (weight_of(&a.digits), weight_of(&b.digits));
        of_a.total_cmp(&of_b).then(a.piece.confidence.total_cmp(&b.piece.confidence))
    })?;
    let (same, others): (Vec<_>, Vec<_>) = readings.iter().partition(|reading| reading.digits == best.digits);
    let confidence = if same.len() > 1 {
        1.0 - same.iter().map(|reading| 1.0 - reading.piece.confidence).product::<f32>()
    } else if others.is_empty() {
        // Code and number of a paper form are printed twice, so that one reading lacks its confirmation; the number of a fully
        // digital e-invoice is printed once.
        best.piece.confidence * if is_einvoice_number(&best.digits) { 1.0 } else { 0.9 }
    } else {
        best.piece.confidence * 0.6
    };
    Some(Field { value: best.digits.clone(), confidence, quad: best.piece.quad })
}

/// Whether a label stands directly before a piece, in its row.
fn follows(pieces: &Pieces, piece: &Piece, label: Label) -> bool {
    let unit = pieces.unit;
    piece.under == Some(label)
        || pieces.all.iter().any(|before| {
            before.label == Some(label)
                && (before.y - piece.y).abs() < 0.8 * unit
                && before.right < piece.left + unit
                && piece.left - before.right < 4.0 * unit
        })
        // 机器编号 may stand above its number.
        || (label == Label::Other
            && pieces.all.iter().any(|above| {
                above.label == Some(label)
                    && piece.y > above.y
                    && piece.y - above.y < 2.0 * unit
                    && (piece.left - above.left).abs() < 2.0 * unit
            }))
}

/// The figures of a text that has nothing else; one letter may be taken for a figure.
fn only_digits(text: &str) -> Option<String> {
    let mut strange = 0;
    let digits: String = text
        .chars()
        .filter(|char| !matches!(char, '.' | ',' | ':' | '·' | '\''))
        .map(|char| {
            match char {
                '0'..='9' => Some(char),
                'O' | 'o' | 'D' | 'Q' => Some('0'),
                'I' | 'l' | '|' => Some('1'),
                'Z' => Some('2'),
                'S' => Some('5'),
                'B' => Some('8'),
                _ => None,
            }
            .inspect(|digit| strange += usize::from(*digit != char))
        })
        .collect::<Option<_>>()?;
    (strange <= 1).then_some(digits)
}

/// What follows №.
fn after_mark(text: &str) -> String {
    let rest: String = text.chars().skip(1).collect();
    rest.trim_start_matches(['o', 'O', '°', 'º', '.', ':', 'g', 'a']).to_owned()
}

fn is_day(digits: &str) -> bool {
    read_date(digits).is_some_and(|date| ("2005".."2040").contains(&&date[..4]))
}

/// The date of issue.
fn date(pieces: &Pieces, zones: &Zones) -> Option<Field<String>> {
    let unit = zones.unit;
    let mut best: Option<(f32, Field<String>)> = None;
    for piece in pieces.values() {
        // A date may be read in parts.
        let mut parts = vec![piece];
        let mut text = piece.text.clone();
        let mut found = read_date(&text);
        while found.is_none() && parts.len() < 3 && text.starts_with(|char: char| char.is_ascii_digit()) {
            let next = pieces.values().find(|next| {
                let last = parts[parts.len() - 1];
                (next.y - last.y).abs() < 0.6 * unit && next.left > last.x && next.left - last.right < 1.5 * unit
            });
            let Some(next) = next else { break };
            parts.push(next);
            text.push_str(&next.text);
            found = read_date(&text).filter(|_| text.contains('年'));
        }
        let Some(value) = found else { continue };
        let labelled = piece.under == Some(Label::Date) || follows(pieces, piece, Label::Date);
        let mut score = if labelled { 3.0 } else { 0.0 };
        score += if is_in_head(piece, zones) { 1.0 } else { -1.0 };
        score += if text.contains('年') { 1.0 } else { -0.5 };
        let mut confidence = parts.iter().map(|part| part.confidence).fold(1.0, f32::min);
        if !labelled {
            confidence *= 0.85;
        }
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, Field { value, confidence, quad: pieces.around(&parts) }));
        }
    }
    best.filter(|(score, _)| *score >= 1.0).map(|(_, field)| field)
}

/// A date, as `2017-04-18`: `2017年04月18日`, `2017-4-18` or `20170418`.
fn read_date(text: &str) -> Option<String> {
    if han_count(text) > 6 || text.chars().count() > 16 {
        return None;
    }
    let groups: Vec<String> =
        text.split(|char: char| !char.is_ascii_digit()).filter(|group| !group.is_empty()).map(str::to_owned).collect();
    let (year, month, day) = match &groups[..] {
        // The last figure may be out of the picture.
        [year, month, day] if day.len() == 2 || text.contains('日') => (year.clone(), month.clone(), day.clone()),
        [whole] if whole.len() == 8 && text.len() == 8 => {
            (whole[..4].to_owned(), whole[4..6].to_owned(), whole[6..].to_owned())
        }
        _ => return None,
    };
    let number = |digits: &str, range: std::ops::RangeInclusive<u32>| {
        digits.parse::<u32>().ok().filter(|number| range.contains(number))
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let (year, month, day) = (number(&year, 1994..=2099)?, number(&month, 1..=12)?, number(&day, 1..=31)?);
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = time::Date::from_calendar_date(year.cast_signed(), month, u8::try_from(day).ok()?).ok()?;
    Some(format!("{year:04}-{:02}-{day:02}", u8::from(date.month())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{line, page};
    use super::*;

    fn head(lines: &[crate::reader::TextLine]) -> Head {
        let pieces = Pieces::of(&page(lines));
        let zones = Zones::of(&pieces);
        Head::of(&pieces, &zones)
    }

    fn lines(code: &str, number: &str) -> Vec<crate::reader::TextLine> {
        vec![
            line("9900164320", 300.0, 50.0),
            line("№ 12356976", 1_300.0, 50.0),
            line(code, 1_700.0, 60.0),
            line(number, 1_725.0, 100.0),
            line("开票日期：", 1_380.0, 150.0),
            line("2017年04月18日", 1_560.0, 150.0),
            line("机器编号：", 300.0, 150.0),
            line("009900164320", 460.0, 150.0),
            line("纳税人识别号：", 200.0, 300.0),
            line("地址、电话：", 200.0, 340.0),
            line("价税合计（大写）", 200.0, 740.0),
        ]
    }

    #[test]
    fn two_readings_that_agree_are_surer_than_one_and_one_than_two_that_do_not() {
        let sure = head(&lines("9900164320", "12356976"));
        let odd = head(&lines("9900104820", "12356970"));
        let one = head(&lines("", ""));
        for (head, code, number) in [(&sure, "9900164320", "12356976"), (&odd, "9900164320", "12356976")] {
            assert_eq!(
                (head.code.as_ref().unwrap().value.as_str(), head.number.as_ref().unwrap().value.as_str()),
                (code, number)
            );
            assert_eq!(head.date.as_ref().unwrap().value, "2017-04-18");
        }
        let confidence = |head: &Head| head.code.as_ref().unwrap().confidence;
        assert!(
            confidence(&sure) > 0.99 && confidence(&one) > confidence(&odd) && confidence(&one) < confidence(&sure)
        );
    }

    #[test]
    fn a_code_without_its_first_figures_is_no_number() {
        let mut lines = lines("9900164320", "12356976");
        lines[0] = line("00164320", 300.0, 50.0);
        lines.remove(1);
        assert_eq!(head(&lines).number.unwrap().value, "12356976");
    }

    #[test]
    fn dates_are_read_in_all_their_forms_and_impossible_ones_are_none() {
        for text in ["2017年04月08日", "2017年4月8日", "2017-04-08", "20170408"] {
            assert_eq!(read_date(text).as_deref(), Some("2017-04-08"), "{text}");
        }
        for text in ["2017年02月30日", "2017年13月01日", "2017年02月1", "12356976", "1999", "0102-01-01"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}

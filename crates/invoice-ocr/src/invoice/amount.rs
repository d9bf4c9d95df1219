//! The total with tax: in figures, in capitals, and as the sum of amount and tax.

use super::Field;
use super::block::Zones;
use super::label::Label;
use super::piece::{Piece, Pieces};
use super::writing::is_han;

/// The total, in fen: the amount for which most speaks of its place, the capitals, and the amount and the tax above it.
///
/// Capitals stand in where the figures are not read; no character of theirs is easily taken for another.
pub(super) fn total_fen(pieces: &Pieces, zones: &Zones) -> Option<Field<u64>> {
    /// What a figure in its place has, or capitals alone.
    const LEAST: f32 = 1.5;
    let amounts: Vec<Amount<'_>> =
        pieces.values().filter_map(|piece| Some(Amount { fen: parse_figures(&piece.text)?, piece })).collect();
    let capitals = capitals_of(pieces);
    let confirms = |fen: u64| capitals.as_ref().is_some_and(|capitals| capitals.fen == fen);
    let score = |amount: &Amount<'_>| {
        let agreed = if confirms(amount.fen) { 3.0 } else { 0.0 };
        let added = if is_sum(&amounts, amount, zones.unit) { 2.0 } else { 0.0 };
        let beside = if has_neighbour(&amounts, amount, zones.unit) { 1.5 } else { 0.0 };
        agreed + added - beside + place(amount.piece, pieces, zones)
    };
    // Of two alike the lower one: the amounts that add up to it stand above.
    let best = amounts
        .iter()
        .map(|amount| (score(amount), amount))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.piece.y.total_cmp(&b.1.piece.y)))
        .filter(|(score, _)| *score >= LEAST);
    let of = |amount: &Amount<'_>, factor: f32| Field {
        value: amount.fen,
        confidence: amount.piece.confidence * factor,
        quad: amount.piece.quad,
    };
    let Some(capitals) = &capitals else {
        return best.map(|(_, amount)| of(amount, if is_sum(&amounts, amount, zones.unit) { 1.0 } else { 0.85 }));
    };
    let sum = is_sum(&amounts, capitals, zones.unit);
    match best {
        Some((_, amount)) if amount.fen == capitals.fen => {
            let doubt = (1.0 - amount.piece.confidence) * (1.0 - capitals.piece.confidence);
            Some(Field { confidence: 1.0 - doubt, ..of(amount, 1.0) })
        }
        // The figures add up and the capitals do not: a character of theirs is missing.
        Some((_, amount)) if !sum && is_sum(&amounts, amount, zones.unit) => Some(of(amount, 0.8)),
        Some(_) if !sum => Some(of(capitals, 0.5)),
        _ => Some(of(capitals, if sum { 0.95 } else { 0.8 })),
    }
}

/// An amount of money, and where it stands.
#[derive(Debug)]
struct Amount<'a> {
    fen: u64,
    piece: &'a Piece,
}

/// What speaks for a piece as the total, of its place.
fn place(piece: &Piece, pieces: &Pieces, zones: &Zones) -> f32 {
    let unit = zones.unit;
    let behind = |label: &Piece| {
        let gap = piece.left - label.right;
        (label.y - piece.y).abs() < 1.3 * unit && gap > -unit && gap < 8.0 * unit
    };
    let mut score = match piece.under {
        Some(Label::Figures) => 2.0,
        _ if pieces.labels(&[Label::Figures]).any(behind) => 1.5,
        _ => 0.0,
    };
    if piece.text.starts_with('¥') {
        score += 0.5;
    }
    if let Some(total) = zones.total {
        score += if (piece.y - total).abs() < 1.3 * unit { 0.8 } else { -1.0 };
    }
    score
}

/// Whether another amount stands in the row, as the tax does beside the amount without it; the total stands alone.
fn has_neighbour(amounts: &[Amount<'_>], amount: &Amount<'_>, unit: f32) -> bool {
    amounts.iter().any(|other| {
        (other.piece.y - amount.piece.y).abs() < 0.6 * unit && (other.piece.x - amount.piece.x).abs() > 4.0 * unit
    })
}

/// Whether two amounts that stand side by side above a piece, amount and tax, add up to its value.
fn is_sum(amounts: &[Amount<'_>], sum: &Amount<'_>, unit: f32) -> bool {
    let above: Vec<&Amount<'_>> = amounts
        .iter()
        .filter(|other| other.piece.line != sum.piece.line && other.piece.y < sum.piece.y + unit)
        .collect();
    above.iter().any(|amount| {
        above.iter().any(|tax| {
            tax.piece.x - amount.piece.x > 4.0 * unit
                && (tax.piece.y - amount.piece.y).abs() < 1.2 * unit
                && amount.fen.checked_add(tax.fen) == Some(sum.fen)
        })
    })
}

/// The capitals of the total: the longest that can be read.
fn capitals_of(pieces: &Pieces) -> Option<Amount<'_>> {
    pieces
        .values()
        .filter_map(|piece| Some(Amount { fen: parse_capitals(&piece.text)?, piece }))
        .max_by_key(|amount| amount.piece.text.chars().count())
}

/// An amount in figures with two decimals, in fen: `¥38266.00`, `38,266.00`.
fn parse_figures(plain: &str) -> Option<u64> {
    // ¥ is read as all kinds of characters.
    let start = plain.chars().take_while(|char| !char.is_ascii_digit()).count();
    if start > 2 {
        return None;
    }
    let text = plain.trim_start_matches(|char: char| !char.is_ascii_digit());
    let (yuan, fen) = text.rsplit_once('.')?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let yuan = yuan.replace([',', '\''], "");
    if !is_digits(&yuan) || !is_digits(fen) || fen.len() != 2 {
        return None;
    }
    yuan.parse::<u64>().ok()?.checked_mul(100)?.checked_add(fen.parse().ok()?)
}

/// An amount in capitals, in fen: `叁万捌仟贰佰陆拾陆圆整`. What stands before it (a crossed circle) does not count.
///
/// `None` where it does not read as an amount: places out of order, two figures in a row, nothing at the end.
pub fn parse_capitals(text: &str) -> Option<u64> {
    let start = text.char_indices().find(|(_, char)| digit(*char).is_some() || *char == '零')?.0;
    if text.get(..start)?.chars().any(is_han) {
        // The first capitals were misread: what is left is another amount.
        return None;
    }
    let mut figure: Option<u64> = None;
    // In yuan: finished groups, and the group of four figures that is being read.
    let (mut whole, mut group) = (0_u64, 0_u64);
    let (mut last_place, mut last_group) = (10_000_u64, u64::MAX);
    let mut fen: Option<u64> = None;
    let mut ended = false;
    for char in text.get(start..)?.chars() {
        if ended {
            // A circle may follow, too; more capitals may not.
            if digit(char).is_some() || unit_of(char).is_some() {
                return None;
            }
            continue;
        }
        if char == '零' {
            if figure.is_some() {
                return None;
            }
            continue;
        }
        if let Some(value) = digit(char) {
            if figure.replace(value).is_some() {
                return None;
            }
            continue;
        }
        match char {
            '拾' | '佰' | '仟' => {
                let size = unit_of(char)?;
                // 拾 alone may stand for 壹拾.
                let value = figure.take().or((char == '拾' && group == 0).then_some(1))?;
                if size >= last_place || fen.is_some() {
                    return None;
                }
                group += value * size;
                last_place = size;
            }
            '万' | '亿' => {
                let size = unit_of(char)?;
                group += figure.take().unwrap_or(0);
                if size >= last_group || (group == 0 && whole == 0) || fen.is_some() {
                    return None;
                }
                // 万亿: the groups before are multiplied, too.
                whole = (whole.checked_add(group)?).checked_mul(if char == '亿' { size } else { 1 })?;
                whole = if char == '万' { whole.checked_add(group.checked_mul(size - 1)?)? } else { whole };
                (group, last_place) = (0, 10_000);
                last_group = if char == '亿' { size } else { last_group };
            }
            '圆' | '元' | '圓' | '園' | '國' => {
                if fen.is_some() {
                    return None;
                }
                group += figure.take().unwrap_or(0);
                fen = Some(whole.checked_add(group)?.checked_mul(100)?);
            }
            '角' => fen = Some(fen.unwrap_or(0).checked_add(figure.take()? * 10)?),
            '分' => {
                fen = Some(fen.unwrap_or(0).checked_add(figure.take()?)?);
                ended = true;
            }
            '整' | '正' => ended = true,
            _ => return None,
        }
    }
    (figure.is_none()).then_some(fen?)
}

fn digit(char: char) -> Option<u64> {
    Some(match char {
        '壹' => 1,
        '贰' | '貳' | '弍' => 2,
        '叁' | '叄' | '参' | '叅' => 3,
        '肆' => 4,
        '伍' => 5,
        '陆' | '陸' => 6,
        '柒' => 7,
        '捌' => 8,
        '玖' => 9,
        _ => return None,
    })
}

fn unit_of(char: char) -> Option<u64> {
    Some(match char {
        '拾' => 10,
        '佰' => 100,
        '仟' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{line, page};
    use super::*;

    #[test]
    fn capitals_are_read_and_what_is_no_amount_is_none() {
        for (text, fen) in [
            ("叁万捌仟贰佰陆拾陆圆整", 3_826_600),
            ("⊗贰佰贰拾陆圆整", 22_600),
            ("8伍佰圆整", 50_000),
            ("玖仟零伍拾圆壹角壹分", 905_011),
            ("壹佰零伍圆零叁分", 10_503),
            ("壹拾万零伍圆整", 10_000_500),
            ("壹亿零伍拾万圆整", 10_050_000_000),
            ("壹仟贰佰万亿圆整", 120_000_000_000_000_000),
            ("柒角整", 70),
            ("零圆整", 0),
        ] {
            assert_eq!(parse_capitals(text), Some(fen), "{text}");
        }
        for text in [
            "",
            "整",
            "贰佰贰拾陆",
            "贰贰佰圆整",
            "拾佰圆整",
            "贰佰圆整贰佰圆整",
            "伍味斋有限公司",
            "玖玖玖",
            "网陆角贰分",
        ] {
            assert_eq!(parse_capitals(text), None, "{text}");
        }
    }

    #[test]
    fn figures_have_two_decimals() {
        for (text, fen) in [("¥38266.00", 3_826_600), ("38,266.05", 3_826_605), ("0.10", 10), ("N41602.55", 4_160_255)]
        {
            assert_eq!(parse_figures(text), Some(fen), "{text}");
        }
        for text in ["22", "213.2", "¥", "17%", "1.2.3", ".50", "213.20754717", "合计¥1.00"] {
            assert_eq!(parse_figures(text), None, "{text}");
        }
    }

    fn total(capitals: &str, figures: &str) -> Option<Field<u64>> {
        let lines = [
            line("￥213.21", 1_380.0, 705.0),
            line("￥12.79", 1_700.0, 705.0),
            line("价税合计（大写）", 200.0, 740.0),
            line(capitals, 600.0, 742.0),
            line("（小写）", 1_250.0, 742.0),
            line(figures, 1_400.0, 745.0),
        ];
        let pieces = Pieces::of(&page(&lines));
        total_fen(&pieces, &Zones::of(&pieces))
    }

    #[test]
    fn figures_and_capitals_confirm_each_other_and_stand_in_for_each_other() {
        let both = total("贰佰贰拾陆圆整", "￥226.00").unwrap();
        let figures = total("贰佰贰", "￥226.00").unwrap();
        let capitals = total("贰佰贰拾陆圆整", "22").unwrap();
        let neither = total("叁佰贰拾陆圆整", "￥228.00").unwrap();
        assert_eq!([both.value, figures.value, capitals.value], [22_600; 3]);
        assert!(both.confidence > figures.confidence && figures.confidence > neither.confidence);
        assert!(capitals.confidence > neither.confidence);
        assert_eq!(total("", ""), None, "neither amount nor tax is the total");
    }
}

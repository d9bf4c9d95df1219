//! Amounts of money: exact in fen, in figures and in the capitals (大写) that a cheque or an invoice must carry.

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// An amount in figures with two decimals, `38266.00`, as printed on invoices (no thousands separator).
pub fn figures(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// An amount in capitals, `叁万捌仟贰佰陆拾陆圆整`, by the Ministry of Finance's rules for 零:
/// one 零 for any run of zeros between two figures, none at the end, 整 after 圆 or 角.
/// Where the rules leave 零 to the writer (the last figure of the yuan or of the 万 is zero), it is left out.
pub fn capitals(fen: u64) -> String {
    let (yuan, jiao, cents) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = yuan_capitals(yuan);
    if yuan > 0 || fen == 0 {
        if fen == 0 {
            text.push('零');
        }
        text.push('圆');
    }
    match (jiao, cents) {
        (0, 0) => text.push('整'),
        (0, cents) => {
            if yuan > 0 {
                text.push('零');
            }
            text.push_str(digit(cents));
            text.push('分');
        }
        (jiao, 0) => {
            text.push_str(digit(jiao));
            text.push_str("角整");
        }
        (jiao, cents) => {
            text.push_str(digit(jiao));
            text.push('角');
            text.push_str(digit(cents));
            text.push('分');
        }
    }
    text
}

/// The whole yuan, in groups of four figures. Empty for zero.
fn yuan_capitals(yuan: u64) -> String {
    let mut text = String::new();
    for (index, name) in GROUPS.iter().enumerate().rev() {
        let group = yuan / 10_u64.pow(4 * index as u32) % 10_000;
        if group == 0 {
            continue;
        }
        // A group that does not fill its four places follows a higher one with 零.
        if !text.is_empty() && (group < 1_000 || skipped_group(yuan, index)) {
            text.push('零');
        }
        text.push_str(&group_capitals(group));
        text.push_str(name);
    }
    text
}

/// Whether the group above `index` is wholly zero, while a higher one is not.
fn skipped_group(yuan: u64, index: usize) -> bool {
    (yuan / 10_u64.pow(4 * (index as u32 + 1))).is_multiple_of(10_000)
}

/// 1 to 9999.
fn group_capitals(group: u64) -> String {
    let mut text = String::new();
    let mut zero = false;
    for place in (0..4).rev() {
        let figure = group / 10_u64.pow(place) % 10;
        if figure == 0 {
            zero = !text.is_empty();
            continue;
        }
        if zero {
            text.push('零');
            zero = false;
        }
        text.push_str(digit(figure));
        text.push_str(PLACES[place as usize]);
    }
    text
}

fn digit(figure: u64) -> &'static str {
    DIGITS[(figure % 10) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use invoice_ocr::invoice::parse_capitals;
    use proptest::prelude::*;

    #[test]
    fn capitals_agree_with_what_real_invoices_print() {
        for (fen, text) in [
            (3_826_600, "叁万捌仟贰佰陆拾陆圆整"),
            (7_800, "柒拾捌圆整"),
            (9_550, "玖拾伍圆伍角整"),
            (26_000, "贰佰陆拾圆整"),
        ] {
            assert_eq!(capitals(fen), text);
        }
    }

    #[test]
    fn zeros_follow_the_rules_of_the_ministry() {
        for (fen, text) in [
            (0, "零圆整"),
            (5, "伍分"),
            (50, "伍角整"),
            (100, "壹圆整"),
            (1_005, "壹拾圆零伍分"),
            (10_100, "壹佰零壹圆整"),
            (140_950, "壹仟肆佰零玖圆伍角整"),
            (600_714, "陆仟零柒圆壹角肆分"),
            (168_032, "壹仟陆佰捌拾圆叁角贰分"),
            (1_640_902, "壹万陆仟肆佰零玖圆零贰分"),
            (32_504, "叁佰贰拾伍圆零肆分"),
            (1_000_100, "壹万零壹圆整"),
            (10_010_000, "壹拾万零壹佰圆整"),
            (10_000_000_000, "壹亿圆整"),
            (10_000_010_000, "壹亿零壹佰圆整"),
            (10_000_500_000, "壹亿零伍仟圆整"),
            (10_050_000_000, "壹亿零伍拾万圆整"),
        ] {
            assert_eq!(capitals(fen), text, "{fen}");
        }
    }

    proptest! {
        #[test]
        fn capitals_can_be_read_back(fen in 0_u64..1_000_000_000_000) {
            let text = capitals(fen);
            prop_assert_eq!(parse_capitals(&text), Some(fen), "{}", text);
            prop_assert!(!text.contains("零零"));
        }

        #[test]
        fn figures_have_two_decimals(fen in 0_u64..1_000_000_000_000) {
            let text = figures(fen);
            prop_assert_eq!(text.replace('.', "").parse::<u64>().unwrap(), fen);
        }
    }
}

//! The words that the form prints: which one a line begins with, and where what follows it begins.

use super::writing::{digit_count, is_han};

/// What a printed word announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// 名称, the first row of a party's block.
    Name,
    /// 纳税人识别号, the second.
    Id,
    /// 地址、电话, the third.
    Address,
    /// 开户行及账号, the fourth.
    Bank,
    /// 销售方名称, as on roll invoices.
    SellerName,
    /// 销售方识别号.
    SellerId,
    /// 购买方名称.
    BuyerName,
    /// 购买方识别号.
    BuyerId,
    /// 销售方 beside its block, or a character of it.
    SellerBox,
    /// 购买方 beside its block.
    BuyerBox,
    /// 价税合计（大写）.
    Total,
    /// （小写）.
    Figures,
    /// 合计 under the goods.
    Sum,
    /// The heads of the table of goods.
    Goods,
    /// 密码区.
    Cipher,
    /// 备注.
    Remark,
    /// 收款人, 复核, 开票人.
    Person,
    /// 销售方：（章） under the block.
    Stamp,
    /// 开票日期.
    Date,
    /// 发票代码.
    Code,
    /// 发票号码.
    Number,
    /// 机器编号, 校验码 and whatever else is a number of no use here.
    Other,
}

/// Words that are read whole at the beginning of a line; the first that fits counts.
const WHOLE: [(&str, Label); 54] = [
    ("销售方名称", Label::SellerName),
    ("销售方:名称", Label::SellerName),
    ("销货单位名称", Label::SellerName),
    ("销货单位", Label::SellerName),
    ("销方名称", Label::SellerName),
    ("收款单位", Label::SellerName),
    ("开票单位", Label::SellerName),
    ("购买方名称", Label::BuyerName),
    ("购货单位名称", Label::BuyerName),
    ("购货单位", Label::BuyerName),
    ("购方名称", Label::BuyerName),
    ("付款单位", Label::BuyerName),
    ("销售方税号", Label::SellerId),
    ("销方税号", Label::SellerId),
    ("购买方税号", Label::BuyerId),
    ("购方税号", Label::BuyerId),
    ("价税合计", Label::Total),
    ("税合计(大写)", Label::Total),
    ("合计金额(大写)", Label::Total),
    ("(大写", Label::Total),
    ("大写)", Label::Total),
    ("合计金额(小写)", Label::Figures),
    ("(小写)", Label::Figures),
    ("(小写", Label::Figures),
    ("小写)", Label::Figures),
    ("小写", Label::Figures),
    ("(小)", Label::Figures),
    ("货物或应税", Label::Goods),
    ("应税劳务", Label::Goods),
    ("项目名称", Label::Goods),
    ("规格型号", Label::Goods),
    ("密码区", Label::Cipher),
    ("备注", Label::Remark),
    ("合计", Label::Sum),
    ("收款人", Label::Person),
    ("收款员", Label::Person),
    ("款人:", Label::Person),
    ("复核", Label::Person),
    ("开票人", Label::Person),
    ("票人:", Label::Person),
    ("销售方:(", Label::Stamp),
    ("销售方(章", Label::Stamp),
    ("售方:(章", Label::Stamp),
    ("方:(章", Label::Stamp),
    ("(章)", Label::Stamp),
    ("开票日期", Label::Date),
    ("票日期:", Label::Date),
    ("发票代码", Label::Code),
    ("发票号码", Label::Number),
    ("机器编号", Label::Other),
    ("机打号码", Label::Other),
    ("校验码", Label::Other),
    ("税控码", Label::Other),
    ("查验码", Label::Other),
];

/// The label that a line begins with, and how many of its characters belong to it. The text is plain.
///
/// Labels at the edge of the photo may lack their first characters, and one in three characters of the longer ones may be
/// misread.
pub(super) fn find_label(text: &str, vertical: bool) -> Option<(Label, usize)> {
    let chars: Vec<char> = text.chars().collect();
    if let Some(label) = single_label(&chars, vertical) {
        return Some((label, chars.len()));
    }
    if let Some(found) = id_label(&chars) {
        return Some(found);
    }
    for (word, label) in WHOLE {
        if text.starts_with(word) {
            let mut length = word.chars().count();
            // 价税合计(大写): the brackets belong to the label.
            if label == Label::Total && chars.get(length) == Some(&'(') {
                length = chars.iter().position(|char| *char == ')').map_or(length, |at| at + 1);
            }
            return Some((label, through_colon(&chars, length)));
        }
    }
    if let ['(', '小', _, ')', ..] = chars[..] {
        return Some((Label::Figures, 4));
    }
    name_label(&chars).or_else(|| row_label(&chars)).or_else(|| blurred_label(&chars))
}

/// Labels that are a line of their own.
fn single_label(chars: &[char], vertical: bool) -> Option<Label> {
    let text: String = chars.iter().filter(|char| !matches!(char, ':' | '.')).collect();
    Some(match text.as_str() {
        "名" | "名称" | "称" => Label::Name,
        "密" | "码" | "区" | "码区" | "密码" => Label::Cipher,
        "备" | "注" => Label::Remark,
        "合" | "计" => Label::Sum,
        "单价" | "税率" | "税额" | "数量" | "单位" | "金额" => Label::Goods,
        "销" | "售" => Label::SellerBox,
        "购" | "买" => Label::BuyerBox,
        "销售方" | "售方" | "销售" | "销售方信息" | "销货单位" if vertical => Label::SellerBox,
        "购买方" | "买方" | "购买" | "购买方信息" | "购货单位" if vertical => Label::BuyerBox,
        "销售方" | "销售方章" | "章" => Label::Stamp,
        _ => return None,
    })
}

/// The position after a colon that may follow at `at`.
fn through_colon(chars: &[char], at: usize) -> usize {
    let mut at = at;
    while chars.get(at).is_some_and(|char| matches!(char, ':' | ';' | '.' | ',' | '·' | '、')) {
        at += 1;
    }
    at
}

/// 纳税人识别号 and 统一社会信用代码/纳税人识别号, whoever's.
fn id_label(chars: &[char]) -> Option<(Label, usize)> {
    let end = chars.windows(2).take(20).position(|pair| pair == ['别', '号'])? + 2;
    let before: String = chars[..end].iter().collect();
    let label = match () {
        () if before.contains('销') => Label::SellerId,
        () if before.contains('购') => Label::BuyerId,
        () => Label::Id,
    };
    Some((label, through_colon(chars, end)))
}

/// 名称, with or without its colon or first character.
fn name_label(chars: &[char]) -> Option<(Label, usize)> {
    match chars {
        ['名', '称' | '你' | '林', ..] | ['名', _, ':', ..] => Some((Label::Name, through_colon(chars, 2))),
        ['称' | '名', ':' | ';', ..] => Some((Label::Name, through_colon(chars, 1))),
        // Without a colon: the print may stand over it. A name may begin so, too.
        ['称', '心', ..] => None,
        ['称', next, ..] if is_han(*next) => Some((Label::Name, 1)),
        _ => None,
    }
}

/// Long labels of which more than half of the characters stand in their places.
fn blurred_label(chars: &[char]) -> Option<(Label, usize)> {
    const LONG: [(&str, Label); 2] = [("价税合计(大写)", Label::Total), ("货物或应税劳务", Label::Goods)];
    LONG.into_iter().find_map(|(word, label)| {
        let right = word.chars().zip(chars).filter(|(a, b)| a == *b).count();
        let length = word.chars().count();
        (right * 2 > length).then(|| (label, length.min(chars.len())))
    })
}

/// The longer labels of a party's rows.
fn row_label(chars: &[char]) -> Option<(Label, usize)> {
    const ROWS: [(&str, Label); 5] = [
        ("纳税人识别号", Label::Id),
        ("地址、电话", Label::Address),
        ("地址电话", Label::Address),
        ("开户行及账号", Label::Bank),
        ("开户行及帐号", Label::Bank),
    ];
    let mut best: Option<(Label, usize, usize)> = None;
    for (word, label) in ROWS {
        let word: Vec<char> = word.chars().collect();
        for cut in 0..=word.len() - 3 {
            let part = &word[cut..];
            if chars.len() < part.len() {
                continue;
            }
            let right = part.iter().zip(chars).filter(|(a, b)| a == b).count();
            let missed = part.len() - right;
            // What is left of a cropped label must be all right, and end in its colon.
            let fits = if cut == 0 {
                missed * 3 <= part.len()
            } else {
                missed == 0 && (part.len() > 3 || chars.get(part.len()) == Some(&':'))
            };
            if fits && best.is_none_or(|(_, _, most)| right > most) {
                best = Some((label, part.len(), right));
            }
        }
    }
    if let Some((label, length, _)) = best {
        return Some((label, through_colon(chars, length)));
    }
    let text: String = chars.iter().take(5).collect();
    let short =
        [("地址:", Label::Address), ("电话:", Label::Address), ("开户行:", Label::Bank), ("开户银行", Label::Bank)];
    let (word, label) = short.into_iter().find(|(word, _)| text.starts_with(word))?;
    (digit_count(&text) == 0).then(|| (label, through_colon(chars, word.chars().count())))
}

#[cfg(test)]
mod tests {
    use super::super::writing::plain;
    use super::*;

    fn found(text: &str) -> Option<(Label, String)> {
        let text = plain(text);
        find_label(&text, false).map(|(label, length)| (label, text.chars().skip(length).collect()))
    }

    #[test]
    fn a_label_is_told_from_what_is_glued_to_it() {
        for (text, label, rest) in [
            ("名称：澄川科技有限公司", Label::Name, "澄川科技有限公司"),
            ("名 称:澄川科技有限公司", Label::Name, "澄川科技有限公司"),
            ("称：澄川科技有限公司", Label::Name, "澄川科技有限公司"),
            ("称澄川科技有限公司", Label::Name, "澄川科技有限公司"),
            ("名", Label::Name, ""),
            ("称：", Label::Name, ""),
            ("纳税人识别号：990108", Label::Id, "990108"),
            ("统一社会信用代码/纳税人识别号：9911", Label::Id, "9911"),
            ("销售方纳税人识别号：9911", Label::SellerId, "9911"),
            ("税人识别号：", Label::Id, ""),
            ("纳税入识別号：", Label::Id, ""),
            ("地址、电话北京市", Label::Address, "北京市"),
            ("址、电话：", Label::Address, ""),
            ("开户行及账号：样张银行", Label::Bank, "样张银行"),
            ("行及账号：", Label::Bank, ""),
            ("销售方名称：澄川超市", Label::SellerName, "澄川超市"),
            ("（小写）￥20.00", Label::Figures, "¥20.00"),
            ("价税合计（大写）贰拾圆整", Label::Total, "贰拾圆整"),
            ("收款人：张文", Label::Person, "张文"),
            ("名标：澄川超市", Label::Name, "澄川超市"),
            ("通税奇计（大学）", Label::Total, ""),
            ("(小号)¥4.93", Label::Figures, "¥4.93"),
            ("开票日期：2017年01月04日", Label::Date, "2017年01月04日"),
            ("发票号码：12345678", Label::Number, "12345678"),
        ] {
            assert_eq!(found(text), Some((label, rest.to_owned())), "{text}");
        }
    }

    #[test]
    fn names_and_addresses_begin_with_no_label() {
        for text in [
            "澄川科技有限公司",
            "称心科技有限公司",
            "名创科技有限公司",
            "北京市东湖区科苑路1号",
            "地铁建设有限公司",
            "开元酒店",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_vertical_box_is_the_name_of_a_block() {
        assert_eq!(find_label("销售方", true), Some((Label::SellerBox, 3)));
        assert_eq!(find_label("销售方", false), Some((Label::Stamp, 3)));
        assert_eq!(find_label("购", false), Some((Label::BuyerBox, 1)));
    }
}

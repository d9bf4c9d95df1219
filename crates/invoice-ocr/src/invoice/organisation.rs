//! What the name of an organisation looks like, and what else stands in its block.

use super::writing::{digit_count, han_count};

/// What names of organisations end in. Banks' branches are told apart by [`is_bank`].
const ENDINGS: [&str; 64] = [
    "公司",
    "厂",
    "店",
    "酒店",
    "饭店",
    "宾馆",
    "旅馆",
    "医院",
    "学院",
    "研究院",
    "设计院",
    "法院",
    "剧院",
    "大学",
    "学校",
    "中学",
    "小学",
    "幼儿园",
    "研究所",
    "事务所",
    "交易所",
    "诊所",
    "所",
    "中心",
    "学会",
    "协会",
    "委员会",
    "基金会",
    "商会",
    "联合会",
    "工会",
    "局",
    "处",
    "站",
    "经营部",
    "门市部",
    "服务部",
    "营业部",
    "编辑部",
    "部",
    "出版社",
    "杂志社",
    "合作社",
    "旅行社",
    "报社",
    "商行",
    "车行",
    "洋行",
    "铺",
    "馆",
    "坊",
    "商城",
    "超市",
    "市场",
    "集团",
    "企业",
    "电视台",
    "农场",
    "公园",
    "工作室",
    "经营户",
    "中队",
    "大队",
    "支队",
];

/// How much a text looks like the name of an organisation, 0 to 1.
pub(super) fn likeness(text: &str) -> f32 {
    let han = han_count(text);
    let length = text.chars().count();
    if han < 4 || length == 0 {
        return 0.0;
    }
    let mut likeness = match () {
        () if text.ends_with("公司") => 1.0,
        () if has_ending(text) => 0.9,
        // A character may be lost at the end, and branches have all kinds of names.
        () if ["有限公", "有限责任", "有限"].iter().any(|part| text.ends_with(part)) => 0.6,
        () if text.contains("公司") => 0.5,
        () => 0.15,
    };
    let strange = length - han - text.chars().filter(|char| matches!(char, '(' | ')')).count();
    likeness *= 1.0 - strange as f32 / length as f32;
    likeness.clamp(0.0, 1.0)
}

/// Whether a text ends as an organisation's name does.
pub(super) fn has_ending(text: &str) -> bool {
    let text = text.trim_end_matches(|char: char| char == ')' || !char.is_alphanumeric());
    ENDINGS.iter().any(|ending| text.ends_with(ending))
}

/// Whether a company's name has nothing but what many names have: the end of a name whose beginning was not read.
pub(super) fn is_fragment(text: &str) -> bool {
    const FORMS: [&str; 6] = ["股份有限公司", "有限责任公司", "有限公司", "分公司", "公司", "集团"];
    const TRADES: [&str; 30] = [
        "科技", "技术", "服务", "贸易", "商贸", "管理", "餐饮", "发展", "实业", "电子", "商务", "信息", "咨询", "工程",
        "设备", "文化", "传媒", "投资", "股份", "控股", "网络", "软件", "数据", "计算", "印刷", "开发", "销售", "责任",
        "有限", "集团",
    ];
    let Some(mut rest) = FORMS.iter().find_map(|form| text.strip_suffix(form)) else { return false };
    while let Some(shorter) = TRADES.iter().find_map(|trade| rest.strip_suffix(trade)) {
        rest = shorter;
    }
    han_count(rest) < 2
}

/// Whether it is what stands in the row 开户行及账号: a bank's branch, or an account number.
pub(super) fn is_bank(text: &str) -> bool {
    const WORDS: [&str; 11] =
        ["银行", "支行", "分行", "农行", "工行", "建行", "信用社", "分理处", "信用合作", "储蓄所", "农商行"];
    let names_bank = WORDS.iter().any(|word| text.contains(word));
    // A company that serves banks names one, too.
    (names_bank && !(text.ends_with("公司") && digit_count(text) == 0))
        || (han_count(text) == 0 && digit_count(text) >= 8 && !text.contains('.'))
        || (longest_number(text) >= 12 && han_count(text) >= 2)
}

/// The most figures in a row.
fn longest_number(text: &str) -> usize {
    text.split(|char: char| !char.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// Whether it is what stands in the row 地址、电话.
pub(super) fn is_address(text: &str) -> bool {
    const PLACES: [char; 13] = ['路', '街', '号', '室', '楼', '层', '区', '镇', '村', '道', '座', '幢', '巷'];
    if is_bank(text) || has_ending(text) {
        return false;
    }
    let places = PLACES.iter().filter(|place| text.contains(**place)).count();
    let digits = digit_count(text);
    (places >= 1 && digits >= 1) || places >= 3 || (digits >= 7 && han_count(text) <= 12)
}

/// Whether it is nobody's name though it may look like one: words of the form, the seal or the cipher.
pub(super) fn is_no_name(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "专用章",
        "发票章",
        "财务章",
        "监制",
        "税总函",
        "国家税",
        "全国统",
        "校验码",
        "增值税",
        "发票联",
        "记账凭证",
        "印章",
        "开票有误",
        "订单号",
        "合同号",
        "下载次数",
    ];
    WORDS.iter().any(|word| text.contains(word)) || is_cipher(text)
}

/// Whether it is a row of the 密码区.
pub(super) fn is_cipher(text: &str) -> bool {
    let marks = text.chars().filter(|char| matches!(char, '<' | '>' | '*' | '+' | '/' | '=')).count();
    marks >= 3 && han_count(text) * 3 < text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_is_no_name() {
        for fragment in ["有限公司", "服务有限公司", "术服务有限公司", "科技股份有限公司", "公司"]
        {
            assert!(is_fragment(fragment), "{fragment}");
        }
        for name in
            ["澄川科技有限公司", "澄川公司", "澄川科学院自动化研究所", "岚舟印刷厂", "澄川贸易有限公司北京分公司"]
        {
            assert!(!is_fragment(name), "{name}");
        }
    }

    #[test]
    fn organisations_are_told_from_banks_addresses_and_the_form() {
        for name in [
            "澄川科技有限公司",
            "澄川(北京)商贸有限公司",
            "澄川科学技术期刊学会",
            "澄川科学院自动化研究所",
            "澄川印刷有限公司",
        ] {
            assert!(likeness(name) > 0.7 && !is_bank(name) && !is_address(name) && !is_no_name(name), "{name}");
        }
        for bank in [
            "样张银行股份有限公司北京上地支行0831",
            "样张银行北京分行",
            "571905493610702",
            "工行海淀支行营业部0200049609200048228",
        ] {
            assert!(is_bank(bank) && !is_address(bank), "{bank}");
        }
        for address in ["北京市东湖区科苑路95号010-0255429", "中关村东路95号82544475", "北京市怀北镇西庄村308号"]
        {
            assert!(is_address(address) && !is_bank(address), "{address}");
        }
        assert!(is_cipher("45+<*0<2140287>4/62<892>118") && is_no_name("发票专用章"));
        assert!(likeness("张文") < 0.1 && likeness("管理员") < 0.1);
    }
}

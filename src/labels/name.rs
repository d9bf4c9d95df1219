//! What a seller's name alone tells about whether it is one.

use icu_properties::CodePointSetData;
use icu_properties::props::EmojiPresentation;

use super::cell::is_formula;
use super::rules::{
    CHATTER_FOR_NAME, ERROR_TEXT_FOR_NAME, HALF_WIDTH_BRACKETS, NAME_WITHOUT_ORGANISATION_ENDING, SPREADSHEET_FORMULA,
    spreadsheet_formula,
};
use crate::findings::{Rule, Severity};
use crate::wording::is_blank;

/// Something odd about a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NameFault {
    /// The rule that fires.
    pub(crate) rule: &'static Rule,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What is wrong.
    pub(crate) message: String,
    /// The name as it should be, where that can be known.
    pub(crate) repaired: Option<String>,
}

/// Parts of sentences about a seller that no name has.
const CHATTER: [&str; 49] = [
    "销售方",
    "购买方",
    "开票方",
    "销方名称",
    "购方名称",
    "名称是",
    "名称为",
    "名称:",
    "名称：",
    "根据",
    "这张",
    "发票上",
    "发票中",
    "图片中",
    "图像中",
    "图中",
    "答案",
    "您好",
    "以下是",
    "如下",
    "The seller",
    "the seller",
    "The name",
    "seller is",
    "Based on",
    "based on",
    "according to",
    // Instructions, and what is said of a guess.
    "忽略",
    "无视",
    "之前的指",
    "以上指",
    "请把",
    "请将",
    "请你",
    "请回答",
    "请输出",
    "请填写",
    "所有发票",
    "标注为",
    "标记为",
    "标为",
    "识别为",
    "显示为",
    "我认为",
    "我觉得",
    "应该是",
    "可能是",
    "看起来",
    "似乎是",
];
/// Parts of messages about a failure that no name has.
const FAILURES: [&str; 21] = [
    "提取失败",
    "识别失败",
    "读取失败",
    "调用失败",
    "请求失败",
    "解析失败",
    "无法识别",
    "无法提取",
    "无法确定",
    "无法读取",
    "未能识别",
    "未识别",
    "抱歉",
    "Exception",
    "Traceback",
    "Error:",
    "error:",
    "timed out",
    "I cannot",
    "I'm sorry",
    "ExpiredToken",
];
/// What stands for nothing, in lower case.
const NOTHING: [&str; 20] = [
    "error",
    "null",
    "none",
    "nan",
    "n/a",
    "na",
    "nil",
    "undefined",
    "unknown",
    "tbd",
    "todo",
    "失败",
    "未知",
    "无",
    "没有",
    "空",
    "不详",
    "暂无",
    "-",
    "?",
];
/// How the names of organisations end.
const ENDINGS: [&str; 58] = [
    "公司",
    "厂",
    "店",
    "行",
    "部",
    "社",
    "院",
    "所",
    "中心",
    "学校",
    "大学",
    "学院",
    "中学",
    "小学",
    "幼儿园",
    "协会",
    "学会",
    "商会",
    "工会",
    "集团",
    "工作室",
    "委员会",
    "局",
    "馆",
    "站",
    "酒店",
    "宾馆",
    "饭店",
    "餐厅",
    "餐馆",
    "超市",
    "商场",
    "市场",
    "个体工商户",
    "联盟",
    "基金会",
    "联合会",
    "农场",
    "林场",
    "药房",
    "诊所",
    "队",
    "库",
    "园",
    "城",
    "坊",
    "庄",
    "村",
    "户",
    "吧",
    "楼",
    "铺",
    "室",
    "段",
    "台",
    "处",
    "堂",
    "俱乐部",
];
/// How those that are not Chinese end, in lower case and without a period.
const FOREIGN_ENDINGS: [&str; 16] = [
    "ltd",
    "limited",
    "inc",
    "llc",
    "llp",
    "gmbh",
    "co",
    "corp",
    "corporation",
    "company",
    "ag",
    "sa",
    "bv",
    "kk",
    "plc",
    "pty",
];

/// What is odd about a name; nothing about most.
pub(crate) fn check_name(name: &str) -> Vec<NameFault> {
    let fault = |rule: &'static Rule, severity, message: String| NameFault { rule, severity, message, repaired: None };
    let name = name.trim();
    // A rule of its own says so.
    if name.chars().all(is_blank) {
        return Vec::new();
    }
    if let Some(part) = find_part(name, &FAILURES) {
        let message = format!("the label says \"{part}\": it is the message of a failure and no name");
        return vec![fault(&ERROR_TEXT_FOR_NAME, Severity::Error, message)];
    }
    if stands_for_nothing(name) {
        let message = format!("\"{name}\" stands for no name");
        return vec![fault(&ERROR_TEXT_FOR_NAME, Severity::Error, message)];
    }
    if let Some(part) = find_part(name, &CHATTER) {
        let message = format!("the label says \"{part}\": it is a sentence and no name");
        return vec![fault(&CHATTER_FOR_NAME, Severity::Error, message)];
    }
    if is_formula(name) {
        return vec![fault(&SPREADSHEET_FORMULA, Severity::Error, spreadsheet_formula::message(name))];
    }
    if is_sentence(name) {
        let message = "the label is a sentence, or several, and no name".to_owned();
        return vec![fault(&CHATTER_FOR_NAME, Severity::Error, message)];
    }
    let mut faults = Vec::new();
    if let Some(mark) =
        name.chars().find(|c| matches!(c, '。' | '，' | '！' | '？' | '；' | '“' | '”' | '"' | '`' | '*' | '「' | '」'))
    {
        faults.push(fault(&CHATTER_FOR_NAME, Severity::Warning, format!("`{mark}` does not stand in a name")));
    }
    if is_chinese(name) && name.contains(['(', ')']) {
        let mut brackets = fault(
            &HALF_WIDTH_BRACKETS,
            Severity::Warning,
            "half-width brackets, where invoices print full-width ones".to_owned(),
        );
        brackets.repaired = Some(name.replace('(', "（").replace(')', "）"));
        faults.push(brackets);
    }
    if !ends_as_organisation(name) {
        let message = format!("\"{name}\" does not end as names of organisations do");
        faults.push(fault(&NAME_WITHOUT_ORGANISATION_ENDING, Severity::Warning, message));
    }
    faults
}

/// English words in lower case that names have in the middle.
const CONNECTORS: [&str; 12] = ["of", "and", "the", "for", "in", "at", "de", "del", "la", "und", "der", "et"];
/// English words in lower case that sentences have and names do not.
const SENTENCE_WORDS: [&str; 20] = [
    "is",
    "are",
    "was",
    "be",
    "please",
    "you",
    "your",
    "my",
    "this",
    "that",
    "these",
    "not",
    "cannot",
    "ignore",
    "label",
    "instructions",
    "answer",
    "seller",
    "invoice",
    "image",
];

/// Whether a text is a sentence, or several, by its words and by where sentences end in it.
fn is_sentence(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let plain = words.iter().map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()));
    let lower: Vec<&str> = plain
        .filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        .filter(|word| !CONNECTORS.contains(word))
        .collect();
    let says = words.len() > 2 && lower.iter().any(|word| SENTENCE_WORDS.contains(word));
    // A name in small letters alone is one; in a name with capitals, or a Chinese one, they are a sentence's.
    let most = match (is_chinese(name), name.contains(|c: char| c.is_uppercase())) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => usize::MAX,
    };
    says || lower.len() > most || has_several_sentences(&words) || ends_inside(name)
}

/// Whether an English sentence ends before the last three words. A period after `Co` and its like is the name's.
fn has_several_sentences(words: &[&str]) -> bool {
    let before = words.len().saturating_sub(3);
    words.iter().take(before).any(|word| {
        let letters = word.trim_end_matches(['.', '!', '?']);
        letters.len() < word.len() && letters.chars().count() > 4 && letters.chars().all(char::is_alphabetic)
    })
}

/// Whether a Chinese sentence ends inside.
fn ends_inside(name: &str) -> bool {
    let inside = name.trim_end_matches(|c: char| !c.is_alphanumeric());
    inside.contains(['。', '！', '？', '；'])
}

/// Whether a text has signs that no name has: those of markup and code, a comma beside a Chinese character, a quote without its
/// other half, an emoji.
pub(super) fn has_foreign_signs(name: &str) -> bool {
    let is_sign = |c: char| "<>{}[]\\|=^".contains(c) || CodePointSetData::new::<EmojiPresentation>().contains(c);
    let letters: Vec<char> = name.chars().collect();
    let is_han = |c: char| is_chinese(c.encode_utf8(&mut [0; 4]));
    let is_between = |at: usize| {
        let near = [at.checked_sub(1), at.checked_add(1)].map(|at| at.and_then(|at| letters.get(at)).copied());
        near.into_iter().flatten().any(is_han)
    };
    let commas = letters.iter().enumerate().filter(|(_, c)| matches!(c, ',' | ';'));
    name.contains(is_sign)
        || commas.map(|(at, _)| at).any(is_between)
        || !letters.iter().filter(|c| **c == '"').count().is_multiple_of(2)
}

/// The first part of a name that is one of these.
fn find_part<'p>(name: &str, parts: &[&'p str]) -> Option<&'p str> {
    let places = name.char_indices().filter(|(_, c)| is_beginning(*c));
    places.map(|(at, _)| &name[at..]).find_map(|rest| parts.iter().copied().find(|part| rest.starts_with(part)))
}

/// Whether any of [`CHATTER`] and [`FAILURES`] begins with this letter: few names have one, so few are compared with all.
fn is_beginning(letter: char) -> bool {
    matches!(
        letter,
        '销' | '购'
            | '开'
            | '名'
            | '根'
            | '这'
            | '发'
            | '图'
            | '答'
            | '您'
            | '以'
            | '如'
            | '忽'
            | '之'
            | '所'
            | '标'
            | '显'
            | '我'
            | '应'
            | '可'
            | '看'
            | '似'
            | 'T'
            | 't'
            | 's'
            | 'B'
            | 'b'
            | 'a'
            | '提'
            | '识'
            | '读'
            | '调'
            | '请'
            | '解'
            | '无'
            | '未'
            | '抱'
            | 'E'
            | 'e'
            | 'I'
    )
}

fn is_chinese(name: &str) -> bool {
    name.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
}

fn stands_for_nothing(name: &str) -> bool {
    // None of those is longer.
    name.len() <= 12 && {
        let lower = name.to_lowercase();
        NOTHING.contains(&lower.as_str()) || lower.chars().all(|c| matches!(c, '-' | '?' | '？' | '.' | '/' | '_'))
    }
}

/// Whether a name ends as organisations do, brackets at its end left aside.
pub(super) fn ends_as_organisation(name: &str) -> bool {
    let marks: &[char] = &['。', '.', '！', '”', '"', '*', '`', '」'];
    let name = name.trim_end_matches(marks);
    let core = match name.strip_suffix(['）', ')']).and_then(|inside| inside.rfind(['（', '('])) {
        Some(open) => &name[..open],
        None => name,
    };
    let is_organisation = |name: &str| {
        let last = name.rsplit([' ', ',', '.']).next().unwrap_or_default().to_ascii_lowercase();
        ENDINGS.iter().any(|ending| name.ends_with(ending)) || FOREIGN_ENDINGS.contains(&last.as_str())
    };
    is_organisation(core.trim_end()) || is_organisation(name)
}

#[cfg(test)]
mod tests;

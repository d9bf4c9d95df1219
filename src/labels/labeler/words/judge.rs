//! Whether a text is a name.

use crate::findings::Severity;
use crate::labels::name::{check_name, ends_as_organisation, has_foreign_signs};
use crate::labels::rules::{ERROR_TEXT_FOR_NAME, SPREADSHEET_FORMULA};

const EMPTY: &str = "the answer is empty";
pub(super) const REFUSED: &str = "the model says that it cannot read it";
pub(super) const SENTENCE: &str = "the answer is a sentence without a name";
pub(super) const FORMULA: &str = "a spreadsheet would execute the answer";
pub(super) const CONTROLS: &str = "the answer has control characters";
const SIGNS: &str = "the answer has signs that no name has";

/// The longest name, in characters.
const LONGEST: usize = 80;

/// Parts of refusals, beside those that the rules know, in lower case.
const REFUSALS: [&str; 25] = [
    "无法",
    "不能识别",
    "不能确定",
    "看不清",
    "不清晰",
    "不清楚",
    "未找到",
    "找不到",
    "未提供",
    "没有提供",
    "没有显示",
    "没有发票",
    "不是发票",
    "不是一张发票",
    "很遗憾",
    "对不起",
    "unable to",
    "can't",
    "cannot",
    "can not",
    "sorry",
    "not visible",
    "not legible",
    "illegible",
    "not an invoice",
];
/// Parts of sentences that no name has, where it does not end as one either.
const TALK: [&str; 10] = ["这是", "这个", "图片", "照片", "图像", "请", "image", "photo", "picture", "invoice"];
/// What ends a clause.
pub(super) const CLAUSE_ENDS: [char; 6] = ['，', '。', '；', '！', '？', '\n'];

/// Why a text is no name.
pub(super) fn check(text: &str) -> Option<&'static str> {
    if text.is_empty() || !text.chars().any(char::is_alphanumeric) {
        return Some(EMPTY);
    }
    if is_refusal(text) {
        return Some(REFUSED);
    }
    let faults = check_name(text);
    if let Some(fault) = faults.iter().find(|fault| fault.severity == Severity::Error) {
        let why = [(&ERROR_TEXT_FOR_NAME, REFUSED), (&SPREADSHEET_FORMULA, FORMULA)];
        return Some(why.into_iter().find(|(rule, _)| *rule == fault.rule).map_or(SENTENCE, |(_, why)| why));
    }
    if has_foreign_signs(text) {
        return Some(SIGNS);
    }
    if text.chars().count() > LONGEST || text.contains(CLAUSE_ENDS) {
        return Some(SENTENCE);
    }
    let lower = text.to_lowercase();
    let talks = TALK.iter().any(|part| lower.contains(part)) || text.split_whitespace().count() > 8;
    (talks && !ends_as_organisation(text)).then_some(SENTENCE)
}

pub(super) fn is_refusal(text: &str) -> bool {
    let lower = text.to_lowercase();
    !is_likely(text) && REFUSALS.iter().any(|part| lower.contains(part))
}

/// Whether a text is most likely a name: it ends as one, with more before the ending than "limited company".
pub(super) fn is_likely(text: &str) -> bool {
    const ENDINGS: [&str; 6] = ["股份有限公司", "有限责任公司", "有限公司", "分公司", "公司", "商行"];
    let core = ENDINGS.iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text);
    let is_long = core.chars().filter(|c| c.is_alphanumeric()).count() >= 2;
    is_long
        && text.chars().count() <= LONGEST
        && !text.contains(CLAUSE_ENDS)
        && ends_as_organisation(text)
        && !has_foreign_signs(text)
        && check_name(text).iter().all(|fault| fault.severity != Severity::Error)
}

//! What stands around the seller's name in an answer, taken off a wrapping at a time.

use serde_json::Value;

use super::judge::{CLAUSE_ENDS, REFUSED, SENTENCE, check, is_likely, is_refusal};
use crate::labels::name::{ends_as_organisation, has_foreign_signs};
use crate::wording::is_blank;

const SEVERAL: &str = "the answer has several names";
const NO_SELLER: &str = "the answer has no name of a seller";

/// What goes before the seller's name in an answer.
const SELLER: [&str; 12] = [
    "销售方",
    "销货方",
    "销售单位",
    "销货单位",
    "开票方",
    "开票单位",
    "销方",
    "卖方",
    "seller",
    "vendor",
    "issuer",
    "supplier",
];
/// What goes before somebody else's.
const BUYER: [&str; 8] = ["购买方", "购货方", "购货单位", "购方", "买方", "收票方", "buyer", "purchaser"];
/// What may stand before any name, at the beginning alone.
const NAME: [&str; 9] = ["名称", "公司名称", "企业名称", "单位名称", "答案", "答", "answer", "company name", "name"];
/// What stands between one of those and what divides it from the name.
const BETWEEN: [&str; 26] = [
    "（开票方）",
    "(开票方)",
    "（销售方）",
    "(销售方)",
    "(seller)",
    "（seller）",
    "的",
    "公司",
    "单位",
    "企业",
    "名称",
    "名字",
    "全称",
    "信息",
    "）",
    ")",
    "'s",
    "’s",
    "company",
    "full",
    "name",
    "on the invoice",
    "in the image",
    "in this image",
    "on this invoice",
    "*",
];
/// What divides it from the name.
const DIVIDERS: [&str; 8] = ["应该是", "应为", "是", "为", "：", ":", "=", "is "];
/// Keys of the seller's name in an answer that is JSON, in lower case and without `_`, `-` and spaces.
const KEYS: [&str; 16] = [
    "sellername",
    "seller",
    "销售方名称",
    "销售方",
    "销方名称",
    "销货单位名称",
    "开票方名称",
    "开票方",
    "vendorname",
    "vendor",
    "companyname",
    "company",
    "公司名称",
    "名称",
    "name",
    "answer",
];
/// Marks that stand in pairs around a name.
const PAIRS: [(char, char); 14] = [
    ('"', '"'),
    ('\'', '\''),
    ('“', '”'),
    ('‘', '’'),
    ('「', '」'),
    ('『', '』'),
    ('《', '》'),
    ('〈', '〉'),
    ('«', '»'),
    ('【', '】'),
    ('[', ']'),
    ('{', '}'),
    ('（', '）'),
    ('(', ')'),
];

/// Takes one wrapping off.
///
/// # Errors
/// Why there is no seller's name in it.
pub(super) fn peel(text: &str) -> Result<String, &'static str> {
    let text = trim(text);
    if let Some(inside) = inside_fence(text) {
        return Ok(inside.to_owned());
    }
    if let Some(found) = in_json(text) {
        return found;
    }
    let lines: Vec<String> = text.lines().map(bare).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [] => Ok(String::new()),
        [line] if is_buyers(line) => Err(NO_SELLER),
        [line] => Ok(name_in(line)),
        lines => name_among(lines),
    }
}

/// The name in a line of which the marks around it are gone.
fn name_in(line: &str) -> String {
    if let Some(name) = after_words(line, &SELLER, false) {
        return name;
    }
    if let Some(name) = after_words(line, &NAME, true) {
        return name;
    }
    let (clause, rest) = first_clause(line);
    if !rest.is_empty() && is_likely(&clause) {
        return clause;
    }
    if let Some(quoted) = only_quoted(line).filter(|_| !is_likely(line)) {
        return quoted;
    }
    line.to_owned()
}

/// Whether a line names the buyer, and no seller beside it.
fn is_buyers(line: &str) -> bool {
    after_words(line, &SELLER, false).is_none() && after_words(line, &BUYER, false).is_some()
}

/// Whether a line is "The name of the seller is:", with the name on the next one.
fn announces(line: &str, words: &[&str]) -> bool {
    let lower = line.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word)) && line.ends_with(['：', ':', '是', '为'])
}

/// The name among several lines.
fn name_among(lines: &[String]) -> Result<String, &'static str> {
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = after_words(line, &SELLER, false) {
            return Ok(name);
        }
        if let Some(next) = lines.get(at + 1).filter(|_| announces(line, &SELLER)) {
            return Ok(name_in(next));
        }
    }
    let is_other = |at: &usize| !is_buyers(&lines[*at]) && (*at == 0 || !announces(&lines[*at - 1], &BUYER));
    let others = (0..lines.len()).filter(is_other).map(|at| name_in(&lines[at]));
    let (mut names, rest): (Vec<String>, Vec<String>) = others.partition(|name| is_likely(name));
    names.dedup();
    match names.as_slice() {
        // A row of a table, or code, that ends as a name does: which name is meant is not known.
        [_] if rest.iter().any(|line| has_foreign_signs(line) && ends_as_organisation(line)) => Err(SEVERAL),
        [name] => Ok(name.clone()),
        [] => {
            let whole = join(lines);
            if is_likely(&whole) {
                return Ok(whole);
            }
            Err(if is_refusal(&whole) || check(&whole) == Some(REFUSED) { REFUSED } else { SENTENCE })
        }
        _ => Err(SEVERAL),
    }
}

/// Lines as one, without a space where Chinese goes on.
fn join(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut whole, line| {
        let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii());
        if is_latin(whole.chars().last()) && is_latin(line.chars().next()) {
            whole.push(' ');
        }
        whole.push_str(line);
        whole
    })
}

/// What follows one of these words and what divides it from the name: the first that is most likely a name, else the first.
fn after_words(line: &str, words: &[&str], at_beginning: bool) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let mut places: Vec<usize> =
        words.iter().flat_map(|word| lower.match_indices(word).map(move |(at, _)| at + word.len())).collect();
    if at_beginning {
        places = words.iter().filter(|word| lower.starts_with(**word)).map(|word| word.len()).collect();
    }
    places.sort_unstable();
    let names: Vec<String> = places.into_iter().filter_map(|end| after_divider(line, &lower, end)).collect();
    names.iter().find(|name| is_likely(name)).or(names.first()).cloned()
}

/// What follows the divider that stands here.
fn after_divider(line: &str, lower: &str, from: usize) -> Option<String> {
    let skip = |mut at: usize, parts: &[&str]| {
        loop {
            let rest = &lower[at..];
            let blank = rest.len() - rest.trim_start().len();
            let part = parts.iter().find(|part| rest[blank..].starts_with(**part)).map_or(0, |part| part.len());
            if blank + part == 0 {
                return at;
            }
            at += blank + part;
        }
    };
    let before = skip(from, &BETWEEN);
    let after = skip(before, &DIVIDERS);
    // A space alone divides nothing.
    if !DIVIDERS.iter().any(|divider| lower[before..after].contains(divider.trim_end())) {
        return None;
    }
    let rest = bare(line[after..].trim_start_matches(['*', ' ']));
    let (clause, _) = first_clause(&rest);
    let name = quoted_at_beginning(&rest).unwrap_or(clause);
    (!name.is_empty()).then_some(name)
}

/// A line up to the end of its first clause, and what follows.
fn first_clause(line: &str) -> (String, &str) {
    if let Some((at, mark)) = line.char_indices().find(|(_, c)| CLAUSE_ENDS.contains(c)) {
        return (bare(&line[..at]), line[at + mark.len_utf8()..].trim());
    }
    // A comma of the other width stands in foreign names too.
    for (at, mark) in line.char_indices().filter(|(_, c)| matches!(c, ',' | ';' | '!')) {
        let head = bare(&line[..at]);
        if !head.is_ascii() && is_likely(&head) {
            return (head, line[at + mark.len_utf8()..].trim());
        }
    }
    (line.to_owned(), "")
}

/// What stands in quotes at the beginning, unless the name goes on after them.
fn quoted_at_beginning(text: &str) -> Option<String> {
    let open = text.chars().next()?;
    let (_, close) = PAIRS[..9].iter().find(|(from, _)| *from == open)?;
    let inside = &text[open.len_utf8()..];
    let end = inside.find(*close)?;
    let (quoted, rest) = (bare(&inside[..end]), &inside[end + close.len_utf8()..]);
    (is_likely(&quoted) || !ends_as_organisation(&bare(rest))).then_some(quoted)
}

/// The one likely name that stands in quotes.
fn only_quoted(line: &str) -> Option<String> {
    let mut found =
        line.char_indices().filter_map(|(at, _)| quoted_at_beginning(&line[at..])).filter(|name| is_likely(name));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// A line without what stands around a name: tags, marks of a list, quotes, bold, full stops.
fn bare(line: &str) -> String {
    let mut text = line.replace("**", "").replace(['`', '\r'], "");
    loop {
        let next = strip(&text);
        if next.len() == text.len() {
            return text;
        }
        text = next.to_owned();
    }
}

/// A text with one of those less.
fn strip(text: &str) -> &str {
    let trimmed = trim(text);
    if trimmed.len() < text.len() {
        return trimmed;
    }
    let Some((first, last)) = text.chars().next().zip(text.chars().last()) else { return text };
    // `<answer>…</answer>`
    if first == '<'
        && let Some(end) = text.find('>')
    {
        return &text[end + 1..];
    }
    if last == '>'
        && let Some(start) = text.rfind('<')
    {
        return &text[..start];
    }
    if matches!(first, '#' | '*' | '•' | '·' | '>') {
        return &text[first.len_utf8()..];
    }
    if last == '*' {
        return &text[..text.len() - 1];
    }
    if let Some(rest) = text.strip_prefix("- ").or_else(|| after_number(text)) {
        return rest;
    }
    if ends_as_sentence(text, last) {
        return &text[..text.len() - last.len_utf8()];
    }
    for (open, close) in PAIRS {
        let (opens, closes) = (first == open, last == close);
        let is_whole = opens && closes && text.chars().count() > 1;
        let count = text.chars().filter(|c| *c == open || *c == close).count();
        if is_whole && count == 2 {
            return &text[first.len_utf8()..text.len() - last.len_utf8()];
        }
        // A mark whose other half was cut off.
        if opens && count == 1 {
            return &text[first.len_utf8()..];
        }
        if closes && count == 1 {
            return &text[..text.len() - last.len_utf8()];
        }
    }
    text
}

/// What follows `1. `.
fn after_number(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < text.len()).then(|| rest.strip_prefix(". ")).flatten()
}

/// Whether the last mark belongs to a sentence. A period after `Ltd` and its like is the name's.
fn ends_as_sentence(text: &str, last: char) -> bool {
    match last {
        '。' | '！' | '？' | '，' | '；' | '、' | ',' | ';' | '!' | '…' => true,
        '.' => {
            let word = text.trim_end_matches('.').rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            text.ends_with("..") || word.is_empty() || !word.is_ascii() || word.len() > 4
        }
        _ => false,
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// What stands in a code fence.
fn inside_fence(text: &str) -> Option<&str> {
    const FENCE: &str = "```";
    let inside = &text[text.find(FENCE)? + FENCE.len()..];
    let inside = inside.find(FENCE).map_or(inside, |end| &inside[..end]);
    let language = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
    let rest = &inside[language..];
    Some(if rest.starts_with(['\n', '\r']) { rest } else { inside })
}

/// The seller's name in an answer that is JSON, or holds an object; `None` where it is something else.
fn in_json(text: &str) -> Option<Result<String, &'static str>> {
    if !text.starts_with(['{', '[', '"']) && !text.contains('{') {
        return None;
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return Some(name_of(&value).ok_or(NO_SELLER));
    }
    let object = text.get(text.find('{')?..=text.rfind('}')?)?;
    let value = serde_json::from_str::<Value>(object).ok()?;
    Some(name_of(&value).ok_or(NO_SELLER))
}

fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => match items.as_slice() {
            [one] => name_of(one),
            _ => None,
        },
        Value::Object(fields) => {
            let plain = |key: &str| key.to_lowercase().replace(['_', '-', ' '], "");
            let named = KEYS.iter().find_map(|wanted| fields.iter().find(|(key, _)| plain(key) == *wanted));
            let (_, value) = named?;
            name_of(value)
        }
        _ => None,
    }
}

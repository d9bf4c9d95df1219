use std::collections::BTreeSet;

use serde_json::Value;

use crate::findings::Finding;
use crate::findings::limits::{MAX_TAG_CHARS, MAX_TAGS};
use crate::training::job::DataFacts;
use crate::training::job::names::is_tag_text;
use crate::training::job::request::Request;

crate::rule! {
    /// ## What it does
    /// Reports a tag of job or model with other characters than letters and digits of ASCII, white space and `. _ : / = + @ -`;
    /// a key that is empty, over 128 characters, given twice, or begins with `aws:`; a value over 256; more than 50 tags.
    ///
    /// ## Why is this bad?
    /// The service refuses the request: `ValidationException`, `TooManyTagsException`. Chinese is not possible in tags.
    ///
    /// ## Example
    /// ```json
    /// {"jobTags": [{"key": "项目", "value": "发票"}]}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"jobTags": [{"key": "project", "value": "invoices"}]}
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) TAG_MALFORMED = "JOB009", "tag-malformed", Error, Job, fix None;
}

/// Tags that are refused.
pub(crate) fn check(request: &Request, _: &DataFacts, findings: &mut Vec<Finding>) {
    for list in ["/jobTags", "/customModelTags"] {
        let Some(tags) = request.value.pointer(list).and_then(Value::as_array) else { continue };
        let mut report =
            |pointer: &str, message: String| findings.push(request.finding(&TAG_MALFORMED, pointer, message));
        if tags.len() > MAX_TAGS {
            report(list, format!("{} tags; a resource has at most {MAX_TAGS}", tags.len()));
        }
        let mut keys = BTreeSet::new();
        for (n, tag) in tags.iter().enumerate() {
            let key = tag.get("key").and_then(Value::as_str).unwrap_or_default();
            if key.to_ascii_lowercase().starts_with("aws:") {
                report(&format!("{list}/{n}/key"), format!("`{key}`: keys that begin with `aws:` are AWS's own"));
            } else if !key.is_empty() && !keys.insert(key) {
                report(&format!("{list}/{n}/key"), format!("`{key}` is the key of an earlier tag too"));
            }
            for (member, least, most) in [("key", 1, MAX_TAG_CHARS.0), ("value", 0, MAX_TAG_CHARS.1)] {
                let Some(text) = tag.get(member).and_then(Value::as_str) else { continue };
                let fault = fault_of(text, least, most);
                if let Some(fault) = fault {
                    report(&format!("{list}/{n}/{member}"), fault);
                }
            }
        }
    }
}

fn fault_of(text: &str, least: usize, most: usize) -> Option<String> {
    let count = text.chars().count();
    if !is_tag_text(text) {
        return Some(format!("`{text}`: a tag is ASCII letters, digits, white space and `. _ : / = + @ -`"));
    }
    (!(least..=most).contains(&count)).then(|| format!("{count} characters; {least} to {most} are possible"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_belong_to_what_is_allowed() {
        let takes = |text: &str, least, most| fault_of(text, least, most).is_none();
        assert!(takes("", 0, 256) && !takes("", 1, 128));
        assert!(takes(&"k".repeat(128), 1, 128) && !takes(&"k".repeat(129), 1, 128));
        assert!(takes("a b\tc@d", 0, 256) && !takes("a,b", 0, 256) && !takes("\u{3000}", 0, 256));
    }
}

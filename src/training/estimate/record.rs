//! What is counted of a record.

use crate::aws::tokens::{TURN_TOKENS, TokenRange, text_tokens};
use crate::dataset::json::Json;
use crate::dataset::jsonl::Line;

/// What is counted of a record, whatever its shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RecordParts {
    /// The tokens of its texts and turns.
    pub(super) text: TokenRange,
    /// The keys of its photos; `None` for one whose URI is missing.
    pub(super) image_keys: Vec<Option<String>>,
    /// Blocks that are neither text nor photo, which nothing here can count.
    pub(super) uncounted: usize,
}

/// The parts of a line, `None` where it is no record.
pub(super) fn read_parts(line: &Line<'_>) -> Option<RecordParts> {
    let record = line.object()?;
    matches!(record.get("messages"), Some(Json::List(_))).then(|| parts_of(&record))
}

fn parts_of(record: &Json<'_>) -> RecordParts {
    let mut parts = RecordParts::default();
    let (system, turns) = (list(record, "system"), list(record, "messages"));
    parts.text += TURN_TOKENS * (turns.len() as u64 + u64::from(!system.is_empty()));
    for block in system.iter().chain(turns.iter().flat_map(|turn| list(turn, "content"))) {
        let reasoning = block.at(&["reasoningContent", "reasoningText", "text"]);
        if let Some(text) = block.get("text").or(reasoning).and_then(Json::as_str) {
            parts.text += text_tokens(text);
        } else if let Some(image) = block.get("image") {
            let uri = image.at(&["source", "s3Location", "uri"]).and_then(Json::as_str);
            let key = uri.and_then(|uri| uri.strip_prefix("s3://").unwrap_or(uri).split_once('/'));
            parts.image_keys.push(key.map(|(_, key)| key.to_owned()));
        } else {
            parts.uncounted += 1;
        }
    }
    parts
}

/// A member that is a list; nothing where it is none.
fn list<'j, 'a>(value: &'j Json<'a>, name: &str) -> &'j [Json<'a>] {
    value.get(name).map_or(&[], Json::items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(raw: &[u8]) -> Option<RecordParts> {
        read_parts(&Line::of_raw(1, 1, raw))
    }

    #[test]
    fn texts_turns_and_photos_of_a_record_are_counted_and_others_named() {
        let image = |uri: serde_json::Value| serde_json::json!({"image": {"source": {"s3Location": {"uri": uri}}}});
        let record = serde_json::json!({
            "system": [{"text": "abcdef"}],
            "messages": [
                {"role": "user", "content": [{"text": "发票"}, image("s3://b/p/1.jpg".into()), image(7.into()), {"video": {}}]},
                {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "abcdef"}}}, {"text": "123"}]},
            ],
        });
        let parts = parts(format!("\u{FEFF}{record}\r\n").as_bytes()).unwrap();
        assert_eq!(parts.text, TokenRange::new(1 + 1 + 1 + 1, 3 + 5 + 3 + 3 + 3 * 8));
        assert_eq!(parts.image_keys, [Some("p/1.jpg".to_owned()), None]);
        assert_eq!(parts.uncounted, 1);
    }

    #[test]
    fn what_is_no_record_is_none_and_odd_members_are_passed_over() {
        for line in [b"" as &[u8], b"\n", b"not json", b"{}", b"[1]", b"{\"messages\":{}}", b"\xFF\xFE{\0"] {
            assert_eq!(parts(line), None, "{}", String::from_utf8_lossy(line));
        }
        let odd = parts(b"{\"messages\":[1,{\"content\":\"x\"},{\"content\":[null]}],\"system\":3}").unwrap();
        assert_eq!((odd.text, odd.uncounted), (TokenRange::new(0, 24), 1));
    }
}

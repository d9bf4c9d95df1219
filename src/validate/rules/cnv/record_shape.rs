use serde_json::Value;

use crate::dataset::conversation::SCHEMA_VERSION;
use crate::finding::{Edit, Finding};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a record that is not of the shape `bedrock-conversation-2024`: a member that is missing or of the wrong
    /// type, a block that is neither text nor image, the shape of another model's training data.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the file: "Unable to parse S3 file due to invalid data schema/format". Documentation and AWS's
    /// validators disagree on whether `schemaVersion` may be missing or differ; here it must be there.
    ///
    /// ## Example
    /// ```json
    /// {"prompt": "Who is the seller?", "completion": "…"}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion": "bedrock-conversation-2024", "messages": [{"role": "user", "content": [{"text": "…"}]}, {"role": "assistant", "content": [{"text": "…"}]}]}
    /// ```
    ///
    /// ## Fix
    /// Safe where only `schemaVersion` is missing or differs: it is written. Else by hand.
    pub(crate) RECORD_SHAPE = "CNV001", "record-shape", Error, Record, fix Safe;
}

/// Kinds of block that the schema has.
const BLOCKS: [&str; 7] = ["text", "image", "video", "document", "reasoningContent", "toolUse", "toolResult"];

/// Records of another shape.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    let Some(members) = record.value.as_object() else { return };
    if let Some(other) = other_schema(record.value) {
        findings.push(record.finding(&RECORD_SHAPE, "", format!("this is {other}, not {SCHEMA_VERSION}")));
        return;
    }
    let mut report = |pointer: &str, message: String| findings.push(record.finding(&RECORD_SHAPE, pointer, message));
    match members.get("system") {
        None => {}
        Some(Value::Array(blocks)) => {
            for (i, block) in blocks.iter().enumerate() {
                if !block.get("text").is_some_and(Value::is_string) {
                    report(&format!("/system/{i}"), "`{\"text\": …}` is needed here".to_owned());
                }
            }
        }
        Some(_) => report("/system", "a list of `{\"text\": …}` is needed here".to_owned()),
    }
    match members.get("messages") {
        None => report("", "the member `messages` is missing".to_owned()),
        Some(Value::Array(messages)) => {
            for (i, message) in messages.iter().enumerate() {
                check_message(message, &format!("/messages/{i}"), &mut report);
            }
        }
        Some(_) => report("/messages", "a list of turns is needed here".to_owned()),
    }
    if members.get("schemaVersion").and_then(Value::as_str) != Some(SCHEMA_VERSION) {
        let (pointer, message) = match members.get("schemaVersion") {
            None => ("", format!("the member `schemaVersion` is missing; it must be `{SCHEMA_VERSION}`")),
            Some(other) => ("/schemaVersion", format!("{other} must be `{SCHEMA_VERSION}`")),
        };
        let edit = Edit::Set { pointer: "/schemaVersion".to_owned(), value: SCHEMA_VERSION.into() };
        findings.push(record.finding(&RECORD_SHAPE, pointer, message).with_fix(vec![edit]));
    }
}

/// The training data of another model, by the members that only it has.
fn other_schema(value: &Value) -> Option<&'static str> {
    let has = |name: &str| value.get(name).is_some();
    match () {
        () if has("messages") => None,
        () if has("prompt") && has("completion") => Some("the prompt/completion form of Titan and Llama"),
        () if has("inputText") => Some("the form of Titan"),
        () if has("image-ref") => Some("the form of the image models"),
        () if has("input") && has("output") => Some("the input/output form of continued pre-training"),
        () => None,
    }
}

fn check_message(message: &Value, pointer: &str, report: &mut impl FnMut(&str, String)) {
    if !message.get("role").is_some_and(Value::is_string) {
        report(pointer, "a turn needs `role`: \"user\" or \"assistant\"".to_owned());
    }
    let content = match message.get("content") {
        Some(Value::Array(content)) if content.is_empty() => {
            return report(&format!("{pointer}/content"), "the turn is empty".to_owned());
        }
        Some(Value::Array(content)) => content,
        Some(_) => return report(&format!("{pointer}/content"), "a list of blocks is needed here".to_owned()),
        None => return report(pointer, "a turn needs `content`: a list of blocks".to_owned()),
    };
    for (j, block) in content.iter().enumerate() {
        check_block(block, &format!("{pointer}/content/{j}"), report);
    }
}

fn check_block(block: &Value, pointer: &str, report: &mut impl FnMut(&str, String)) {
    let kinds: Vec<_> = block.as_object().into_iter().flat_map(|members| members.keys()).collect();
    let [kind] = kinds.as_slice() else {
        return report(pointer, format!("a block has one member: {}", BLOCKS[..3].join(", ")));
    };
    match (kind.as_str(), &block[kind.as_str()]) {
        ("text", Value::String(_)) => {}
        ("text", _) => report(&format!("{pointer}/text"), "a text is needed here".to_owned()),
        ("image", image) => check_image(image, &format!("{pointer}/image"), report),
        (known, _) if BLOCKS.contains(&known) => {}
        (other, _) => report(pointer, format!("`{other}` is no kind of block")),
    }
}

fn check_image(image: &Value, pointer: &str, report: &mut impl FnMut(&str, String)) {
    if !image.get("format").is_some_and(Value::is_string) {
        report(pointer, "an image needs `format`".to_owned());
    }
    if image.pointer("/source/bytes").is_some() {
        report(
            &format!("{pointer}/source/bytes"),
            "training records name images in S3; bytes are for inference".to_owned(),
        );
    } else if !image.pointer("/source/s3Location/uri").is_some_and(Value::is_string) {
        report(pointer, "an image needs `source.s3Location.uri`".to_owned());
    }
}

use std::fmt::{self, Display};

use super::unknown_member::is_near;
use crate::dataset::conversation::SCHEMA_VERSION;
use crate::dataset::json::Json;
use crate::findings::{Edit, Finding};
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;
use crate::wording::shortened;

crate::rule! {
    /// ## What it does
    /// Reports a record that is not of the shape `bedrock-conversation-2024`: a member that is missing or of the wrong
    /// type, an empty list, a block that is neither text nor image, the shape of another model's training data.
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
    /// Safe where `schemaVersion` is missing or differs, where a text stands in place of a block or of a list of blocks, where a
    /// block of text has the `type` of another API, and where `system` is an empty list, which is left out. Else by hand.
    pub(crate) RECORD_SHAPE = "CNV001", "record-shape", Error, Record, fix Safe;
}

/// Records of another shape.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    if !record.value.is_object() {
        return;
    }
    if let Some(other) = other_schema(record.value) {
        findings.push(record.finding(&RECORD_SHAPE, "", format!("this is {other}, not {SCHEMA_VERSION}")));
        return;
    }
    let mut report = Report { record, findings };
    match record.value.get("system") {
        None => {}
        Some(Json::List(blocks)) if blocks.is_empty() => {
            let edit = Edit::Remove { pointer: "/system".to_owned() };
            report.mended("/system".to_owned(), "the list is empty; leave `system` out instead", edit);
        }
        Some(Json::List(blocks)) => {
            for (i, block) in blocks.iter().enumerate() {
                check_system(block, format_args!("/system/{i}"), &mut report);
            }
        }
        Some(other) => report.list_of_texts("/system".to_owned(), "a list of `{\"text\": …}` is needed here", other),
    }
    match record.value.get("messages") {
        None => report.fault("", "the member `messages` is missing"),
        Some(Json::List(messages)) => {
            for (i, message) in messages.iter().enumerate() {
                check_message(message, i, &mut report);
            }
        }
        Some(_) => report.fault("/messages".to_owned(), "a list of turns is needed here"),
    }
    if record.value.get("schemaVersion").and_then(Json::as_str) != Some(SCHEMA_VERSION) {
        let (pointer, message) = match record.value.get("schemaVersion") {
            None => ("", format!("the member `schemaVersion` is missing; it must be `{SCHEMA_VERSION}`")),
            Some(other) => ("/schemaVersion", format!("{other} must be `{SCHEMA_VERSION}`")),
        };
        let edit = Edit::Set { pointer: "/schemaVersion".to_owned(), value: SCHEMA_VERSION.into() };
        findings.push(record.finding(&RECORD_SHAPE, pointer, message).with_fix(vec![edit]));
    }
}

/// Where the faults of one record go.
struct Report<'a, 'r> {
    record: &'a RecordView<'r>,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_, '_> {
    fn fault(&mut self, pointer: impl Display, message: impl Into<String>) {
        self.findings.push(self.record.finding(&RECORD_SHAPE, pointer, message));
    }

    fn mended(&mut self, pointer: String, message: &str, edit: Edit) {
        self.findings.push(self.record.finding(&RECORD_SHAPE, pointer, message).with_fix(vec![edit]));
    }

    /// A block with the `type` of another API beside its text.
    fn typed(&mut self, pointer: &str) {
        let message = "`type` belongs to another API; a text is `{\"text\": …}`";
        self.mended(pointer.to_owned(), message, Edit::Remove { pointer: format!("{pointer}/type") });
    }

    /// A place where a block is needed: a text there becomes one.
    fn text_block(&mut self, pointer: String, message: &str, found: &Json<'_>) {
        match found.as_str() {
            Some(text) => {
                let edit = Edit::Set { pointer: pointer.clone(), value: serde_json::json!({ "text": text }) };
                self.mended(pointer, message, edit);
            }
            None => self.fault(pointer, message),
        }
    }

    /// A place where a list of blocks is needed: a text there becomes the one block of the list.
    fn list_of_texts(&mut self, pointer: String, message: &str, found: &Json<'_>) {
        match found.as_str() {
            Some(text) => {
                let edit = Edit::Set { pointer: pointer.clone(), value: serde_json::json!([{ "text": text }]) };
                self.mended(pointer, message, edit);
            }
            None => self.fault(pointer, message),
        }
    }
}

/// The training data of another model, by the members that only it has.
fn other_schema(value: &Json<'_>) -> Option<&'static str> {
    let has = |name: &str| value.get(name).is_some();
    match () {
        () if has("messages") => None,
        () if has("prompt") && has("completion") => Some("the prompt/completion form of Titan and Llama"),
        () if has("inputText") => Some("the form of Titan"),
        () if has("image-ref") => Some("the form of the image models"),
        () if has("recordId") || has("modelInput") => Some("a record of batch inference"),
        () if has("conversations") => Some("the form of ShareGPT"),
        () if has("instruction") => Some("the form of Alpaca"),
        () if has("input") && has("output") => Some("the input/output form of continued pre-training"),
        () => None,
    }
}

fn check_system(block: &Json<'_>, pointer: fmt::Arguments<'_>, report: &mut Report<'_, '_>) {
    let has_text = block.get("text").is_some_and(Json::is_text);
    if has_text && block.members().len() == 1 {
        return;
    }
    match &keys(block)[..] {
        ["text"] if has_text => {}
        [_, _] if has_text && block.get("type").is_some_and(Json::is_text) => report.typed(&pointer.to_string()),
        [_, _, ..] if has_text => report.fault(pointer, "a block of `system` has one member: `text`"),
        _ => report.text_block(pointer.to_string(), "`{\"text\": …}` is needed here", block),
    }
}

fn check_message(message: &Json<'_>, i: usize, report: &mut Report<'_, '_>) {
    if !message.is_object() {
        return report.fault(format_args!("/messages/{i}"), "a turn is an object with `role` and `content`");
    }
    if !message.get("role").is_some_and(Json::is_text) {
        report.fault(format_args!("/messages/{i}"), "a turn needs `role`: \"user\" or \"assistant\"");
    }
    let content = match message.get("content") {
        Some(Json::List(content)) if content.is_empty() => {
            return report.fault(format_args!("/messages/{i}/content"), "the turn is empty");
        }
        Some(Json::List(content)) => content,
        Some(other) => {
            return report.list_of_texts(format!("/messages/{i}/content"), "a list of blocks is needed here", other);
        }
        None => return report.fault(format_args!("/messages/{i}"), "a turn needs `content`: a list of blocks"),
    };
    for (j, block) in content.iter().enumerate() {
        check_block(block, format_args!("/messages/{i}/content/{j}"), report);
    }
}

/// The keys of an object, each once.
fn keys<'j>(block: &'j Json<'_>) -> Vec<&'j str> {
    let mut keys: Vec<&str> = block.members().iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn check_block(block: &Json<'_>, pointer: fmt::Arguments<'_>, report: &mut Report<'_, '_>) {
    if !block.is_object() {
        return report.text_block(pointer.to_string(), "a block is an object; a text is `{\"text\": …}`", block);
    }
    let several;
    let key = if let [(key, _)] = block.members() {
        key.as_ref()
    } else {
        several = keys(block);
        let [key] = several[..] else {
            return check_members(block, &several, pointer, report);
        };
        key
    };
    match (Kind::of(key), block.get(key).unwrap_or(&Json::Null)) {
        (Kind::Text, Json::Text(_)) | (Kind::ToolUse | Kind::ToolResult, _) => {}
        (Kind::Text, _) => report.fault(format_args!("{pointer}/text"), "a text is needed here"),
        (kind @ (Kind::Image | Kind::Video | Kind::Document), media) => {
            check_media(media, kind, &format_args!("{pointer}/{key}"), report);
        }
        (Kind::Reasoning, reasoning) if reasoning.at(&["reasoningText", "text"]).is_some_and(Json::is_text) => {}
        (Kind::Reasoning, _) => {
            report.fault(format_args!("{pointer}/{key}"), "reasoning needs `reasoningText.text`");
        }
        (Kind::Other, _) => match ["text", "image", "video"].into_iter().find(|name| is_near(name, key)) {
            Some(name) => report.fault(pointer, format!("`{key}` is written `{name}`")),
            None => report.fault(pointer, format!("`{key}` is no kind of block: text, image or video")),
        },
    }
}

/// A block with several members, or none.
fn check_members(block: &Json<'_>, keys: &[&str], pointer: fmt::Arguments<'_>, report: &mut Report<'_, '_>) {
    let kind = block.get("type").and_then(Json::as_str);
    match kind {
        // What OpenAI and Anthropic write: `{"type": "text", "text": …}`.
        Some(_) if keys.len() == 2 && block.get("text").is_some_and(Json::is_text) => {
            report.typed(&pointer.to_string());
        }
        Some(kind) if block.get("text").is_none() => {
            let image = "an image is `{\"image\": {\"format\": …, \"source\": {\"s3Location\": …}}}`";
            report.fault(pointer, format!("a block of the type `{}` of another API; {image}", shortened(kind, 40)));
        }
        _ if keys.is_empty() => {
            report.fault(pointer, "the block is empty; it has one member: text, image or video");
        }
        _ => {
            let keys: Vec<_> = keys.iter().map(|key| format!("`{}`", shortened(key, 40))).collect();
            let message = "a block has one member: text, image or video; this one has";
            report.fault(pointer, format!("{message} {}", shortened(&keys.join(", "), 200)));
        }
    }
}

fn check_media(media: &Json<'_>, kind: Kind, pointer: &impl Display, report: &mut Report<'_, '_>) {
    let noun = kind.noun();
    if !media.is_object() {
        return report.fault(pointer, format!("{noun} is an object with `format` and `source`"));
    }
    match media.get("format") {
        None => report.fault(pointer, format!("{noun} needs `format`")),
        Some(Json::Text(_)) => {}
        Some(_) => report.fault(format_args!("{pointer}/format"), "a text is needed here"),
    }
    if media.at(&["source", "bytes"]).is_some() {
        let message = "training records name files in S3; bytes are for inference";
        return report.fault(format_args!("{pointer}/source/bytes"), message);
    }
    match media.at(&["source", "s3Location", "uri"]) {
        None => report.fault(pointer, format!("{noun} needs `source.s3Location.uri`")),
        Some(Json::Text(_)) => {}
        Some(_) => report.fault(format_args!("{pointer}/source/s3Location/uri"), "a text is needed here"),
    }
}

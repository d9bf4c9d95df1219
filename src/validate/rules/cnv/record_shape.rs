use std::fmt::Display;

use crate::dataset::conversation::SCHEMA_VERSION;
use crate::finding::{Edit, Finding};
use crate::json::Json;
use crate::validate::record::{Kind, RecordView};
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
    /// Safe where `schemaVersion` is missing or differs, where a text stands in place of a list of blocks, and where a block of
    /// text has the `type` of another API. Else by hand.
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
        Some(Json::List(blocks)) => {
            for (i, block) in blocks.iter().enumerate() {
                if !block.get("text").is_some_and(Json::is_text) {
                    report.fault(format!("/system/{i}"), "`{\"text\": …}` is needed here");
                }
            }
        }
        Some(other) => report.list_of_texts("/system".to_owned(), "a list of `{\"text\": …}` is needed here", other),
    }
    match record.value.get("messages") {
        None => report.fault(String::new(), "the member `messages` is missing"),
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

fn check_message(message: &Json<'_>, i: usize, report: &mut Report<'_, '_>) {
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
        check_block(block, &format_args!("/messages/{i}/content/{j}"), report);
    }
}

fn check_block(block: &Json<'_>, pointer: &impl Display, report: &mut Report<'_, '_>) {
    let [(key, content)] = block.members() else {
        // What OpenAI and Anthropic write: `{"type": "text", "text": …}`.
        let is_typed = block.members().len() == 2 && block.get("type").is_some_and(Json::is_text);
        return if is_typed && block.get("text").is_some_and(Json::is_text) {
            let message = "`type` belongs to another API; a text is `{\"text\": …}`";
            report.mended(pointer.to_string(), message, Edit::Remove { pointer: format!("{pointer}/type") });
        } else {
            report.fault(pointer, "a block has one member: text, image or video");
        };
    };
    match (Kind::of(key), content) {
        (Kind::Text, Json::Text(_)) | (Kind::Document | Kind::Reasoning | Kind::ToolUse | Kind::ToolResult, _) => {}
        (Kind::Text, _) => report.fault(format_args!("{pointer}/text"), "a text is needed here"),
        (Kind::Image | Kind::Video, media) => check_media(media, key, pointer, report),
        (Kind::Other, _) => report.fault(pointer, format!("`{key}` is no kind of block")),
    }
}

fn check_media(media: &Json<'_>, key: &str, block: &impl Display, report: &mut Report<'_, '_>) {
    let kind = if key == "image" { "an image" } else { "a video" };
    if !media.get("format").is_some_and(Json::is_text) {
        report.fault(format_args!("{block}/{key}"), format!("{kind} needs `format`"));
    }
    if media.at(&["source", "bytes"]).is_some() {
        let message = "training records name files in S3; bytes are for inference";
        report.fault(format_args!("{block}/{key}/source/bytes"), message);
    } else if !media.at(&["source", "s3Location", "uri"]).is_some_and(Json::is_text) {
        report.fault(format_args!("{block}/{key}"), format!("{kind} needs `source.s3Location.uri`"));
    }
}

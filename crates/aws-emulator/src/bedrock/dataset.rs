//! A data set as the service reads it: JSONL in the schema `bedrock-conversation-2024`. It shares no rule with the
//! validator of nova-ft, so that neither can hide the other's mistakes.
//!
//! What stands before the colon of a refusal is AWS's (as observed, or from its troubleshooting page); the place and the
//! reason after it are the stand-in's own, for whoever learns here.

use std::io::{BufRead, Read as _};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::fault::Fault;
use super::foundation_models::{Nova, Sight};
use super::objects::Location;

/// A longer line is no record.
const LONGEST_LINE_BYTES: u64 = 10 * 1024 * 1024;
const MAX_IMAGES: usize = 10;
/// Words that may stand in no text (<https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html>).
const RESERVED_WORDS: [&str; 7] = ["User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]"];

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    system: Vec<SystemText>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct SystemText {
    text: String,
}

#[derive(Deserialize)]
struct Message {
    role: Role,
    content: Vec<Block>,
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
    Assistant,
}

/// A content block: an object with one member.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Block {
    Text(String),
    Image(Image),
    Video(IgnoredAny),
    Document(IgnoredAny),
    ReasoningContent(IgnoredAny),
    ToolUse(IgnoredAny),
    ToolResult(IgnoredAny),
}

#[derive(Deserialize)]
struct Image {
    format: ImageFormat,
    source: Source,
}

/// What `format` may say.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum ImageFormat {
    Png,
    Jpeg,
    Gif,
    Webp,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "s3Location")]
    s3_location: S3Location,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Location {
    uri: String,
    #[serde(default)]
    bucket_owner: Option<String>,
}

/// An image of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) format: ImageFormat,
    pub(super) location: Location,
}

/// A record, as far as training looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    /// From 1.
    pub(super) line: usize,
    pub(super) pictures: Vec<Picture>,
    /// What the model should answer: the text of the last message.
    pub(super) label: String,
    /// The first thing that is wrong with what the record says, though it has the right shape.
    pub(super) objection: Option<String>,
}

/// Reads a data set record by record.
pub(super) fn read(
    source: &Location,
    mut lines: impl BufRead,
    nova: Nova,
    mut take: impl FnMut(Sample) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let limit = LONGEST_LINE_BYTES + 1;
        let count = lines.by_ref().take(limit).read_until(b'\n', &mut line);
        if count.map_err(|error| Fault::internal(error.to_string()))? == 0 {
            break;
        }
        let sample = if line.len() as u64 > LONGEST_LINE_BYTES {
            Err("the line is longer than a record can be".to_owned())
        } else {
            sample_of(&line, number, source, nova)
        };
        take(sample.map_err(|reason| unparsable(source, number, &reason))?)?;
    }
    Ok(())
}

fn unparsable(source: &Location, line: usize, reason: &str) -> Fault {
    let Location { bucket, key } = source;
    Fault::validation(format!(
        "Unable to parse S3 file due to invalid data schema/format: s3://{bucket}/{key}, line {line}: {reason}"
    ))
}

fn sample_of(line: &[u8], number: usize, source: &Location, nova: Nova) -> Result<Sample, String> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Err("the line is blank. Data files must conform to JSONL format".to_owned());
    }
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("a record is a JSON object. Data files must conform to JSONL format".to_owned());
    }
    let record: Record = serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
        if error.is_data() { reason.to_owned() } else { format!("{reason}. Data files must conform to JSONL format") }
    })?;
    check_turns(&record)?;
    let mut pictures = Vec::new();
    for block in record.messages.iter().flat_map(|message| &message.content) {
        if let Block::Image(image) = block {
            pictures.push(picture_of(image)?);
        }
    }
    let label = record.messages.last().map(|message| texts(&message.content).collect::<String>()).unwrap_or_default();
    let objection = objection_to(&record, &pictures, source, nova);
    Ok(Sample { line: number, pictures, label, objection })
}

fn texts(content: &[Block]) -> impl Iterator<Item = &str> {
    content.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

/// The turns alternate, the user begins, the assistant ends, and each says something that is its to say.
fn check_turns(record: &Record) -> Result<(), String> {
    let turns = &record.messages;
    if turns.len() < 2 {
        return Err("a sample needs at least two messages".to_owned());
    }
    for (index, turn) in turns.iter().enumerate() {
        let expected = if index % 2 == 0 { Role::User } else { Role::Assistant };
        if turn.role != expected {
            return Err(format!("messages[{index}]: the roles must alternate, beginning with user"));
        }
        let only_text = turn.content.iter().all(|block| matches!(block, Block::Text(_)));
        if only_text && texts(&turn.content).all(str::is_empty) {
            return Err(format!("messages[{index}]: the content is empty"));
        }
        let is_media = |block: &Block| matches!(block, Block::Image(_) | Block::Video(_) | Block::Document(_));
        if turn.role == Role::Assistant && turn.content.iter().any(is_media) {
            return Err(format!("messages[{index}]: images, videos and documents belong into the turns of the user"));
        }
    }
    if turns.len() % 2 == 1 {
        return Err("the last message must be the assistant's".to_owned());
    }
    Ok(())
}

fn picture_of(image: &Image) -> Result<Picture, String> {
    let S3Location { uri, bucket_owner } = &image.source.s3_location;
    let location = Location::parse(uri).filter(|location| !location.key.is_empty());
    let location = location.ok_or_else(|| format!("`{uri}` is no S3 URI of an object"))?;
    if let Some(owner) = bucket_owner
        && !(owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(format!("bucketOwner `{owner}` is no account"));
    }
    Ok(Picture { format: image.format, location })
}

/// What the service finds only when it looks into the data.
fn objection_to(record: &Record, pictures: &[Picture], source: &Location, nova: Nova) -> Option<String> {
    let blocks = || record.messages.iter().flat_map(|message| &message.content);
    let system = record.system.iter().map(|system| system.text.as_str());
    let said = record.messages.iter().flat_map(|message| texts(&message.content));
    let reserved = system.chain(said).find_map(|text| RESERVED_WORDS.iter().find(|word| text.contains(**word)));
    if let Some(word) = reserved {
        return Some(format!("the text contains the reserved word `{word}`"));
    }
    let has_video = blocks().any(|block| matches!(block, Block::Video(_)));
    if has_video && !pictures.is_empty() {
        return Some("a data set has images or videos, not both".to_owned());
    }
    if has_video {
        return Some("the local stand-in does not train on videos".to_owned());
    }
    if blocks().any(|block| matches!(block, Block::Document(_) | Block::ToolUse(_) | Block::ToolResult(_))) {
        return Some("documents and tools are not supported for this model".to_owned());
    }
    let reasons = blocks().any(|block| matches!(block, Block::ReasoningContent(_)));
    if reasons && (nova.takes_validation_data() || !pictures.is_empty()) {
        return Some("reasoning is supported for text on Nova 2 alone".to_owned());
    }
    if nova.sees == Sight::Text && !pictures.is_empty() {
        return Some("images are not supported for this model".to_owned());
    }
    if pictures.len() > MAX_IMAGES {
        return Some(format!("{} images are more than the {MAX_IMAGES} of a sample", pictures.len()));
    }
    let elsewhere = pictures.iter().find(|picture| picture.location.bucket != source.bucket);
    if let Some(picture) = elsewhere {
        return Some(format!(
            "the image s3://{}/{} is not in the bucket of the data set",
            picture.location.bucket, picture.location.key
        ));
    }
    let is_webp = |picture: &Picture| picture.format == ImageFormat::Webp;
    if !nova.takes_validation_data() && pictures.iter().any(is_webp) {
        return Some("webp is not supported for this model".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bedrock::foundation_models::NOVAS;

    const GOOD: &str = r#"{"schemaVersion":"bedrock-conversation-2024","system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"q"},{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://b/i.jpg","bucketOwner":"000000000000"}}}}]},{"role":"assistant","content":[{"text":"甲公司"}]}]}"#;

    fn location() -> Location {
        Location { bucket: "b".to_owned(), key: "t.jsonl".to_owned() }
    }

    fn samples_of(text: &str, nova: Nova) -> Result<Vec<Sample>, String> {
        let mut samples = Vec::new();
        let take = |sample| {
            samples.push(sample);
            Ok(())
        };
        read(&location(), text.as_bytes(), nova, take).map_err(|fault| fault.message)?;
        Ok(samples)
    }

    fn lite() -> Nova {
        Nova::of_tuning_id("amazon.nova-lite-v1:0:300k").unwrap()
    }

    #[test]
    fn a_good_record_gives_its_picture_and_its_label() {
        let samples = samples_of(&format!("{GOOD}\n{GOOD}"), lite()).unwrap();
        let picture = Location { bucket: "b".to_owned(), key: "i.jpg".to_owned() };
        assert_eq!(samples.len(), 2);
        let sample = &samples[1];
        assert_eq!((sample.line, sample.label.as_str(), sample.objection.as_ref()), (2, "甲公司", None));
        assert_eq!(sample.pictures, [Picture { format: ImageFormat::Jpeg, location: picture }]);
    }

    #[test]
    fn what_has_not_the_shape_of_a_record_is_refused_with_its_line() {
        let cases = [
            ("", "the line is blank"),
            ("{", "EOF while parsing"),
            ("{\"messages\":[],}", "must conform to JSONL format"),
            ("[[],[]]", "a record is a JSON object"),
            ("\u{feff}{}", "a record is a JSON object"),
            ("{\"prompt\":\"p\",\"completion\":\"c\"}", "missing field `messages`"),
            (&GOOD.replace("\"jpeg\"", "\"jpg\""), "unknown variant `jpg`"),
            (&GOOD.replace("s3://b/i.jpg", "b/i.jpg"), "`b/i.jpg` is no S3 URI"),
            (&GOOD.replace("s3://b/i.jpg", "s3://b"), "`s3://b` is no S3 URI"),
            (&GOOD.replace("000000000000", "12"), "bucketOwner `12`"),
            (&GOOD.replace("\"user\"", "\"assistant\""), "messages[0]: the roles must alternate"),
            (&GOOD.replace("\"assistant\"", "\"system\""), "unknown variant `system`"),
            (&GOOD.replace("甲公司", ""), "messages[1]: the content is empty"),
            (
                &GOOD.replace(
                    "{\"text\":\"甲公司\"}",
                    "{\"image\":{\"format\":\"png\",\"source\":{\"s3Location\":{\"uri\":\"s3://b/i\"}}}}",
                ),
                "belong into the turns of the user",
            ),
            (r#"{"messages":[{"role":"user","content":[{"text":"q"}]}]}"#, "at least two messages"),
            (
                r#"{"messages":[{"role":"user","content":[{"text":"q"}]},{"role":"assistant","content":[{"text":"a"}]},{"role":"user","content":[{"text":"q"}]}]}"#,
                "the last message must be the assistant's",
            ),
        ];
        for (bad, reason) in cases {
            let message = samples_of(&format!("{GOOD}\n{bad}\n"), lite()).unwrap_err();
            let start = "Unable to parse S3 file due to invalid data schema/format: s3://b/t.jsonl, line 2: ";
            assert!(message.starts_with(start) && message.contains(reason), "{bad}: {message}");
        }
        let long = format!("{{\"messages\":\"{}\"}}", "x".repeat(11 << 20));
        assert!(samples_of(&long, lite()).unwrap_err().contains("longer than a record can be"));
    }

    #[test]
    fn what_a_model_does_not_take_is_an_objection_to_the_record() {
        let objection =
            |text: &str, nova: Nova| samples_of(text, nova).unwrap()[0].objection.clone().unwrap_or_default();
        let (micro, two) = (NOVAS[0], NOVAS[3]);
        assert_eq!(objection(GOOD, two), "");
        assert!(objection(GOOD, micro).contains("images are not supported"));
        for word in RESERVED_WORDS {
            for place in ["\"s\"", "\"q\"", "\"甲公司\""] {
                let text = GOOD.replace(place, &format!("\"a {word} b\""));
                assert!(objection(&text, lite()).contains(&format!("reserved word `{word}`")), "{text}");
            }
        }
        assert!(objection(&GOOD.replace("s3://b/", "s3://other/"), lite()).contains("not in the bucket"));
        assert_eq!(objection(&GOOD.replace("\"jpeg\"", "\"webp\""), lite()), "");
        assert!(objection(&GOOD.replace("\"jpeg\"", "\"webp\""), two).contains("webp"));
        let reasons = GOOD.replace("[{\"text\":\"甲公司\"}]", "[{\"reasoningContent\":{}},{\"text\":\"a\"}]");
        assert!(objection(&reasons, lite()).contains("reasoning"));
        let image = &GOOD[GOOD.find("{\"image\"").unwrap()..GOOD.find("]},{\"role\":\"assistant\"").unwrap()];
        let many = GOOD.replace(image, &[image; 11].join(","));
        assert!(objection(&many, lite()).contains("11 images"));
        let video = GOOD.replace("{\"text\":\"q\"}", "{\"video\":{}}");
        assert!(objection(&video, lite()).contains("not both"));
    }
}

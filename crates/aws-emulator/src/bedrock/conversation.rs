//! What a model is asked: the messages of Converse, and those of Nova's own format, which are nearly the same.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::fault::Fault;
use super::request::{Dialect, Faults, Path, Rule, integer, list, malformed, member, number, object, text};
use invoice_ocr::images::Format;

/// The pattern of the service model for S3 URIs of the runtime.
const S3_URI: &str = r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?";
/// Output tokens that can be asked for (AWS refuses more for Nova 1).
const MOST_TOKENS: i64 = 10_000;
/// Images of a message (API reference, Message).
const MOST_IMAGES: usize = 20;
/// Bytes of all images in a request, as they are sent: in base64 (Nova's user guide, modalities).
const MOST_INLINE_BYTES: usize = 25 * 1024 * 1024;
const FORMATS: &[&str] = &["png", "jpeg", "gif", "webp"];
const ROLES: &[&str] = &["user", "assistant"];
/// The kinds of content blocks that Converse knows.
const KINDS: [&str; 12] = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
];
/// The members of a request in Nova's own format.
const NATIVE: [&str; 6] = ["schemaVersion", "messages", "system", "inferenceConfig", "toolConfig", "reasoningConfig"];

/// An image of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// What the request says it is.
    pub(super) format: Format,
    pub(super) source: Source,
    /// Its block, `messages.0.content.1`.
    pub(super) at: String,
}

/// Where an image comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Bytes(Vec<u8>),
    S3 { uri: String, bucket_owner: Option<String> },
}

/// A request, found right.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Conversation {
    /// All texts, those of the system too.
    pub(super) texts: Vec<String>,
    /// The images of each turn of the user, in their order.
    pub(super) images: Vec<Vec<Image>>,
    pub(super) most_tokens: Option<u64>,
    pub(super) stop_sequences: Vec<String>,
}

impl Conversation {
    /// Reads a request.
    ///
    /// # Errors
    /// What AWS would say against it.
    pub(super) fn parse(body: &Value, dialect: Dialect) -> Result<Self, Fault> {
        let root = Path::default();
        let members = object(&root, body)?;
        let mut parser = Parser { faults: Faults::new(dialect), found: Self::default(), roles: Vec::new(), inline: 0 };
        if dialect == Dialect::Invoke {
            check_native(members)?;
        }
        parser.system(members, &root.key("system"))?;
        parser.messages(members, &root.key("messages"))?;
        parser.config(members, &root.key("inferenceConfig"))?;
        if member(members, "toolConfig").is_some() {
            return Err(Fault::validation("This model doesn't support tool use."));
        }
        if member(members, "guardrailConfig").is_some() {
            let text = "The guardrail identifier or version provided in the request does not exist.";
            return Err(Fault::validation(text));
        }
        parser.finish()
    }
}

struct Parser {
    faults: Faults,
    found: Conversation,
    roles: Vec<&'static str>,
    /// Bytes of images in the request.
    inline: usize,
}

impl Parser {
    fn system(&mut self, members: &Map<String, Value>, path: &Path) -> Result<(), Fault> {
        let Some(system) = member(members, "system") else { return Ok(()) };
        for (index, block) in list(path, system)?.iter().enumerate() {
            let path = path.index(index);
            let block = object(&path, block)?;
            let Some(said) = member(block, "text") else {
                if block.len() == 1 && block.contains_key("cachePoint") {
                    continue;
                }
                return Err(unclear("SystemContentBlock", &path, &["text", "cachePoint"]));
            };
            let path = path.key("text");
            let said = text(&path, said)?;
            if said.is_empty() {
                self.faults.note("", &path, Rule::NotEmpty);
            }
            self.found.texts.push(said.to_owned());
        }
        Ok(())
    }

    fn messages(&mut self, members: &Map<String, Value>, path: &Path) -> Result<(), Fault> {
        let Some(messages) = member(members, "messages") else {
            if self.faults.dialect == Dialect::Invoke {
                self.faults.note("", path, Rule::NotNull);
            }
            return Ok(());
        };
        for (index, message) in list(path, messages)?.iter().enumerate() {
            let path = path.index(index);
            let message = object(&path, message)?;
            let role = match member(message, "role").map(|role| text(&path.key("role"), role)).transpose()? {
                None => {
                    self.faults.note("", &path.key("role"), Rule::NotNull);
                    "user"
                }
                Some(role) => ROLES.iter().find(|known| **known == role).copied().unwrap_or_else(|| {
                    self.faults.note(role, &path.key("role"), Rule::OneOf(ROLES));
                    "user"
                }),
            };
            self.roles.push(role);
            self.content(message, role, &path)?;
        }
        Ok(())
    }

    fn content(&mut self, message: &Map<String, Value>, role: &str, path: &Path) -> Result<(), Fault> {
        let Some(content) = member(message, "content") else {
            self.faults.note("", &path.key("content"), Rule::NotNull);
            return Ok(());
        };
        let blocks = list(&path.key("content"), content)?;
        if blocks.is_empty() {
            return Err(Fault::validation(format!(
                "The content field in the Message object at {} is empty. Add a ContentBlock object to the content field \
                 and try again.",
                path.dotted()
            )));
        }
        let mut images = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let path = path.key("content").index(index);
            let members = object(&path, block)?;
            let mut set = members.iter().filter(|(_, value)| !value.is_null());
            let (Some((kind, block)), None) = (set.next(), set.next()) else {
                return Err(unclear("ContentBlock", &path, &KINDS));
            };
            match kind.as_str() {
                "text" => self.text(block, &path)?,
                "image" if role == "user" => images.extend(self.image(block, &path)?),
                // Nothing is cached here, so nothing is to be marked.
                "cachePoint" => {}
                kind if KINDS.contains(&kind) => {
                    return Err(Fault::validation(format!(
                        "This model doesn't support the {kind} content block that you provided. Update the content block \
                         and try again."
                    )));
                }
                _ => return Err(unclear("ContentBlock", &path, &KINDS)),
            }
        }
        if images.len() > MOST_IMAGES {
            return Err(Fault::validation(format!(
                "too many images in the Message object at {}: {} > {MOST_IMAGES}",
                path.dotted(),
                images.len()
            )));
        }
        if role == "user" {
            self.found.images.push(images);
        }
        Ok(())
    }

    fn text(&mut self, block: &Value, path: &Path) -> Result<(), Fault> {
        let said = text(&path.key("text"), block)?;
        if said.trim().is_empty() {
            return Err(Fault::validation(format!(
                "The text field in the ContentBlock object at {} is blank. Add text to the text field, and try again.",
                path.dotted()
            )));
        }
        self.found.texts.push(said.to_owned());
        Ok(())
    }

    /// An image block; `None` where something was noted against it.
    fn image(&mut self, block: &Value, path: &Path) -> Result<Option<Image>, Fault> {
        let at = path.dotted();
        let path = path.key("image");
        let members = object(&path, block)?;
        let format = match member(members, "format") {
            None => {
                self.faults.note("", &path.key("format"), Rule::NotNull);
                None
            }
            Some(format) => {
                let format = text(&path.key("format"), format)?;
                if !FORMATS.contains(&format) {
                    // Converse keeps to itself what stands in an image; a schema doesn't.
                    let shown = if self.faults.dialect == Dialect::Invoke { format } else { "" };
                    self.faults.note(shown, &path.key("format"), Rule::OneOf(FORMATS));
                }
                FORMATS.contains(&format).then(|| Format::of_extension(format)).flatten()
            }
        };
        let path = path.key("source");
        let Some(source) = member(members, "source") else {
            self.faults.note("", &path, Rule::NotNull);
            return Ok(None);
        };
        let source = object(&path, source)?;
        let source = match (member(source, "bytes"), member(source, "s3Location")) {
            (Some(bytes), None) => self.bytes(bytes, &path.key("bytes"))?,
            (None, Some(location)) => self.s3(location, &path.key("s3Location"))?,
            _ => return Err(unclear("ImageSource", &path, &["bytes", "s3Location"])),
        };
        Ok(format.zip(source).map(|(format, source)| Image { format, source, at }))
    }

    fn bytes(&mut self, bytes: &Value, path: &Path) -> Result<Option<Source>, Fault> {
        let encoded = text(path, bytes)?;
        self.inline += encoded.len();
        if self.inline > MOST_INLINE_BYTES {
            return Err(Fault::validation(format!(
                "The images in the request are larger than {} MB in base64. Put them into S3 and use s3Location.",
                MOST_INLINE_BYTES / (1024 * 1024)
            )));
        }
        if encoded.is_empty() {
            self.faults.note("", path, Rule::NotEmpty);
            return Ok(None);
        }
        let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| malformed(path, "this is not base64"))?;
        Ok(Some(Source::Bytes(decoded)))
    }

    fn s3(&mut self, location: &Value, path: &Path) -> Result<Option<Source>, Fault> {
        let members = object(path, location)?;
        let Some(uri) = member(members, "uri") else {
            self.faults.note("", &path.key("uri"), Rule::NotNull);
            return Ok(None);
        };
        let uri = text(&path.key("uri"), uri)?;
        if !is_s3_uri(uri) {
            self.faults.note("", &path.key("uri"), Rule::Pattern(S3_URI));
        }
        let path = path.key("bucketOwner");
        let owner = member(members, "bucketOwner").map(|owner| text(&path, owner)).transpose()?;
        if owner.is_some_and(|owner| owner.len() != 12 || !owner.bytes().all(|byte| byte.is_ascii_digit())) {
            self.faults.note("", &path, Rule::Pattern("[0-9]{12}"));
        }
        Ok(Some(Source::S3 { uri: uri.to_owned(), bucket_owner: owner.map(str::to_owned) }))
    }

    fn config(&mut self, members: &Map<String, Value>, path: &Path) -> Result<(), Fault> {
        let Some(config) = member(members, "inferenceConfig") else { return Ok(()) };
        let config = object(path, config)?;
        // Nova's own format came with names of its own.
        let is_native = self.faults.dialect == Dialect::Invoke;
        let named = |name: &'static str, native: &'static str| {
            let native = member(config, native).filter(|_| is_native).map(|value| (native, value));
            member(config, name).map(|value| (name, value)).or(native)
        };
        if let Some((name, value)) = named("maxTokens", "max_new_tokens") {
            let path = path.key(name);
            let most = integer(&path, value)?;
            if most < 1 {
                self.faults.note(most.to_string(), &path, Rule::AtLeast(1.0));
            } else if most > MOST_TOKENS {
                return Err(Fault::validation(format!(
                    "The maximum tokens you requested exceeds the model limit of {MOST_TOKENS}. Try again with a maximum \
                     tokens value that is lower than {MOST_TOKENS}."
                )));
            }
            self.found.most_tokens = u64::try_from(most).ok();
        }
        for (name, native) in [("temperature", "temperature"), ("topP", "top_p")] {
            let Some((name, value)) = named(name, native) else { continue };
            let path = path.key(name);
            let value = number(&path, value)?;
            if value < 0.0 {
                self.faults.note(value.to_string(), &path, Rule::AtLeast(0.0));
            } else if value > 1.0 {
                self.faults.note(value.to_string(), &path, Rule::AtMost(1.0));
            }
        }
        let path = path.key("stopSequences");
        let Some(sequences) = member(config, "stopSequences") else { return Ok(()) };
        for (index, sequence) in list(&path, sequences)?.iter().enumerate() {
            let path = path.index(index);
            let sequence = text(&path, sequence)?;
            if sequence.is_empty() {
                self.faults.note("", &path, Rule::NotEmpty);
            }
            self.found.stop_sequences.push(sequence.to_owned());
        }
        Ok(())
    }

    fn finish(self) -> Result<Conversation, Fault> {
        self.faults.finish()?;
        if self.roles.first() != Some(&"user") {
            let text = "A conversation must start with a user message. Try again with a conversation that starts with a \
                        user message.";
            return Err(Fault::validation(text));
        }
        if self.roles.windows(2).any(|pair| pair[0] == pair[1]) {
            let text = "A conversation must alternate between user and assistant roles. Make sure the conversation \
                        alternates between user and assistant roles and try again.";
            return Err(Fault::validation(text));
        }
        Ok(self.found)
    }
}

/// What only Nova's own format has.
fn check_native(members: &Map<String, Value>) -> Result<(), Fault> {
    let root = Path::default();
    if let Some(extra) = members.keys().find(|key| !NATIVE.contains(&key.as_str())) {
        return Err(malformed(&root, &format!("extraneous key [{extra}] is not permitted")));
    }
    let Some(version) = member(members, "schemaVersion") else { return Ok(()) };
    let path = root.key("schemaVersion");
    match text(&path, version)? {
        "messages-v1" => Ok(()),
        other => Err(malformed(&path, &format!("{other} is not a valid enum value"))),
    }
}

/// A union that says nothing, several things, or something unknown.
fn unclear(what: &str, path: &Path, kinds: &[&str]) -> Fault {
    let at = path.dotted();
    Fault::validation(format!("The {what} object at {at} must set one of the following keys: {}.", kinds.join(", ")))
}

/// Whether a text is what [`S3_URI`] says, and no longer than 1,024 bytes.
fn is_s3_uri(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("s3://").filter(|_| uri.len() <= 1_024) else { return false };
    let bucket = rest.split('/').next().unwrap_or_default();
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|byte| is_end(Some(byte)) || matches!(byte, b'.' | b'-'))
        && is_end(bucket.bytes().next())
        && is_end(bucket.bytes().next_back())
}

#[cfg(test)]
mod tests;

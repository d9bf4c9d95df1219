use std::fmt::Display;

use crate::dataset::json::{Json, pointer_part};
use crate::findings::{Edit, Finding};
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a member that the schema does not have: beside `schemaVersion`, `system` and `messages`, in a turn, an image or its
    /// location, in reasoning.
    ///
    /// ## Why is this bad?
    /// AWS's newer validator refuses such records, its sample validator does not look; what Bedrock does is not documented. The
    /// safe reading counts.
    ///
    /// ## Example
    /// ```json
    /// {"id": 7, "schemaVersion": "bedrock-conversation-2024", "messages": []}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion": "bedrock-conversation-2024", "messages": []}
    /// ```
    ///
    /// ## Fix
    /// `--unsafe-fixes` leaves the member out; keep what it says elsewhere. One that is a miswritten name of the schema (`Role`,
    /// `bucket_owner`) gets its right name, where that is missing.
    pub(crate) UNKNOWN_MEMBER = "CNV003", "unknown-member", Error, Record, fix Unsafe;
}

/// Records with members that nobody knows.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    // Looked up once: an object may have as many members as its author likes.
    let has_messages = record.value.get("messages").is_some();
    let mut check = |value: &Json<'_>, pointer: &dyn Display, known: &[&str]| {
        let absent: Vec<_> = known.iter().filter(|known| value.get(known).is_none()).collect();
        for (key, member) in value.members().iter().filter(|(key, _)| !known.contains(&key.as_ref())) {
            let own = format!("{pointer}/{}", pointer_part(key));
            let meant = absent.iter().find(|known| is_near(known, key));
            let remove = Edit::Remove { pointer: own.clone() };
            let (message, edits) = match meant {
                Some(meant) => {
                    let set = Edit::Set { pointer: format!("{pointer}/{meant}"), value: member.to_value() };
                    (format!("`{key}` is written `{meant}`"), vec![set, remove])
                }
                None => (format!("`{key}` is no member of the schema here: it has {}", known.join(", ")), vec![remove]),
            };
            // Another rule says that a record of another schema is one.
            if meant.is_some() || has_messages {
                findings.push(record.finding(&UNKNOWN_MEMBER, &own, message).with_fix(edits));
            }
        }
    };
    check(record.value, &"", &["schemaVersion", "system", "messages"]);
    for (i, message) in record.messages().iter().enumerate() {
        check(message, &format_args!("/messages/{i}"), &["role", "content"]);
    }
    for block in record.blocks().iter().filter(|block| block.kind == Kind::Reasoning) {
        // Of another shape another rule says so.
        let Some(text) = block.content.get("reasoningText").filter(|text| text.get("text").is_some()) else { continue };
        let pointer = block.pointer.to_string();
        let inner = pointer.trim_end_matches("/text");
        check(text, &inner, &["text"]);
        check(block.content, &inner.trim_end_matches("/reasoningText"), &["reasoningText"]);
    }
    for at in record.media() {
        let (pointer, media) = (at.pointer, at.media);
        let of_media: &[&str] =
            if at.kind == Kind::Document { &["format", "name", "source"] } else { &["format", "source"] };
        check(media, &pointer, of_media);
        if let Some(source) = media.get("source") {
            // Bytes are another rule's.
            check(source, &format_args!("{pointer}/source"), &["s3Location", "bytes"]);
        }
        if let Some(location) = at.location() {
            check(location, &format_args!("{pointer}/source/s3Location"), &["uri", "bucketOwner"]);
        }
    }
}

/// Whether a key is a name but for case, underscores, hyphens, spaces and a plural.
pub(super) fn is_near(name: &str, key: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|letter| !matches!(letter, '_' | '-' | ' '));
        letters.flat_map(char::to_lowercase).collect()
    };
    let (name, key) = (letters(name), letters(key));
    name.trim_end_matches('s') == key.trim_end_matches('s')
}

use std::fmt::Display;

use crate::finding::{Edit, Finding};
use crate::json::{Json, pointer_part};
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a member that the schema does not have: beside `schemaVersion`, `system` and `messages`, in a turn, an image or its
    /// location.
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
    /// `--unsafe-fixes` leaves the member out; keep what it says elsewhere.
    pub(crate) UNKNOWN_MEMBER = "CNV003", "unknown-member", Error, Record, fix Unsafe;
}

/// Records with members that nobody knows.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    // Another rule says that a record of another schema is one.
    if record.value.get("messages").is_none() {
        return;
    }
    let mut check = |value: &Json<'_>, pointer: &dyn Display, known: &[&str]| {
        for (key, _) in value.members() {
            if !known.contains(&key.as_ref()) {
                let pointer = format!("{pointer}/{}", pointer_part(key));
                let message = format!("`{key}` is no member of the schema here: it has {}", known.join(", "));
                let finding = record.finding(&UNKNOWN_MEMBER, &pointer, message);
                findings.push(finding.with_fix(vec![Edit::Remove { pointer }]));
            }
        }
    };
    check(record.value, &"", &["schemaVersion", "system", "messages"]);
    for (i, message) in record.messages().iter().enumerate() {
        check(message, &format_args!("/messages/{i}"), &["role", "content"]);
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

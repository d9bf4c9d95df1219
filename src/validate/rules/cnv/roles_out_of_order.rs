use crate::dataset::json::Json;
use crate::findings::Finding;
use crate::validate::record::RecordView;
use crate::validate::rules::Context;
use crate::wording::quoted;

crate::rule! {
    /// ## What it does
    /// Reports a conversation that does not go user, assistant, user, assistant …: one that begins with the assistant, has
    /// the same speaker twice in a row, ends with the user, has another role, or fewer than two turns.
    ///
    /// ## Why is this bad?
    /// The last turn is what the model learns to say; without it the record teaches nothing, and both AWS validators
    /// refuse it. The system prompt is a member of its own and no turn.
    ///
    /// ## Example
    /// ```json
    /// [{"role": "system", "content": []}, {"role": "user", "content": []}]
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"role": "user", "content": []}, {"role": "assistant", "content": []}]
    /// ```
    ///
    /// ## Fix
    /// By hand.
    pub(crate) ROLES_OUT_OF_ORDER = "CNV002", "roles-out-of-order", Error, Record, fix None;
}

/// Conversations whose speakers do not alternate.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    let Some(Json::List(messages)) = record.value.get("messages") else { return };
    let mut report =
        |pointer: &str, message: String| findings.push(record.finding(&ROLES_OUT_OF_ORDER, pointer, message));
    if messages.len() < 2 {
        let turns = if messages.is_empty() { "no turn" } else { "one turn" };
        report("/messages", format!("{turns}, where at least a question and an answer are needed"));
    }
    for (i, message) in messages.iter().enumerate() {
        let Some(role) = message.get("role").and_then(Json::as_str) else { continue };
        let expected = if i % 2 == 0 { "user" } else { "assistant" };
        if role == expected {
            continue;
        }
        let pointer = format!("/messages/{i}/role");
        match role {
            "system" => report(&pointer, "the system prompt is the member `system`, not a turn".to_owned()),
            "user" | "assistant" => report(&pointer, format!("`{role}` where the turn of `{expected}` is")),
            other => report(&pointer, format!("{} is no role: `{expected}` is needed here", quoted(other))),
        }
        // Everything after the first wrong turn is shifted; one finding says it.
        return;
    }
    if messages.len() % 2 == 1 && messages.len() > 1 {
        report(&format!("/messages/{}", messages.len() - 1), "the last turn is not the assistant's".to_owned());
    }
}

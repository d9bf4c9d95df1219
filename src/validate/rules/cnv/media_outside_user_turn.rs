use crate::findings::Finding;
use crate::validate::record::{RecordView, Speaker};
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports an image, video or document in the turn of the assistant or in the system prompt.
    ///
    /// ## Why is this bad?
    /// The model learns to answer with text; files belong to the question. AWS's sample validator refuses the record.
    ///
    /// ## Example
    /// ```json
    /// {"role": "assistant", "content": [{"image": {}}]}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"role": "user", "content": [{"image": {}}]}
    /// ```
    ///
    /// ## Fix
    /// By hand: whether the block or the role is in the wrong place, nobody but you knows.
    pub(crate) MEDIA_OUTSIDE_USER_TURN = "CNV004", "media-outside-user-turn", Error, Record, fix None;
}

/// Records with files in the wrong turn.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    for block in record.blocks().iter().filter(|block| block.kind.is_media()) {
        let whose = match block.speaker {
            Speaker::User | Speaker::Unknown => continue,
            Speaker::Assistant => "the assistant's turn",
            Speaker::System => "the system prompt",
        };
        let message = format!("{} in {whose}: only the user's turns hold files", block.kind.noun());
        findings.push(record.finding(&MEDIA_OUTSIDE_USER_TURN, block.pointer, message));
    }
}

use crate::findings::Finding;
use crate::validate::Model;
use crate::validate::record::{Kind, RecordView};
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a block that the model cannot be trained on: anything but text for Nova Micro, documents and reasoning for Nova
    /// Lite and Pro, calls of tools for any.
    ///
    /// ## Why is this bad?
    /// Bedrock refuses the data set. Where pages and validators disagree, the safe reading counts: of tools one page of Nova 2
    /// says that they are supported and another that they are not; of documents for Nova 1 one validator says yes and another no.
    ///
    /// ## Example
    /// A data set with photos and `--model micro`.
    ///
    /// ## Use instead
    /// Nova Lite or Pro for images.
    ///
    /// ## Fix
    /// By hand: choose another model, or leave the block out.
    pub(crate) BLOCK_NOT_FOR_MODEL = "CNV005", "block-not-for-model", Error, Record, fix None;
}

/// Blocks that the model does not take.
pub(crate) fn check(record: &RecordView<'_>, context: Context<'_>, findings: &mut Vec<Finding>) {
    for block in record.blocks() {
        let is_taken = match (block.kind, context.model) {
            // Of what is no block another rule says so.
            (Kind::Text | Kind::Other, _) => true,
            (Kind::Image | Kind::Video, model) => model != Model::Micro,
            (Kind::Document | Kind::Reasoning, model) => model == Model::Lite2,
            (Kind::ToolUse | Kind::ToolResult, _) => false,
        };
        if !is_taken {
            let message = format!("{} cannot be trained on {}", context.model.title(), block.kind.noun());
            findings.push(record.finding(&BLOCK_NOT_FOR_MODEL, block.pointer, message));
        }
    }
}

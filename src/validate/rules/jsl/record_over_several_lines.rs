use crate::finding::{Edit, Finding};
use crate::validate::record::RecordView;
use crate::validate::rules::Context;

crate::rule! {
    /// ## What it does
    /// Reports a record that takes more than one line: pretty-printed JSON.
    ///
    /// ## Why is this bad?
    /// JSONL has one record a line. Bedrock parses each line by itself and refuses the file at the first one.
    ///
    /// ## Example
    /// ```json
    /// {
    ///   "schemaVersion": "bedrock-conversation-2024"
    /// }
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"schemaVersion":"bedrock-conversation-2024"}
    /// ```
    ///
    /// ## Fix
    /// Safe: the same JSON is written on one line.
    pub(crate) RECORD_OVER_SEVERAL_LINES = "JSL002", "record-over-several-lines", Error, Record, fix Safe;
}

/// Records of more than one line.
pub(crate) fn check(record: &RecordView<'_>, _: Context<'_>, findings: &mut Vec<Finding>) {
    if record.line_count > 1 {
        let message = format!("the record takes {} lines; JSONL has one a line", record.line_count);
        findings.push(record.finding(&RECORD_OVER_SEVERAL_LINES, "", message).with_fix(vec![Edit::OneLine]));
    }
}

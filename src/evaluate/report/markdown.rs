use std::fmt::Write as _;

use super::super::compare::Change;
use super::{Evaluation, STAND_IN_NOTE, comparison_line, rows, shown};
use crate::findings::render::{MarkdownFrame, code_span};
use crate::wording::shortened;

/// After so many bytes no answer is listed any more: a comment on GitHub holds 65,536.
const ROOM: usize = 48 * 1024;
/// Most characters of a name.
const LONGEST: usize = 80;

/// An evaluation as Markdown, to be pasted into a pull request. What comes from data or models stands in code spans, where
/// nothing is markup.
pub fn render_evaluation_markdown(evaluation: &Evaluation) -> String {
    // A bar ends the cell even inside a code span.
    let cell = |text: &str| code_span(&shortened(text, LONGEST)).replace('|', "\\|");
    let mut out = format!("{}\n# Report of `nova-ft evaluate`\n\n", MarkdownFrame::EVALUATE.first_line());
    let _ = writeln!(out, "**{}**\n", evaluation.verdict());
    let _ = writeln!(out, "- records: {}", code_span(&evaluation.data.display().to_string()));
    let _ = writeln!(out, "- base: {}", code_span(&evaluation.base.model));
    let _ = writeln!(out, "- tuned: {}\n", code_span(&evaluation.tuned.model));
    out.push_str("| | base | tuned |\n|---|---:|---:|\n");
    for row in rows(evaluation) {
        let _ = writeln!(out, "| {} | {} | {} |", row.name.trim(), row.base, row.tuned);
    }
    let _ = writeln!(out, "\n{}", comparison_line(evaluation));
    if evaluation.is_local {
        let _ = writeln!(out, "\n> {STAND_IN_NOTE}");
    }
    let wrong: Vec<_> =
        evaluation.worst_first().into_iter().filter(|at| evaluation.change(*at) <= Change::BothWrong).collect();
    if !wrong.is_empty() {
        out.push_str("\n| photo | verdict | label | base | tuned |\n|---|---|---|---|---|\n");
    }
    for (listed, at) in wrong.iter().enumerate() {
        if out.len() > ROOM {
            let _ = writeln!(out, "\n… and {} more.", wrong.len() - listed);
            break;
        }
        let case = &evaluation.cases[*at];
        let (base, tuned) = (shown(&evaluation.base.answers[*at]), shown(&evaluation.tuned.answers[*at]));
        let (image, label, base, tuned) = (cell(&case.image), cell(&case.label), cell(&base), cell(&tuned));
        let _ = writeln!(out, "| {image} | {} | {label} | {base} | {tuned} |", evaluation.change(*at).words());
    }
    let _ = writeln!(out, "\n{}", MarkdownFrame::LAST_LINE);
    out
}

use std::fmt::Write as _;

use super::super::compare::Change;
use super::{Evaluation, STAND_IN_NOTE, comparison_line, rows, shown};
use crate::findings::render::EVALUATION_END;
use crate::wording::{shortened, visible};

/// Errors that are listed.
const MOST: usize = 50;
/// Most characters of an answer.
const LONGEST: usize = 60;

/// An evaluation as text: the figures of both models, what changed, the answers that are wrong.
pub fn render_evaluation_text(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    let name = |text: &str| visible(&shortened(text, LONGEST));
    let _ = writeln!(out, "base   {}", visible(&evaluation.base.model));
    let _ = writeln!(out, "tuned  {}\n", visible(&evaluation.tuned.model));
    let _ = writeln!(out, "{:<26}{:<22}tuned", "", "base");
    for row in rows(evaluation) {
        let _ = writeln!(out, "{:<26}{:<22}{}", row.name, row.base, row.tuned);
    }
    let _ = writeln!(out, "\n{}", comparison_line(evaluation));
    let wrong: Vec<_> =
        evaluation.worst_first().into_iter().filter(|at| evaluation.change(*at) <= Change::BothWrong).collect();
    if !wrong.is_empty() {
        out.push('\n');
    }
    for at in wrong.iter().take(MOST) {
        let case = &evaluation.cases[*at];
        let _ = writeln!(
            out,
            "{} {}: {} is {}; base said {}",
            evaluation.change(*at).words(),
            name(&case.image),
            name(&shown(&evaluation.tuned.answers[*at])),
            name(&case.label),
            name(&shown(&evaluation.base.answers[*at])),
        );
    }
    if let more @ 1.. = wrong.len().saturating_sub(MOST) {
        let _ = writeln!(out, "… and {more} more; --report-file holds them all");
    }
    if evaluation.is_local {
        let _ = writeln!(out, "\n{STAND_IN_NOTE}");
    }
    let _ = writeln!(out, "\n{EVALUATION_END}{}", evaluation.verdict());
    out
}

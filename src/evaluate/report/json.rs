use serde::Serialize;

use super::super::compare::{Change, Comparison};
use super::super::score::Score;
use super::Evaluation;
use crate::aws::inference::Answer;

/// One question as a line of `--json`.
#[derive(Debug, Serialize)]
struct AnswerEvent<'a> {
    event: &'static str,
    line: u64,
    image: &'a str,
    sheet: &'a str,
    label: &'a str,
    base: Option<&'a str>,
    tuned: Option<&'a str>,
    failures: Vec<&'a str>,
    change: Change,
    seen: Option<bool>,
    buyer: Option<&'a str>,
}

/// The figures as a line of `--json`.
#[derive(Debug, Serialize)]
struct EvaluationEvent<'a> {
    event: &'static str,
    data: String,
    base_model: &'a str,
    tuned_model: &'a str,
    base: &'a Score,
    tuned: &'a Score,
    comparison: &'a Comparison,
    is_enough: bool,
    verdict: String,
    stand_in: bool,
}

/// An evaluation as JSON, an object a line: the answers, the worst first, then the figures.
pub fn render_evaluation_json(evaluation: &Evaluation) -> String {
    let answer = |at: usize| {
        let (case, base, tuned) = (&evaluation.cases[at], &evaluation.base.answers[at], &evaluation.tuned.answers[at]);
        let event = AnswerEvent {
            event: "answer",
            line: case.line,
            image: &case.image,
            sheet: &case.sheet,
            label: &case.label,
            base: base.text(),
            tuned: tuned.text(),
            failures: [base, tuned]
                .into_iter()
                .filter_map(|answer| match answer {
                    Answer::Failed(why) => Some(why.as_str()),
                    Answer::Unasked => Some("not asked"),
                    Answer::Given { .. } => None,
                })
                .collect(),
            change: evaluation.change(at),
            seen: case.seen,
            buyer: evaluation.sights[at].as_ref().and_then(|sight| sight.buyer.as_deref()),
        };
        serde_json::to_string(&event)
    };
    let figures = EvaluationEvent {
        event: "evaluation",
        data: evaluation.data.display().to_string(),
        base_model: &evaluation.base.model,
        tuned_model: &evaluation.tuned.model,
        base: &evaluation.base_score,
        tuned: &evaluation.tuned_score,
        comparison: &evaluation.comparison,
        is_enough: evaluation.tuned_score.is_enough(),
        verdict: evaluation.verdict(),
        stand_in: evaluation.is_local,
    };
    let lines = evaluation.worst_first().into_iter().map(answer).chain([serde_json::to_string(&figures)]);
    // Texts and numbers always have a form in JSON.
    lines.filter_map(Result::ok).fold(String::new(), |out, line| out + &line + "\n")
}

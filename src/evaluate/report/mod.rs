//! An evaluation, and its forms: text, JSON, Markdown, a page.

mod html;
mod json;
mod markdown;
mod text;

use std::path::PathBuf;

use super::cases::{Case, Cases};
use super::compare::{Change, Comparison, compare};
use super::score::{ENOUGH_SHEETS, Score, score};
use super::sights::{Sight, Sights};
use crate::aws::inference::Answer;
use crate::wording::counted;

pub use html::render_evaluation_html;
pub use json::render_evaluation_json;
pub use markdown::render_evaluation_markdown;
pub use text::render_evaluation_text;

/// What a gain with the local backend means.
pub const STAND_IN_NOTE: &str = "local stand-in; its gain says nothing about Nova. The stand-in is a small ranker of the lines that \
     a reader finds on the photo. That it learns shows that records, labels and photos fit together and that every step of the \
     way works; how well Nova reads these invoices only a job on AWS can show.";

/// The answers of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its id or ARN.
    pub model: String,
    /// In the order of the questions.
    pub answers: Vec<Answer>,
}

/// Base against tuned.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The records.
    pub data: PathBuf,
    /// The questions.
    pub cases: Vec<Case>,
    /// What is known of their photos.
    pub sights: Vec<Option<Sight>>,
    /// The model before tuning.
    pub base: Asked,
    /// The tuned one.
    pub tuned: Asked,
    /// Its figures.
    pub base_score: Score,
    /// Its figures.
    pub tuned_score: Score,
    /// The two side by side.
    pub comparison: Comparison,
    /// Whether the stand-in answered.
    pub is_local: bool,
}

impl Evaluation {
    /// Scores and compares the answers of two models.
    pub fn of(cases: Cases, base: Asked, tuned: Asked, is_local: bool, sights: &dyn Sights) -> Self {
        let Cases { data, cases } = cases;
        let sights: Vec<_> = cases.iter().map(|case| case.file.as_deref().and_then(|file| sights.look(file))).collect();
        let buyers: Vec<_> = sights.iter().map(|sight| sight.as_ref().and_then(|sight| sight.buyer.clone())).collect();
        Self {
            base_score: score(&cases, &base.answers, &buyers),
            tuned_score: score(&cases, &tuned.answers, &buyers),
            comparison: compare(&cases, &base.answers, &tuned.answers),
            data,
            cases,
            sights,
            base,
            tuned,
            is_local,
        }
    }

    /// What the figures come to, as a sentence.
    pub fn verdict(&self) -> String {
        let (base, tuned) = (self.base_score.exact_sheets, self.tuned_score.exact_sheets);
        let sheets = counted(self.tuned_score.sheets, "sheet");
        let figures = format!("exact by sheet {base:.2} before tuning, {tuned:.2} after, on {sheets} held out");
        if !self.tuned_score.is_enough() {
            return format!("too few to conclude: {figures}, and {ENOUGH_SHEETS} are needed");
        }
        match self.comparison.interval {
            Some(interval) if interval.low > 0.0 => format!("tuning helped: {figures}"),
            Some(interval) if interval.high < 0.0 => format!("tuning did harm: {figures}"),
            _ => format!("no difference beyond what could be chance: {figures}"),
        }
    }

    /// Whether every question was answered, and the tuned model's headline is not below a floor.
    pub fn is_good(&self, min_exact: Option<f64>) -> bool {
        let has_failed = self.base_score.failed + self.tuned_score.failed > 0;
        !has_failed && min_exact.is_none_or(|floor| self.tuned_score.exact_sheets >= floor)
    }

    /// The places of the questions, the worst first.
    pub(crate) fn worst_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.comparison.changes.len()).collect();
        places.sort_by_key(|at| (self.comparison.changes[*at], *at));
        places
    }

    /// What became of one question.
    pub(crate) fn change(&self, at: usize) -> Change {
        self.comparison.changes[at]
    }
}

/// A figure and what it means.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) base: String,
    pub(crate) tuned: String,
}

fn percent(rate: f64) -> String {
    format!("{:.1} %", rate * 100.0)
}

/// The figures of both models, a row each.
pub(crate) fn rows(evaluation: &Evaluation) -> Vec<Row> {
    let (base, tuned) = (&evaluation.base_score, &evaluation.tuned_score);
    let row = |name, of: &dyn Fn(&Score) -> String| Row { name, base: of(base), tuned: of(tuned) };
    let part = |part: Option<&super::score::Part>| match part {
        Some(part) => format!("{} of {}", percent(part.exact_sheets), counted(part.sheets, "sheet")),
        None => "none".to_owned(),
    };
    vec![
        row("exact by sheet", &|score| percent(score.exact_sheets)),
        row("  95 % interval", &|score| match score.interval {
            Some(interval) => format!("{} to {}", percent(interval.low), percent(interval.high)),
            None => "none".to_owned(),
        }),
        row("exact by photo", &|score| percent(score.exact)),
        row("wrong characters", &|score| percent(score.cer)),
        row("buyer for seller", &|score| match score.buyer {
            Some(rate) => format!("{} of {}", percent(rate), score.buyers_known),
            None => "not known".to_owned(),
        }),
        row("more than a name", &|score| percent(score.chatter)),
        row("no answer", &|score| percent(score.empty)),
        row("failed", &|score| score.failed.to_string()),
        row("sellers seen in training", &|score| part(score.seen.as_ref())),
        row("sellers not seen", &|score| part(score.unseen.as_ref())),
    ]
}

/// The comparison, as a sentence.
pub(crate) fn comparison_line(evaluation: &Evaluation) -> String {
    let Comparison { both_right, gained, lost, both_wrong, difference, interval, p_value, .. } = &evaluation.comparison;
    let interval = interval.map_or(String::new(), |interval| format!(" (95 % interval {interval})"));
    format!(
        "{gained} gained, {lost} lost, {both_right} right with both, {both_wrong} wrong with both; by sheet {difference:+.2}{interval}, \
         McNemar p {}",
        probability(*p_value)
    )
}

/// A probability as far as it is read.
fn probability(p: f64) -> String {
    match p {
        0.01.. => format!("= {p:.2}"),
        0.0001.. => format!("= {p:.4}"),
        _ => "< 0.0001".to_owned(),
    }
}

/// An answer as a line.
pub(crate) fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Given { text, .. } => text.clone(),
        Answer::Failed(why) => format!("failed: {why}"),
        Answer::Unasked => "not asked".to_owned(),
    }
}

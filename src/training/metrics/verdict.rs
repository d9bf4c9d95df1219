//! What the figures come to, in words. Every limit is a constant here, with its reason.

use std::fmt;

use super::analysis::{Analysis, START_STEPS};
use crate::wording::{counted, grouped};

/// Fewer steps than these say nothing: the last third would be three points, whose line has one degree of freedom.
const FEWEST_STEPS: usize = 10;
/// A loss that does not get below this share of its start has not learned its labels. Cross-entropy is dominated by the
/// tokens of the name: the job on real labels came to 13 of 100, labels put together at random stay above half.
const LEARNED_SHARE: f64 = 0.5;
/// So much above its start a loss has grown, and not only swung: steps of eight samples differ by a tenth.
const GROWN_SHARE: f64 = 1.1;
/// A loss that gives back so much of what it had gained has left the valley that it was in.
const LOST_SHARE: f64 = 0.5;
/// A validation loss so much above its lowest has risen, and not only swung.
const OVERFITTED_SHARE: f64 = 1.1;
/// A fall over the last third by less than this share of the start is real but not worth an epoch.
const MATERIAL_SHARE: f64 = 0.02;

/// What a training came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In a word.
    pub kind: VerdictKind,
    /// The sentences that it rests on, with their numbers. The first decided.
    pub reasons: Vec<String>,
    /// What to do next.
    pub advice: &'static str,
}

/// The verdicts, in the order in which they are tried: the first that holds is the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// A loss is no number, or grew.
    Diverging,
    /// Fewer than ten steps.
    TooFewSteps,
    /// The loss did not get below half of its start.
    NotLearning,
    /// The loss on the records held out rose while that of the training fell.
    Overfitting,
    /// The last third falls.
    StillFalling,
    /// None of these.
    Flat,
}

impl VerdictKind {
    /// Whether the model is worth trying.
    pub fn is_good(self) -> bool {
        !matches!(self, Self::Diverging | Self::NotLearning)
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Diverging => "train again with a lower learning rate, or a longer warm-up.",
            Self::TooFewSteps => "train on more records or for more epochs, or judge by its answers alone.",
            Self::NotLearning => {
                "look at the labels first (`nova-ft audit`): what contradicts itself cannot be learned. Then try more epochs \
                 or a higher learning rate."
            }
            Self::Overfitting => {
                "take fewer epochs, as many as the lowest validation loss came after, or more records."
            }
            Self::StillFalling => "another epoch may help; its answers on records held out decide.",
            Self::Flat => "more epochs will not help; its answers on records held out say how good it is.",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Diverging => "diverging",
            Self::TooFewSteps => "too few steps to tell",
            Self::NotLearning => "not learning",
            Self::Overfitting => "overfitting",
            Self::StillFalling => "still falling",
            Self::Flat => "flat (converged)",
        })
    }
}

/// A loss as it is written everywhere: three decimals, more for small ones.
pub(super) fn figure(value: f64) -> String {
    let text = match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 0.001 => format!("{value:.1e}"),
        small if small < 0.1 => format!("{value:.4}"),
        large if large >= 1000.0 => format!("{value:.0}"),
        _ => format!("{value:.3}"),
    };
    text.replace('-', "−")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0).replace('-', "−")
}

pub(super) fn judge(analysis: &Analysis) -> Verdict {
    let (kind, decided) = decide(analysis);
    let more: [fn(&Analysis) -> Option<String>; 3] = match kind {
        // Of so few, means are not worth a sentence.
        VerdictKind::TooFewSteps => [|_| None; 3],
        _ => [level_sentence, tail_sentence, gap_sentence],
    };
    let reasons = decided.into_iter().chain(more.iter().filter_map(|sentence| sentence(analysis)));
    let mut distinct: Vec<String> = Vec::new();
    for reason in reasons {
        if !distinct.contains(&reason) {
            distinct.push(reason);
        }
    }
    Verdict { kind, reasons: distinct, advice: kind.advice() }
}

/// The verdict, and what decided it where no other sentence says so.
fn decide(analysis: &Analysis) -> (VerdictKind, Option<String>) {
    if let Some(step) = analysis.first_away {
        let losses = match analysis.away_count {
            1 => "1 loss is".to_owned(),
            count => format!("{} losses are", grouped(count as u64)),
        };
        let steps = counted(analysis.step_count, "step");
        return (
            VerdictKind::Diverging,
            Some(format!("Of {steps}, {losses} no number, the first at step {}.", grouped(step))),
        );
    }
    let count = analysis.step_count_with_loss();
    let (Some(start), Some(end), true) = (analysis.start, analysis.end, count >= FEWEST_STEPS) else {
        let what = format!("{} with a loss; a verdict takes {FEWEST_STEPS}.", counted(count, "step"));
        return (VerdictKind::TooFewSteps, Some(what));
    };
    if let Some(sentence) = grown(analysis, start, end) {
        return (VerdictKind::Diverging, Some(sentence));
    }
    if end > LEARNED_SHARE * start {
        return (VerdictKind::NotLearning, None);
    }
    if let Some(sentence) = overfitted(analysis) {
        return (VerdictKind::Overfitting, Some(sentence));
    }
    let tail = analysis.tail.map(|tail| tail.slope);
    let falls = tail.is_some_and(|slope| slope.falls() && slope.start - slope.end >= MATERIAL_SHARE * start);
    let kind = if falls { VerdictKind::StillFalling } else { VerdictKind::Flat };
    (kind, tail_sentence(analysis))
}

/// The loss ended above where it began, or gave back most of what it had gained.
fn grown(analysis: &Analysis, start: f64, end: f64) -> Option<String> {
    let rises = analysis.whole.is_some_and(|slope| slope.rises());
    if rises && end > GROWN_SHARE * start {
        return Some(format!("The loss grew from {} to {} (mean of {}).", figure(start), figure(end), analysis.end_of));
    }
    // Where the trend's window is whole: at the ends it is a single loss, which may be low by chance.
    let reach = analysis.trend_reach;
    let inner = analysis.trend.get(reach..analysis.trend.len().saturating_sub(reach))?;
    let lowest = inner.iter().min_by(|a, b| a.loss.total_cmp(&b.loss))?;
    let gained = start - lowest.loss;
    let has_learned = lowest.loss < LEARNED_SHARE * start;
    (has_learned && end - lowest.loss > LOST_SHARE * gained).then(|| {
        let low = figure(lowest.loss);
        format!(
            "The trend was down at {low} by step {} and went back up to {} (mean of {}).",
            grouped(lowest.step),
            figure(end),
            analysis.end_of
        )
    })
}

fn overfitted(analysis: &Analysis) -> Option<String> {
    let held_out = analysis.held_out.as_ref()?;
    let (lowest, last) = (held_out.points[held_out.lowest], *held_out.points.last()?);
    let training = lowest.training.zip(last.training).filter(|(then, now)| now < then);
    let (then, now) = training.filter(|_| last.step > lowest.step && last.loss > OVERFITTED_SHARE * lowest.loss)?;
    let when = match lowest.epoch {
        Some(epoch) => format!("epoch {epoch}"),
        None => format!("step {}", grouped(lowest.step)),
    };
    Some(format!(
        "After {when} the validation loss rose from {} to {}, while that of the training fell from {} to {}.",
        figure(lowest.loss),
        figure(last.loss),
        figure(then),
        figure(now)
    ))
}

fn level_sentence(analysis: &Analysis) -> Option<String> {
    let (start, end) = analysis.start.zip(analysis.end)?;
    let share = if start > 0.0 { format!(", {} of", percent(end / start)) } else { ", beside".to_owned() };
    let steps = counted(analysis.step_count_with_loss().min(START_STEPS), "step");
    Some(format!(
        "The mean of {} is {}{share} the start ({}, the mean of the first {steps}).",
        analysis.end_of,
        figure(end),
        figure(start)
    ))
}

fn tail_sentence(analysis: &Analysis) -> Option<String> {
    let tail = analysis.tail?;
    let slope = tail.slope;
    let change = slope.end - slope.start;
    let sign = if change > 0.0 { "+" } else { "" };
    let limit = slope.critical_t;
    let sure = if slope.falls() || slope.rises() { "more than chance explains" } else { "which may be chance" };
    let t = if slope.t.is_finite() {
        format!("{:.1}", slope.t).replace('-', "−")
    } else {
        "beyond all bounds".to_owned()
    };
    Some(format!(
        "Over the last third (steps {} to {}) the line through the losses changes by {sign}{}, {sure} (t = {t}; ±{limit:.1} is the limit).",
        grouped(tail.first_step),
        grouped(tail.last_step),
        figure(change),
    ))
}

fn gap_sentence(analysis: &Analysis) -> Option<String> {
    let last = analysis.held_out.as_ref()?.points.last()?;
    let training = last.training?;
    let times = if training > 0.0 { format!(", {:.1} times", last.loss / training) } else { ", beside".to_owned() };
    Some(format!(
        "The last validation loss is {}{times} that of the training ({}).",
        figure(last.loss),
        figure(training)
    ))
}

impl Analysis {
    /// Steps with a loss that is a number.
    pub fn step_count_with_loss(&self) -> usize {
        self.trend.len()
    }
}

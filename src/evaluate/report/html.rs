//! An evaluation as one page that needs nothing else.

use std::collections::HashMap;

use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;

use super::super::cases::Case;
use super::super::compare::Change;
use super::super::score::{is_chatter, is_exact};
use super::{Evaluation, STAND_IN_NOTE, comparison_line, rows};
use crate::aws::inference::Answer;
use crate::exact::exact_form;
use crate::findings::render::{HtmlFrame, photo_figure};
use crate::labels::audit::crop::block_uri;
use crate::wording::{shortened, visible};

const STYLE: &str = include_str!("page.css");
/// Photos that are shown.
const MOST_PICTURES: usize = 300;
/// Most characters of a name.
const LONGEST: usize = 200;

/// An evaluation as a page: the figures of both models, charts where there are any, then each photo beside its label and
/// both answers, the worst first. No script and no request; photos and styles are inside it.
///
/// `charts` are fragments of HTML or SVG and stand there as they are.
pub fn render_evaluation_html(evaluation: &Evaluation, charts: &[String]) -> String {
    let verdict = evaluation.verdict();
    let places = evaluation.worst_first();
    let pictures = pictures(evaluation, &places);
    let main = html! {
        header { "\n"
            h1 { "Base against tuned" } "\n"
            p.verdict { (visible(&verdict)) "." } "\n"
            @if evaluation.is_local { p.note role="note" { (STAND_IN_NOTE) } "\n" }
            dl.models { "\n"
                dt { "base" } dd { code { (name(&evaluation.base.model)) } } "\n"
                dt { "tuned" } dd { code { (name(&evaluation.tuned.model)) } } "\n"
                dt { "records" } dd { code { (name(&evaluation.data.display().to_string())) } } "\n"
            } "\n"
        } "\n"
        (bars(evaluation))
        (figures(evaluation))
        @for chart in charts { figure.chart { (PreEscaped(chart)) } "\n" }
        h2 { "Each photo, the worst first" } "\n"
        ol.labels { "\n"
            @for at in places { (one_case(evaluation, at, pictures.get(&at).map(String::as_str))) }
        } "\n"
    };
    HtmlFrame::EVALUATE.page(&format!("Base against tuned: {verdict}"), STYLE, &main)
}

/// The headline of both models as bars, each with its interval.
fn bars(evaluation: &Evaluation) -> Markup {
    let percent = |rate: f64| rate.clamp(0.0, 1.0) * 100.0;
    html! {
        figure.bars { "\n"
            figcaption { "exact by sheet, with the 95 % interval" } "\n"
            @for (name, score) in [("base", &evaluation.base_score), ("tuned", &evaluation.tuned_score)] {
                @let width = format!("{:.1}", percent(score.exact_sheets));
                div.bar {
                    span { (name) }
                    div.track {
                        i.(name) style={ "width:" (width) "%" } {}
                        @if let Some(interval) = score.interval {
                            @let (low, high) = (percent(interval.low), percent(interval.high));
                            b style=(format_args!("left:{low:.1}%;width:{:.1}%", high - low)) {}
                        }
                    }
                    span.number { (width) " %" }
                } "\n"
            }
        } "\n"
    }
}

fn figures(evaluation: &Evaluation) -> Markup {
    let comparison = &evaluation.comparison;
    let changes = [
        (Change::Lost, comparison.lost),
        (Change::BothWrong, comparison.both_wrong),
        (Change::Gained, comparison.gained),
        (Change::BothRight, comparison.both_right),
    ];
    html! {
        table { "\n"
            thead { tr { th {} th.number { "base" } th.number { "tuned" } } } "\n"
            tbody { "\n"
                @for (at, row) in rows(evaluation).iter().enumerate() {
                    tr class=[(at == 0).then_some("headline")] {
                        td { (row.name) } td.number { (row.base) } td.number { (row.tuned) }
                    } "\n"
                }
            } "\n"
        } "\n"
        p.totals { "\n"
            @for (change, count) in changes {
                span.badge.(if count == 0 { "none" } else { class(change) }) { (count) " " (change.words()) } " "
            }
        } "\n"
        p.evidence { (visible(&comparison_line(evaluation))) } "\n"
    }
}

fn class(change: Change) -> &'static str {
    match change {
        Change::Lost => "error",
        Change::BothWrong => "warning",
        Change::Gained => "fix",
        Change::BothRight => "note",
    }
}

/// The seller's blocks of the first photos, by the place of the question.
fn pictures(evaluation: &Evaluation, places: &[usize]) -> HashMap<usize, String> {
    let shown = &places[..places.len().min(MOST_PICTURES)];
    let picture = |at: &usize| {
        let block = evaluation.sights[*at].as_ref().and_then(|sight| sight.block);
        Some((*at, block_uri(evaluation.cases[*at].file.as_deref()?, block)?))
    };
    shown.par_iter().filter_map(picture).collect()
}

fn one_case(evaluation: &Evaluation, at: usize, picture: Option<&str>) -> Markup {
    let (case, change) = (&evaluation.cases[at], evaluation.change(at));
    let sheet = (case.sheet != case.image).then(|| name(&case.sheet));
    let buyer = evaluation.sights[at].as_ref().and_then(|sight| sight.buyer.as_deref());
    html! {
        li { "\n"
            (photo_figure(picture, case.line, &name(&case.image), sheet.as_deref()))
            div { "\n"
                p {
                    span.badge.(class(change)) { (change.words()) }
                    @if case.seen == Some(false) { " " span.evidence { "not seen in training" } }
                } "\n"
                dl { "\n"
                    dt { "label" } dd { (name(&case.label)) } "\n"
                    @for (who, asked) in [("base", &evaluation.base), ("tuned", &evaluation.tuned)] {
                        dt { (who) } dd { (answered(case, &asked.answers[at], buyer)) } "\n"
                    }
                } "\n"
            } "\n"
        } "\n"
    }
}

/// An answer, and what is wrong with it.
fn answered(case: &Case, answer: &Answer, buyer: Option<&str>) -> Markup {
    let text = match answer {
        Answer::Failed(why) => return html! { span.error { "failed: " (name(why)) } },
        Answer::Unasked => return html! { span.none { "not asked" } },
        Answer::Given { text, .. } if text.trim().is_empty() => return html! { span.none { "nothing" } },
        Answer::Given { text, .. } => text,
    };
    let is_buyer = buyer.is_some_and(|buyer| exact_form(buyer) == exact_form(text));
    let (class, words) = match (is_exact(case, answer), is_buyer, is_chatter(case, answer)) {
        (true, ..) => ("fix", "right"),
        (_, true, _) => ("error", "the buyer"),
        (.., true) => ("error", "more than a name"),
        _ => ("error", "wrong"),
    };
    html! { (name(text)) " " span.badge.(class) { (words) } }
}

fn name(text: &str) -> String {
    visible(&shortened(text, LONGEST))
}

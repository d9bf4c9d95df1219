//! An evaluation as one page that needs nothing else.

use std::collections::HashMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use super::super::compare::Change;
use super::super::score::{is_chatter, is_exact};
use super::{Evaluation, STAND_IN_NOTE, comparison_line, rows};
use crate::ask::Answer;
use crate::audit::crop::block_uri;
use crate::finding::render::HtmlFrame;
use crate::markup::escape;
use crate::wording::shortened;

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
    let verdict = escape(&evaluation.verdict());
    let mut out = HtmlFrame::EVALUATE.beginning();
    HtmlFrame::write_head(&mut out, &format!("Base against tuned: {verdict}"), STYLE);
    let _ = write!(out, "<header>\n<h1>Base against tuned</h1>\n<p class=\"verdict\">{verdict}.</p>\n");
    if evaluation.is_local {
        let _ = writeln!(out, "<p class=\"note\" role=\"note\">{}</p>", escape(STAND_IN_NOTE));
    }
    let name = |text: &str| escape(&shortened(text, LONGEST));
    let _ = write!(
        out,
        "<dl class=\"models\">\n<dt>base</dt><dd><code>{}</code></dd>\n<dt>tuned</dt><dd><code>{}</code></dd>\n\
         <dt>records</dt><dd><code>{}</code></dd>\n</dl>\n</header>\n",
        name(&evaluation.base.model),
        name(&evaluation.tuned.model),
        name(&evaluation.data.display().to_string()),
    );
    write_bars(&mut out, evaluation);
    write_figures(&mut out, evaluation);
    for chart in charts {
        let _ = writeln!(out, "<figure class=\"chart\">{chart}</figure>");
    }
    let places = evaluation.worst_first();
    let pictures = pictures(evaluation, &places);
    out.push_str("<h2>Each photo, the worst first</h2>\n<ol class=\"labels\">\n");
    for at in places {
        write_case(&mut out, evaluation, at, pictures.get(&at).map(String::as_str));
    }
    out.push_str("</ol>\n");
    out.push_str(HtmlFrame::END);
    out.push('\n');
    out
}

/// The headline of both models as bars, each with its interval.
fn write_bars(out: &mut String, evaluation: &Evaluation) {
    out.push_str("<figure class=\"bars\">\n<figcaption>exact by sheet, with the 95 % interval</figcaption>\n");
    for (name, score) in [("base", &evaluation.base_score), ("tuned", &evaluation.tuned_score)] {
        let percent = |rate: f64| rate.clamp(0.0, 1.0) * 100.0;
        let width = percent(score.exact_sheets);
        let interval = score.interval.map_or(String::new(), |interval| {
            let (low, high) = (percent(interval.low), percent(interval.high));
            format!("<b style=\"left:{low:.1}%;width:{:.1}%\"></b>", high - low)
        });
        let _ = writeln!(
            out,
            "<div class=\"bar\"><span>{name}</span><div class=\"track\"><i class=\"{name}\" style=\"width:{width:.1}%\"></i>\
             {interval}</div><span class=\"number\">{width:.1} %</span></div>"
        );
    }
    out.push_str("</figure>\n");
}

fn write_figures(out: &mut String, evaluation: &Evaluation) {
    out.push_str("<table>\n<thead><tr><th></th><th class=\"number\">base</th><th class=\"number\">tuned</th></tr></thead>\n<tbody>\n");
    for (at, row) in rows(evaluation).into_iter().enumerate() {
        let class = if at == 0 { " class=\"headline\"" } else { "" };
        let (label, base, tuned) = (escape(row.name), escape(&row.base), escape(&row.tuned));
        let _ = writeln!(
            out,
            "<tr{class}><td>{label}</td><td class=\"number\">{base}</td><td class=\"number\">{tuned}</td></tr>"
        );
    }
    let _ = writeln!(out, "</tbody>\n</table>\n<p class=\"totals\">");
    let comparison = &evaluation.comparison;
    for (change, count) in [
        (Change::Lost, comparison.lost),
        (Change::BothWrong, comparison.both_wrong),
        (Change::Gained, comparison.gained),
        (Change::BothRight, comparison.both_right),
    ] {
        let class = if count == 0 { "none" } else { class(change) };
        let _ = write!(out, "<span class=\"badge {class}\">{count} {}</span> ", change.words());
    }
    let _ = writeln!(out, "</p>\n<p class=\"evidence\">{}</p>", escape(&comparison_line(evaluation)));
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

fn write_case(out: &mut String, evaluation: &Evaluation, at: usize, picture: Option<&str>) {
    let (case, change) = (&evaluation.cases[at], evaluation.change(at));
    let name = |text: &str| escape(&shortened(text, LONGEST));
    let image = name(&case.image);
    out.push_str("<li>\n<figure>");
    let _ = match picture {
        Some(uri) => write!(out, "<img src=\"{}\" alt=\"{image}\">", escape(uri)),
        None => write!(out, "<p class=\"none\">no picture</p>"),
    };
    let sheet = if case.sheet == case.image { String::new() } else { format!(", sheet {}", name(&case.sheet)) };
    let _ = write!(out, "<figcaption>line {}, {image}{sheet}</figcaption></figure>\n<div>\n<p>", case.line);
    let _ = write!(out, "<span class=\"badge {}\">{}</span>", class(change), change.words());
    if case.seen == Some(false) {
        out.push_str(" <span class=\"evidence\">not seen in training</span>");
    }
    let _ = write!(out, "</p>\n<dl>\n<dt>label</dt><dd>{}</dd>\n", name(&case.label));
    let buyer = evaluation.sights[at].as_ref().and_then(|sight| sight.buyer.as_deref());
    for (who, answer) in [("base", &evaluation.base.answers[at]), ("tuned", &evaluation.tuned.answers[at])] {
        let _ = writeln!(out, "<dt>{who}</dt><dd>{}</dd>", answered(case, answer, buyer));
    }
    out.push_str("</dl>\n</div>\n</li>\n");
}

/// An answer, and what is wrong with it.
fn answered(case: &super::super::cases::Case, answer: &Answer, buyer: Option<&str>) -> String {
    let text = match answer {
        Answer::Failed(why) => {
            return format!("<span class=\"error\">failed: {}</span>", escape(&shortened(why, LONGEST)));
        }
        Answer::Unasked => return "<span class=\"none\">not asked</span>".to_owned(),
        Answer::Given { text, .. } if text.trim().is_empty() => {
            return "<span class=\"none\">nothing</span>".to_owned();
        }
        Answer::Given { text, .. } => text,
    };
    let shown = escape(&shortened(text, LONGEST));
    if is_exact(case, answer) {
        return format!("{shown} <span class=\"badge fix\">right</span>");
    }
    let is_buyer = buyer.is_some_and(|buyer| crate::exact::exact_form(buyer) == crate::exact::exact_form(text));
    let why = match (is_buyer, is_chatter(case, answer)) {
        (true, _) => "the buyer",
        (_, true) => "more than a name",
        _ => "wrong",
    };
    format!("{shown} <span class=\"badge error\">{why}</span>")
}

//! A consensus as one page that needs nothing else.

use maud::{Markup, html};

use super::text::figure;
use super::{Agreement, Consensus, Decided, Ground, Saying, Standing};
use crate::findings::render::HtmlFrame;
use crate::markup::marked;
use crate::wording::{counted, shortened, visible};

const STYLE: &str = include_str!("page.css");
/// Photos that are listed.
const MOST: usize = 2_000;
/// Most characters of a name.
const LONGEST: usize = 200;

/// A consensus as a page: the labelers, the matrix of their agreement, then the photos that are open or disputed, with what
/// differs marked. No script and no request.
pub fn render_consensus_html(consensus: &Consensus) -> String {
    let summary = consensus.summary();
    let differences = consensus.differences();
    let main = html! {
        header { "\n"
            h1 { "Consensus of labels" } "\n"
            p { (visible(&summary)) "." } "\n"
            p.totals {
                @for (ground, count) in consensus.counts() {
                    span.badge.(class(ground)) { (count) " " (ground.verdict()) ": " (ground.name()) } " "
                }
            } "\n"
        } "\n"
        (labelers(consensus))
        (matrix(consensus))
        p { "Krippendorff's alpha over all: " (figure(consensus.alpha)) "." } "\n"
        ol.photos { "\n" @for photo in differences.iter().take(MOST) { (one_photo(photo, consensus)) } } "\n"
        @if let more @ 1.. = differences.len().saturating_sub(MOST) {
            p { "… and " (counted(more, "photo")) " more; the table has them all." } "\n"
        }
    };
    HtmlFrame::CONSENSUS.page(&format!("Consensus: {summary}"), STYLE, &main)
}

fn labelers(consensus: &Consensus) -> Markup {
    html! {
        div.scroll { table.matrix { "\n"
            thead { tr { th { "labeler" } th { "named" } th { "no name" } th { "as accepted" } } } "\n"
            tbody { "\n"
                @for labeler in &consensus.labelers {
                    tr {
                        td { (name(&labeler.name)) } td { (labeler.named) } td { (labeler.void) }
                        td { (labeler.as_accepted) " of " (labeler.beside_accepted) }
                    } "\n"
                }
            } "\n"
        } } "\n"
    }
}

/// The agreement of each two labelers as a table: the share that agrees above Cohen's kappa.
fn matrix(consensus: &Consensus) -> Markup {
    let labelers = &consensus.labelers;
    html! {
        p { "Agreement of each two: the share of the photos that both name, and Cohen's kappa." } "\n"
        div.scroll { table.matrix { "\n"
            thead { tr { th {} @for labeler in labelers { th { (name(&labeler.name)) } } } } "\n"
            tbody { "\n"
                @for (row, labeler) in labelers.iter().enumerate() {
                    tr {
                        td { (name(&labeler.name)) }
                        @for column in 0..labelers.len() {
                            td {
                                @if row == column { "–" }
                                @else if let Some(both) = consensus.agreement(row, column) { (agreement(both)) }
                            }
                        }
                    } "\n"
                }
            } "\n"
        } } "\n"
    }
}

fn agreement(both: &Agreement) -> Markup {
    html! {
        @if let Some(share) = both.share() {
            (format_args!("{share:.2}")) br; small { "κ " (figure(both.kappa)) ", " (counted(both.both, "photo")) }
        } @else {
            "no photo" br; small { "that both name" }
        }
    }
}

fn class(ground: Ground) -> &'static str {
    if ground.is_accepted() { "fix" } else { "warning" }
}

fn one_photo(photo: &Decided, consensus: &Consensus) -> Markup {
    html! {
        li { "\n"
            h3 {
                (name(&photo.labels.image))
                @if let Some(sheet) = photo.labels.sheet.as_deref() { ", sheet " (name(sheet)) }
            } "\n"
            p { span.badge.(class(photo.ground)) { (photo.ground.verdict()) ": " (photo.ground.name()) } } "\n"
            dl { "\n"
                @for saying in &photo.labels.sayings {
                    dt { (consensus.labelers.get(saying.labeler).map_or(String::new(), |one| name(&one.name))) }
                    dd { (said(saying, photo)) } "\n"
                }
            } "\n"
            p.evidence { (visible(&photo.evidence)) } "\n"
        } "\n"
    }
}

fn said(saying: &Saying, photo: &Decided) -> Markup {
    let seller = shortened(&saying.seller, LONGEST);
    if saying.standing == Standing::Nothing {
        return html! { (visible(&seller)) small { "no name: " (saying.fault.unwrap_or_default()) } };
    }
    let edits = photo.distance(saying);
    html! {
        (marked(&seller, photo.reference().unwrap_or_default()))
        @if edits > 0 || saying.fault.is_some() {
            small { @if edits > 0 { (counted(edits, "edit")) } @if let Some(code) = saying.fault { " " (code) } }
        }
    }
}

fn name(text: &str) -> String {
    visible(&shortened(text, LONGEST))
}

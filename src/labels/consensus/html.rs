//! A consensus as one page that needs nothing else.

use std::fmt::Write as _;

use super::text::{figure, runs};
use super::{Consensus, Decided, Standing};
use crate::finding::render::HtmlFrame;
use crate::markup::escape;
use crate::wording::{counted, shortened};

const STYLE: &str = include_str!("page.css");
/// Photos that are listed.
const MOST: usize = 2_000;
/// Most characters of a name.
const LONGEST: usize = 200;

/// A consensus as a page: the labelers, the matrix of their agreement, then the photos that are open or disputed, with what
/// differs marked. No script and no request.
pub fn render_consensus_html(consensus: &Consensus) -> String {
    let mut out = HtmlFrame::CONSENSUS.beginning();
    let summary = escape(&consensus.summary());
    HtmlFrame::write_head(&mut out, &format!("Consensus: {summary}"), STYLE);
    let _ = write!(out, "<header>\n<h1>Consensus of labels</h1>\n<p>{summary}.</p>\n<p class=\"totals\">");
    for (ground, count) in consensus.counts() {
        let class = if ground.is_accepted() { "fix" } else { "warning" };
        let verdict = if ground.is_accepted() { "accepted" } else { "open" };
        let _ = write!(out, "<span class=\"badge {class}\">{count} {verdict}: {}</span> ", ground.name());
    }
    out.push_str("</p>\n</header>\n");
    write_labelers(&mut out, consensus);
    out.push_str(&matrix(consensus));
    let _ = writeln!(out, "<p>Krippendorff's alpha over all: {}.</p>", figure(consensus.alpha));
    let differences = consensus.differences();
    out.push_str("<ol class=\"photos\">\n");
    for photo in differences.iter().take(MOST) {
        write_photo(&mut out, photo, consensus);
    }
    out.push_str("</ol>\n");
    if let more @ 1.. = differences.len().saturating_sub(MOST) {
        let _ = writeln!(out, "<p>… and {} more; the table has them all.</p>", counted(more, "photo"));
    }
    out.push_str(HtmlFrame::END);
    out.push('\n');
    out
}

fn write_labelers(out: &mut String, consensus: &Consensus) {
    out.push_str(
        "<div class=\"scroll\"><table class=\"matrix\">\n<thead><tr><th>labeler</th><th>named</th>\
         <th>no name</th><th>as accepted</th></tr></thead>\n<tbody>\n",
    );
    for labeler in &consensus.labelers {
        let (named, void) = (labeler.named, labeler.void);
        let (same, beside) = (labeler.as_accepted, labeler.beside_accepted);
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{named}</td><td>{void}</td><td>{same} of {beside}</td></tr>",
            name(&labeler.name)
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// The agreement of each two labelers as a table: the share that agrees above Cohen's kappa.
pub(crate) fn matrix(consensus: &Consensus) -> String {
    let mut out = String::from(
        "<p>Agreement of each two: the share of the photos that both name, and Cohen's kappa.</p>\n\
         <div class=\"scroll\"><table class=\"matrix\">\n<thead><tr><th></th>",
    );
    for labeler in &consensus.labelers {
        let _ = write!(out, "<th>{}</th>", name(&labeler.name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (row, labeler) in consensus.labelers.iter().enumerate() {
        let _ = write!(out, "<tr><td>{}</td>", name(&labeler.name));
        for column in 0..consensus.labelers.len() {
            let cell = match consensus.agreement(row, column) {
                _ if row == column => "–".to_owned(),
                Some(agreement) => match agreement.share() {
                    Some(share) => {
                        let (kappa, both) = (figure(agreement.kappa), counted(agreement.both, "photo"));
                        format!("{share:.2}<br><small>κ {kappa}, {both}</small>")
                    }
                    None => "no photo<br><small>that both name</small>".to_owned(),
                },
                None => String::new(),
            };
            let _ = write!(out, "<td>{cell}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
    out
}

fn write_photo(out: &mut String, photo: &Decided, consensus: &Consensus) {
    let (class, verdict) = if photo.ground.is_accepted() { ("fix", "accepted") } else { ("warning", "open") };
    let sheet = photo.labels.sheet.as_deref().map_or(String::new(), |sheet| format!(", sheet {}", name(sheet)));
    let _ = writeln!(
        out,
        "<li>\n<h3>{}{sheet}</h3>\n<p><span class=\"badge {class}\">{verdict}: {}</span></p>\n<dl>",
        name(&photo.labels.image),
        photo.ground.name()
    );
    for saying in &photo.labels.sayings {
        let labeler = consensus.labelers.get(saying.labeler).map_or("", |labeler| labeler.name.as_str());
        let seller = shortened(&saying.seller, LONGEST);
        let (seller, note) = match (saying.standing, photo.distance(saying)) {
            (Standing::Nothing, _) => (escape(&seller), format!("no name: {}", saying.fault.unwrap_or_default())),
            (_, edits) => {
                let note = if edits == 0 { String::new() } else { counted(edits, "edit") };
                let code = saying.fault.map_or(String::new(), |code| format!(" {code}"));
                (marked(&seller, photo.reference().unwrap_or_default()), note + &code)
            }
        };
        let note = if note.is_empty() { note } else { format!("<small>{note}</small>") };
        let _ = writeln!(out, "<dt>{}</dt><dd>{seller}{note}</dd>", name(labeler));
    }
    let _ = writeln!(out, "</dl>\n<p class=\"evidence\">{}</p>\n</li>", escape(&photo.evidence));
}

/// A name as HTML with what it does not share with another one marked.
pub(crate) fn marked(own: &str, reference: &str) -> String {
    let mut out = String::new();
    for (run, is_shared) in runs(own, reference) {
        let run = escape(&run);
        let _ = if is_shared { write!(out, "{run}") } else { write!(out, "<mark>{run}</mark>") };
    }
    out
}

fn name(text: &str) -> String {
    escape(&shortened(text, LONGEST))
}

use std::fmt::Write as _;

use super::text::{agreement_words, figure};
use super::{Consensus, Decided, Standing};
use crate::findings::render::{MarkdownFrame, code_span};
use crate::wording::shortened;

/// After so many bytes no photo is listed any more: a comment on GitHub holds 65,536.
const ROOM: usize = 48 * 1024;
/// Most characters of a name.
const LONGEST: usize = 80;

/// A consensus as Markdown, to be pasted into a pull request. What comes from the data stands in code spans, where nothing is
/// markup.
pub fn render_consensus_markdown(consensus: &Consensus) -> String {
    let mut out = format!("{}\n# Report of `nova-ft consensus`\n\n", MarkdownFrame::CONSENSUS.first_line());
    let _ = writeln!(out, "**{}**\n", consensus.summary());
    out.push_str("| labeler | named | no name | as accepted |\n|---|---:|---:|---:|\n");
    let names: Vec<_> = consensus.labelers.iter().map(|labeler| cell(&labeler.name)).collect();
    for (labeler, name) in consensus.labelers.iter().zip(&names) {
        let (named, void) = (labeler.named, labeler.void);
        let _ = writeln!(out, "| {name} | {named} | {void} | {} of {} |", labeler.as_accepted, labeler.beside_accepted);
    }
    out.push_str("\n| pair | both name, share that agrees, Cohen's kappa |\n|---|---|\n");
    for agreement in &consensus.agreements {
        let (left, right) = (&names[agreement.pair.0], &names[agreement.pair.1]);
        let _ = writeln!(out, "| {left} and {right} | {} |", agreement_words(agreement));
    }
    let _ = writeln!(out, "\nKrippendorff's alpha over all: {}\n", figure(consensus.alpha));
    out.push_str("| verdict | rule | photos |\n|---|---|---:|\n");
    for (ground, count) in consensus.counts() {
        let verdict = ground.verdict();
        let _ = writeln!(out, "| {verdict} | {} | {count} |", ground.name());
    }
    let differences = consensus.differences();
    if !differences.is_empty() {
        out.push_str("\n| photo | verdict | who says what |\n|---|---|---|\n");
    }
    for (listed, photo) in differences.iter().enumerate() {
        if out.len() > ROOM {
            let _ = writeln!(out, "\n… and {} more.", differences.len() - listed);
            break;
        }
        write_photo(&mut out, photo, &names);
    }
    let _ = writeln!(out, "\n{}", MarkdownFrame::LAST_LINE);
    out
}

fn write_photo(out: &mut String, photo: &Decided, names: &[String]) {
    let said = photo.labels.sayings.iter().map(|saying| {
        let name = names.get(saying.labeler).map_or("", String::as_str);
        let note = match (saying.standing, photo.distance(saying)) {
            (Standing::Nothing, _) => format!(" (no name: {})", saying.fault.unwrap_or_default()),
            (_, 0) => String::new(),
            (_, edits) => format!(" ({})", crate::wording::counted(edits, "edit")),
        };
        format!("{name}: {}{note}", cell(&saying.seller))
    });
    let said: Vec<_> = said.collect();
    let said = if said.is_empty() { "nobody".to_owned() } else { said.join("<br>") };
    let verdict = photo.ground.verdict();
    let _ = writeln!(out, "| {} | {verdict}, {} | {said} |", cell(&photo.labels.image), photo.ground.name());
}

/// A bar ends the cell even inside a code span.
fn cell(text: &str) -> String {
    code_span(&shortened(text, LONGEST)).replace('|', "\\|")
}

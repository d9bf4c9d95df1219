use std::fmt::Write as _;

use super::{Agreement, Consensus, Decided, Standing};
use crate::exact::shared_runs;
use crate::findings::render::CONSENSUS_END;
use crate::wording::{counted, shortened, visible};

/// Photos that are listed.
const MOST: usize = 50;
/// Most characters of a name.
const LONGEST: usize = 80;

/// A consensus as text: the labelers, how far they agree, and the photos on which they differ or that are open. What differs
/// from the name above, or from the accepted one, stands between `«` and `»`.
pub fn render_consensus_text(consensus: &Consensus) -> String {
    let mut out = String::new();
    let names: Vec<_> = consensus.labelers.iter().map(|labeler| visible(&shortened(&labeler.name, LONGEST))).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max("labeler".len());
    let _ = writeln!(out, "{:<width$}  named  no name  as accepted", "labeler");
    for (labeler, name) in consensus.labelers.iter().zip(&names) {
        let accepted = format!("{} of {}", labeler.as_accepted, labeler.beside_accepted);
        let _ = writeln!(out, "{name:<width$}  {:>5}  {:>7}  {accepted:>11}", labeler.named, labeler.void);
    }
    out.push_str("\nagreement of each two: photos that both name, share that agrees, Cohen's kappa\n");
    for agreement in &consensus.agreements {
        let pair = format!("{} and {}", names[agreement.pair.0], names[agreement.pair.1]);
        let _ = writeln!(out, "  {pair}: {}", agreement_words(agreement));
    }
    let _ = writeln!(out, "Krippendorff's alpha over all: {}\n", figure(consensus.alpha));
    for (ground, count) in consensus.counts() {
        let verdict = ground.verdict();
        let _ = writeln!(out, "{count:>6}  {verdict:<8}  {}", ground.name());
    }
    let differences = consensus.differences();
    for photo in differences.iter().take(MOST) {
        write_photo(&mut out, photo, &names, width);
    }
    if let more @ 1.. = differences.len().saturating_sub(MOST) {
        let _ = writeln!(out, "\n… and {} more; --report-file lists them", counted(more, "photo"));
    }
    let _ = writeln!(out, "\n{CONSENSUS_END}{}", consensus.summary());
    out
}

/// `48, 0.94, 0.93`; what is not defined is said.
pub(super) fn agreement_words(agreement: &Agreement) -> String {
    let Some(share) = agreement.share() else { return "no photo that both name".to_owned() };
    let kappa = match agreement.kappa {
        Some(kappa) => format!("{kappa:.2}"),
        None => "not defined (one and the same seller everywhere)".to_owned(),
    };
    format!("{}, {share:.2}, {kappa}", agreement.both)
}

/// A figure that may not be defined.
pub(super) fn figure(figure: Option<f64>) -> String {
    figure.map_or_else(|| "not defined".to_owned(), |figure| format!("{figure:.2}"))
}

fn write_photo(out: &mut String, photo: &Decided, names: &[String], width: usize) {
    let verdict = photo.ground.verdict();
    let sheet = photo.labels.sheet.as_deref().map_or(String::new(), |sheet| format!(", sheet {}", visible(sheet)));
    let _ = writeln!(out, "\n{verdict}  {}{sheet}  ({})", visible(&photo.labels.image), photo.ground.name());
    for saying in &photo.labels.sayings {
        let name = names.get(saying.labeler).map_or("", String::as_str);
        let seller = shortened(&saying.seller, LONGEST);
        let (seller, note) = match (saying.standing, saying.fault) {
            (Standing::Nothing, code) => (visible(&seller), format!("  no name: {}", code.unwrap_or_default())),
            (_, code) => {
                let edits = photo.distance(saying);
                let note = if edits == 0 { String::new() } else { format!("  {}", counted(edits, "edit")) };
                let code = code.map_or(String::new(), |code| format!("  {code}"));
                (marked(&seller, photo.reference().unwrap_or_default()), note + &code)
            }
        };
        let _ = writeln!(out, "  {name:<width$}  {seller}{note}");
    }
}

/// A name with what it does not share with another one between `«` and `»`.
fn marked(name: &str, reference: &str) -> String {
    let mut out = String::new();
    for (run, is_shared) in shared_runs(name, reference) {
        let run = visible(&run);
        let _ = if is_shared { write!(out, "{run}") } else { write!(out, "«{run}»") };
    }
    out
}

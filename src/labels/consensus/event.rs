use serde::Serialize;

use super::{Consensus, Decided, Standing};
use crate::findings::render::render_json;

/// One labeler as a line of `--json`.
#[derive(Debug, Serialize)]
struct LabelerEvent<'a> {
    event: &'static str,
    name: &'a str,
    file: String,
    witnesses: Vec<String>,
    named: usize,
    void: usize,
    beside_accepted: usize,
    as_accepted: usize,
}

/// Two labelers as a line.
#[derive(Debug, Serialize)]
struct AgreementEvent<'a> {
    event: &'static str,
    labelers: [&'a str; 2],
    both: usize,
    agree: usize,
    kappa: Option<f64>,
}

/// One photo as a line.
#[derive(Debug, Serialize)]
struct DecisionEvent<'a> {
    event: &'static str,
    image: &'a str,
    verdict: &'static str,
    rule: &'static str,
    seller: Option<&'a str>,
    sheet: Option<&'a str>,
    evidence: &'a str,
    said: Vec<SaidEvent<'a>>,
}

#[derive(Debug, Serialize)]
struct SaidEvent<'a> {
    labeler: &'a str,
    seller: &'a str,
    /// Characters that differ from the accepted name, else from the one that most say.
    edits: usize,
    standing: &'static str,
    code: Option<&'static str>,
}

/// All photos together, the last line.
#[derive(Debug, Serialize)]
struct ConsensusEvent {
    event: &'static str,
    photos: usize,
    accepted: usize,
    open: usize,
    alpha: Option<f64>,
}

/// A consensus as JSON, an object a line: the findings, the labelers, each two of them, the photos, and the whole.
pub fn render_consensus_json(consensus: &Consensus) -> String {
    let name = |at: usize| consensus.labelers.get(at).map_or("", |labeler| labeler.name.as_str());
    let labelers = consensus.labelers.iter().map(|labeler| {
        serde_json::to_string(&LabelerEvent {
            event: "labeler",
            name: &labeler.name,
            file: labeler.file.display().to_string(),
            witnesses: labeler.witnesses.iter().map(ToString::to_string).collect(),
            named: labeler.named,
            void: labeler.void,
            beside_accepted: labeler.beside_accepted,
            as_accepted: labeler.as_accepted,
        })
    });
    let agreements = consensus.agreements.iter().map(|one| {
        let labelers = [name(one.pair.0), name(one.pair.1)];
        let event = AgreementEvent { event: "agreement", labelers, both: one.both, agree: one.agree, kappa: one.kappa };
        serde_json::to_string(&event)
    });
    let photos = consensus.photos.iter().map(|photo| serde_json::to_string(&decision(photo, &name)));
    let whole = ConsensusEvent {
        event: "consensus",
        photos: consensus.photos.len(),
        accepted: consensus.accepted(),
        open: consensus.open(),
        alpha: consensus.alpha,
    };
    let lines = labelers.chain(agreements).chain(photos).chain([serde_json::to_string(&whole)]);
    // Texts and numbers always have a form in JSON.
    lines.filter_map(Result::ok).fold(render_json(&consensus.report), |out, line| out + &line + "\n")
}

fn decision<'a>(photo: &'a Decided, name: &impl Fn(usize) -> &'a str) -> DecisionEvent<'a> {
    DecisionEvent {
        event: "decision",
        image: &photo.labels.image,
        verdict: photo.ground.verdict(),
        rule: photo.ground.name(),
        seller: photo.seller.as_deref(),
        sheet: photo.labels.sheet.as_deref(),
        evidence: &photo.evidence,
        said: photo
            .labels
            .sayings
            .iter()
            .map(|saying| SaidEvent {
                labeler: name(saying.labeler),
                seller: &saying.seller,
                edits: photo.distance(saying),
                standing: match saying.standing {
                    Standing::Counts => "counts",
                    Standing::OnlyAgainst => "only-against",
                    Standing::Nothing => "nothing",
                },
                code: saying.fault,
            })
            .collect(),
    }
}

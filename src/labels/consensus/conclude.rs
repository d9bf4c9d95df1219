//! What becomes of the photos, and how far the labelers agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::table::Table;
use super::{
    Agreement, Consensus, Decided, Decision, Labeler, PhotoLabels, Saying, Standing, Witness, accept, agreement,
};
use crate::exact::exact_form;
use crate::findings::Report;
use crate::labels::name::check_name;

pub(super) fn conclude(tables: &[(&Table, &Path)], photos: Vec<PhotoLabels>, report: Report) -> Consensus {
    let decisions = accept::decide(&photos);
    let photos: Vec<_> = photos
        .into_iter()
        .zip(decisions)
        .map(|(labels, decision)| {
            let evidence = evidence(&labels, &decision, tables);
            let form = decision.form.filter(|_| decision.ground.is_accepted());
            let seller = form.and_then(|form| spelling(&labels.sayings, &form).map(str::to_owned));
            Decided { ground: decision.ground, seller, evidence, labels }
        })
        .collect();
    // What says two things of a photo names no seller for it.
    let named = |photo: &Decided, labeler: usize| {
        let mut said = photo.labels.said_by(labeler);
        let only = said.next().filter(|_| said.next().is_none())?;
        (only.standing != Standing::Nothing && !only.is_disputed()).then(|| only.form.clone())
    };
    let forms: Vec<Vec<Option<String>>> =
        photos.iter().map(|photo| (0..tables.len()).map(|labeler| named(photo, labeler)).collect()).collect();
    let mut agreements = Vec::new();
    for left in 0..tables.len() {
        for right in left + 1..tables.len() {
            let both =
                forms.iter().filter_map(|of_photo| Some((of_photo[left].as_deref()?, of_photo[right].as_deref()?)));
            agreements.push(Agreement::of((left, right), &both.collect::<Vec<_>>()));
        }
    }
    let of_photos: Vec<Vec<&str>> =
        forms.iter().map(|of_photo| of_photo.iter().flatten().map(String::as_str).collect()).collect();
    let labelers = tables.iter().enumerate().map(|(at, (table, file))| labeler(at, table, file, &photos, &forms));
    Consensus { labelers: labelers.collect(), agreements, alpha: agreement::alpha(&of_photos), photos, report }
}

fn labeler(at: usize, table: &Table, file: &Path, photos: &[Decided], forms: &[Vec<Option<String>>]) -> Labeler {
    let beside = photos
        .iter()
        .zip(forms)
        .filter_map(|(photo, forms)| Some((exact_form(photo.seller.as_deref()?), forms[at].as_deref()?)));
    let beside: Vec<bool> = beside.map(|(accepted, own)| accepted == own).collect();
    let said = photos.iter().flat_map(|photo| photo.labels.said_by(at));
    let is_void = |photo: &&Decided| {
        let mut said = photo.labels.said_by(at).peekable();
        said.peek().is_some() && said.all(|saying| saying.standing == Standing::Nothing)
    };
    Labeler {
        name: table.name.clone(),
        file: file.to_path_buf(),
        witnesses: said.map(|saying| saying.witness.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        named: forms.iter().filter(|forms| forms[at].is_some()).count(),
        void: photos.iter().filter(is_void).count(),
        beside_accepted: beside.len(),
        as_accepted: beside.into_iter().filter(|same| *same).count(),
    }
}

/// How an accepted seller is written: the spelling with the fewest faults (half-width brackets), of equal ones the reader's, then
/// the most frequent, then the first in order.
pub(super) fn spelling<'a>(sayings: &'a [Saying], form: &str) -> Option<&'a str> {
    let same: Vec<_> = sayings.iter().filter(|saying| saying.form == form).collect();
    let frequency = |seller: &str| same.iter().filter(|saying| saying.seller == seller).count();
    let rank = |saying: &&&Saying| {
        let is_reader = saying.witness == Witness::Reader;
        (check_name(&saying.seller).len(), !is_reader, usize::MAX - frequency(&saying.seller), saying.seller.clone())
    };
    same.iter().min_by_key(rank).map(|saying| saying.seller.as_str())
}

/// Who says what of a photo, and what another photo adds: `reader and nova say so; x says otherwise; …`.
fn evidence(photo: &PhotoLabels, decision: &Decision, tables: &[(&Table, &Path)]) -> String {
    let mut groups: BTreeMap<(usize, &str), Vec<&str>> = BTreeMap::new();
    for saying in &photo.sayings {
        let name = tables.get(saying.labeler).map_or("", |(table, _)| table.name.as_str());
        let is_own = decision.form.as_deref() == Some(saying.form.as_str());
        let key = match saying.standing {
            Standing::Nothing => (2, saying.fault.unwrap_or_default()),
            _ if saying.is_disputed() => (3, ""),
            _ if is_own => (0, ""),
            _ => (1, saying.form.as_str()),
        };
        let names = groups.entry(key).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let clauses = groups.into_iter().map(|((kind, what), names)| match kind {
        0 => format!("for it: {}", names.join(", ")),
        1 if decision.form.is_some() => format!("against it: {}", names.join(", ")),
        1 => format!("{what}: {}", names.join(", ")),
        2 => format!("no name ({what}): {}", names.join(", ")),
        _ => format!("two things at once: {}", names.join(", ")),
    });
    let clauses: Vec<_> = clauses.chain(decision.signal.clone()).collect();
    match clauses[..] {
        [] => decision.ground.name().to_owned(),
        _ => format!("{}: {}", decision.ground.name(), clauses.join("; ")),
    }
}

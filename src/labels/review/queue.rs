//! Which photos wait for a decision, and why; what the page shows of each.

use std::collections::BTreeSet;

use serde::Serialize;

use super::ReviewCounts;
use super::candidates::{Candidate, Warning, warnings};
use super::desk::Desk;
use super::history::{How, Sellers};
use super::known::{Block, Found};
use crate::exact::exact_form;
use crate::findings::Severity;
use crate::wording::visible;

/// How far a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Something is missing, or speaks against its label.
    Open,
    /// Left for later.
    Skipped,
    /// Decided, and the table still says so.
    Settled,
    /// It has a label, and nothing speaks against it.
    Fine,
}

/// Why a photo waits; the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Urgency {
    /// Somebody has changed what was decided.
    Changed,
    /// It has no seller.
    NoSeller,
    /// An error-level finding.
    Finding,
    /// The labelers, or its rows, do not agree.
    Disagreement,
    /// It does not.
    None,
}

/// A photo in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Item {
    photo: usize,
    image: String,
    seller: String,
    pub(super) status: Status,
    /// The reasons in few words.
    why: String,
    /// Other names that the search looks at.
    names: Vec<String>,
    #[serde(skip)]
    order: (Status, Urgency, usize),
}

/// A reason why a photo waits, or something to know of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Reason {
    #[serde(skip)]
    urgency: Urgency,
    severity: Severity,
    code: Option<&'static str>,
    text: String,
    #[serde(skip)]
    brief: &'static str,
}

/// All that the page shows of a photo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sheet {
    photo: usize,
    image: String,
    status: Status,
    /// What its rows say: a decision is on these.
    sellers: Sellers,
    lines: Vec<u64>,
    reasons: Vec<Reason>,
    candidates: Vec<Candidate>,
    warnings: Vec<Warning>,
    evidence: Vec<String>,
    block: Option<Block>,
    decided: Option<Decided>,
    /// Why it cannot be shown.
    fault: Option<String>,
}

/// The decision that holds for a photo.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Decided {
    how: How,
    when: String,
    name: String,
}

/// The whole list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Overview {
    revision: u64,
    table: String,
    items: Vec<Item>,
    counts: ReviewCounts,
    can_undo: bool,
    is_looking: bool,
    trouble: Option<String>,
    without_photo: usize,
}

impl Overview {
    pub(super) fn counts(&self) -> ReviewCounts {
        self.counts
    }
}

/// All photos, those that wait first.
pub(super) fn overview(desk: &Desk) -> Overview {
    let mut items: Vec<_> = (0..desk.scan.photos.len()).filter_map(|photo| item(desk, photo)).collect();
    items.sort_by_key(|item| item.order);
    let count = |status| items.iter().filter(|item| item.status == status).count();
    let counts = ReviewCounts {
        open: count(Status::Open),
        skipped: count(Status::Skipped),
        settled: count(Status::Settled),
        fine: count(Status::Fine),
    };
    let conflicts = desk.table.versions.conflicts.iter().map(String::as_str);
    let trouble = desk.trouble.as_deref().into_iter().chain(conflicts).collect::<Vec<_>>().join("; ");
    let name = desk.table.path().file_name().map_or_else(String::new, |name| visible(&name.to_string_lossy()));
    Overview {
        revision: desk.revision,
        table: name,
        items,
        counts,
        can_undo: desk.history.last().is_some(),
        is_looking: desk.is_looking,
        trouble: (!trouble.is_empty()).then(|| visible(&trouble)),
        without_photo: desk.table.without_photo,
    }
}

fn item(desk: &Desk, photo: usize) -> Option<Item> {
    let image = desk.photo(photo)?.name.clone();
    let (status, urgency, reasons) = judge(desk, photo);
    let mut why: Vec<_> =
        reasons.iter().filter(|reason| reason.urgency == urgency).map(|reason| reason.brief).collect();
    why.dedup();
    let sellers = desk.sellers(photo);
    let mut names: Vec<_> = desk.table.labelers(photo).into_iter().map(|(_, name)| name).collect();
    names.extend(desk.known.photos.get(&photo).and_then(|known| known.seller.clone()));
    names.extend(sellers.iter().skip(1).cloned());
    names.sort_unstable();
    names.dedup();
    let seller = sellers.into_iter().next().unwrap_or_default();
    names.retain(|name| *name != seller);
    // Those that are settled, as they were settled; the others, as the table has them.
    let place = match status {
        Status::Settled | Status::Skipped => desk.history.place_of(&image),
        _ => desk.table.rows(photo).next().map(|row| row.line as usize),
    };
    let order = (status, urgency, place.unwrap_or(usize::MAX));
    Some(Item { photo, image, seller, status, why: why.join(", "), names, order })
}

/// All that the page shows of a photo; `None` where there is none with this number.
pub(super) fn sheet(desk: &Desk, photo: usize) -> Option<Sheet> {
    let of_scan = desk.photo(photo)?;
    let (status, _, reasons) = judge(desk, photo);
    let sellers = desk.sellers(photo);
    let known = desk.known.photos.get(&photo);
    let of_table = ["verdict", "evidence"]
        .iter()
        .filter_map(|column| Some(format!("{column}: {}", desk.table.cell(photo, column)?)));
    let evidence: Vec<_> = of_table
        .map(|cell| visible(&cell))
        .chain(known.and_then(|known| known.evidence.as_ref().map(|why| format!("reading: {why}"))))
        .collect();
    let decided = desk.decision(photo).map(|(decision, _)| Decided {
        how: decision.how,
        when: decision.when.clone(),
        name: decision.after().into_iter().next().unwrap_or_default(),
    });
    Some(Sheet {
        photo,
        image: of_scan.name.clone(),
        status,
        lines: desk.table.rows(photo).map(|row| row.line).collect(),
        reasons,
        candidates: desk.candidates(photo),
        warnings: sellers.first().map_or(Vec::new(), |seller| warnings(seller)),
        sellers,
        evidence,
        block: known.and_then(|known| known.block),
        decided,
        fault: of_scan.header.as_ref().err().map(|fault| visible(&fault.to_string())),
    })
}

/// How far a photo is, how urgent, and all that there is to say of it.
fn judge(desk: &Desk, photo: usize) -> (Status, Urgency, Vec<Reason>) {
    let reasons = reasons(desk, photo);
    let urgency = reasons.iter().map(|reason| reason.urgency).min().unwrap_or(Urgency::None);
    match desk.decision(photo) {
        Some((decision, true)) if decision.how == How::Skipped => (Status::Skipped, urgency, reasons),
        Some((_, true)) => (Status::Settled, Urgency::None, reasons),
        _ if urgency == Urgency::None => (Status::Fine, urgency, reasons),
        _ => (Status::Open, urgency, reasons),
    }
}

fn reasons(desk: &Desk, photo: usize) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add =
        |urgency, severity, code, text: String, brief| reasons.push(Reason { urgency, severity, code, text, brief });
    let sellers = desk.sellers(photo);
    if let Some((decision, false)) = desk.decision(photo)
        && decision.how != How::Skipped
    {
        let decided = decision.after().into_iter().next().unwrap_or_default();
        let text = format!(
            "Your decision was `{}`. Another program has changed the table since; what it wrote stays.",
            visible(&decided)
        );
        add(Urgency::Changed, Severity::Warning, None, text, "changed since");
    }
    match &sellers[..] {
        [] => add(
            Urgency::NoSeller,
            Severity::Warning,
            None,
            "The table has no row for this photo; a decision adds one.".into(),
            "no row",
        ),
        all if all.iter().any(String::is_empty) => {
            add(Urgency::NoSeller, Severity::Warning, None, "The table has no seller here.".into(), "no seller");
        }
        [first, others @ ..] if others.iter().any(|seller| seller != first) => {
            let text = format!("{} rows of this photo do not agree; a decision is for all of them.", sellers.len());
            add(Urgency::Disagreement, Severity::Error, None, text, "rows disagree");
        }
        _ => {}
    }
    for found in found(desk, photo, &sellers) {
        let urgency = if found.severity == Severity::Error { Urgency::Finding } else { Urgency::None };
        add(urgency, found.severity, Some(found.code), found.text, found.code);
    }
    let said = desk.table.labelers(photo);
    let mut forms: Vec<_> = said.iter().map(|(_, name)| exact_form(name)).collect();
    forms.sort_unstable();
    forms.dedup();
    if forms.len() > 1 {
        // A consensus has weighed them already.
        let is_weighed = desk.table.cell(photo, "verdict").is_some_and(|verdict| verdict == "accepted");
        let urgency = if is_weighed { Urgency::None } else { Urgency::Disagreement };
        let labelers: BTreeSet<_> = said.iter().map(|(labeler, _)| labeler).collect();
        let text = match labelers.len() {
            1 => format!("One labeler names {} sellers.", forms.len()),
            labelers => format!("{labelers} labelers name {} sellers.", forms.len()),
        };
        add(urgency, Severity::Warning, None, text, "labelers disagree");
    }
    reasons
}

/// What the rules say of the seller that a photo has now: what an audit beside the photo found, else what the name alone tells.
fn found(desk: &Desk, photo: usize, sellers: &Sellers) -> Vec<Found> {
    let Some(seller) = sellers.first().filter(|seller| !seller.is_empty()) else { return Vec::new() };
    let audited = desk.known.photos.get(&photo).and_then(|known| known.audited.as_ref());
    let mut found = match audited {
        Some((of, found)) if of == seller => found.clone(),
        _ => Vec::new(),
    };
    let of_name =
        warnings(seller).into_iter().map(|one| Found { code: one.code, severity: one.severity, text: one.text });
    for one in of_name {
        if !found.iter().any(|known| known.code == one.code) {
            found.push(one);
        }
    }
    found
}

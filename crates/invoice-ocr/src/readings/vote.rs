//! Which seller's name a photo's label can be trusted for: its own reading, beside those of the photos that must agree.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::PhotoReading;
use crate::images::Digest;
use crate::invoice::TaxpayerId;
use foundation::exact::{edits, exact_form};

/// A reading with at least this confidence, 0 to 1, is taken for right unless others contradict it.
pub const CONFIDENT: f32 = 0.9;
/// Names of one taxpayer id that differ in more characters are two names, and not one that was misread.
const MISREAD: usize = 2;
/// No number of photos makes a name surer than this.
const SUREST: f64 = 0.999;

/// The seller's name of a photo, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Vote {
    /// The name.
    pub seller: String,
    /// How sure it is, 0 to 1, all signals together.
    pub confidence: f32,
    /// How surely it was read on this photo, 0 to 1; `None` where it was not.
    pub own: Option<f32>,
    /// What was read on this photo, where the others outvoted it.
    pub outvoted: Option<String>,
    /// Photos of the sheet on which this name was read, this one included; copies count once.
    pub on_sheet: usize,
    /// The seller's taxpayer id.
    pub seller_id: Option<TaxpayerId>,
    /// Photos with that id on which this name was read, this one included; copies count once.
    pub under_id: usize,
    /// The best confidence with which it was read on any of them, 0 to 1.
    pub best: f32,
}

impl Vote {
    /// Whether it was read with confidence.
    pub fn is_confident(&self) -> bool {
        self.best >= CONFIDENT
    }

    /// Whether two independent signals say so: a confident reading, and the same name on another photo of the sheet or under
    /// the same taxpayer id.
    pub fn is_confirmed(&self) -> bool {
        self.is_confident() && self.on_sheet.max(self.under_id) >= 2
    }

    /// The signals, as a clause: `read at 0.99; same name on 3 photos of the sheet; id 911… on 5 photos`.
    pub fn evidence(&self) -> String {
        let mut clause = match (self.own, &self.outvoted) {
            (Some(own), _) => format!("read at {own:.2}"),
            (None, Some(other)) => format!("read as {other} here, outvoted"),
            (None, None) => "not read here".to_owned(),
        };
        if self.on_sheet > usize::from(self.own.is_some()) {
            let _ = write!(clause, "; same name on {} of the sheet", photos(self.on_sheet));
        }
        if let Some(id) = self.seller_id.as_ref().filter(|_| self.under_id > usize::from(self.own.is_some())) {
            let _ = write!(clause, "; id {id} on {}", photos(self.under_id));
        }
        clause
    }
}

fn photos(count: usize) -> String {
    foundation::wording::counted(count, "photo")
}

/// The seller of each photo, with the sheets that the photos show; `None` where nothing says who it is.
///
/// One sheet has one seller, and so has one taxpayer id: where readings disagree they vote, weighted by confidence. A photo's
/// own reading gives way to the majority, or to a confident reading where it is none itself; a confident one that is an
/// altogether different name does not give way to those of its taxpayer id, since then the id may be what was misread.
pub fn vote(readings: &[PhotoReading], sheets: &[Option<String>]) -> Vec<Option<Vote>> {
    let mut by_sheet: HashMap<&str, Tally> = HashMap::new();
    let mut ids: HashMap<&str, HashMap<&TaxpayerId, f32>> = HashMap::new();
    for (reading, sheet) in readings.iter().zip(sheets) {
        let Some(sheet) = sheet.as_deref() else { continue };
        by_sheet.entry(sheet).or_default().add(reading);
        if let Some(id) = &reading.invoice.seller_id {
            *ids.entry(sheet).or_default().entry(&id.value).or_default() += id.confidence;
        }
    }
    // A photo whose own id cannot be read has that of its sheet.
    let id_of_sheet = |sheet: &str| {
        let ids = ids.get(sheet)?.iter();
        ids.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0))).map(|(id, _)| *id)
    };
    let ids: Vec<Option<&TaxpayerId>> = readings
        .iter()
        .zip(sheets)
        .map(|(reading, sheet)| {
            sheet.as_deref().and_then(id_of_sheet).or(reading.invoice.seller_id.as_ref().map(|id| &id.value))
        })
        .collect();
    let mut by_id: HashMap<&TaxpayerId, Tally> = HashMap::new();
    for (reading, id) in readings.iter().zip(&ids) {
        if let Some(id) = id {
            by_id.entry(id).or_default().add(reading);
        }
    }
    let all = readings.iter().zip(sheets).zip(ids);
    let votes = all.map(|((reading, sheet), id)| {
        let sheet = sheet.as_deref().and_then(|sheet| by_sheet.get(sheet));
        vote_on(reading, sheet, id, id.and_then(|id| by_id.get(id)))
    });
    votes.collect()
}

fn vote_on(
    reading: &PhotoReading,
    sheet: Option<&Tally>,
    id: Option<&TaxpayerId>,
    of_id: Option<&Tally>,
) -> Option<Vote> {
    let seller = reading.invoice.seller.as_ref().filter(|seller| !exact_form(&seller.value).is_empty());
    let own = seller.map(|seller| exact_form(&seller.value));
    let alone = seller.map(|seller| {
        let mut tally = Tally::default();
        tally.add(reading);
        (tally, seller)
    });
    let mut name = own.clone();
    for (tally, may_be_far) in [(sheet, true), (of_id, false)] {
        let Some((winner, votes)) = tally.and_then(Tally::winner) else { continue };
        name = match name {
            None => (votes.best >= CONFIDENT).then(|| winner.to_owned()),
            Some(name) => {
                let gives_way = tally.and_then(|tally| tally.names.get(&name)).is_none_or(|own| {
                    let is_near = edits(&name, winner) <= MISREAD;
                    votes.outvotes(own) && (may_be_far || is_near || own.best < CONFIDENT)
                });
                Some(if name != winner && gives_way { winner.to_owned() } else { name })
            }
        };
    }
    let name = name?;
    let votes_in = |tally: Option<&Tally>| tally.and_then(|tally| tally.names.get(&name).cloned());
    let (on_sheet, under_id) = (votes_in(sheet), votes_in(of_id));
    let of_own = alone.as_ref().and_then(|(tally, _)| tally.names.get(&name).cloned());
    let all = [(&on_sheet, sheet), (&under_id, of_id), (&of_own, alone.as_ref().map(|(tally, _)| tally))];
    let confidence =
        all.iter().filter_map(|(votes, tally)| Some(votes.as_ref()?.sureness((*tally)?))).fold(0.0, f64::max);
    let best = all.iter().filter_map(|(votes, _)| votes.as_ref()).map(|votes| votes.best).fold(0.0, f32::max);
    let spelling = all.iter().filter_map(|(votes, _)| votes.as_ref()).max_by(|a, b| a.best.total_cmp(&b.best))?;
    let is_own = own.as_deref() == Some(name.as_str());
    Some(Vote {
        seller: spelling.spelling.clone(),
        confidence: confidence as f32,
        own: seller.filter(|_| is_own).map(|seller| seller.confidence),
        outvoted: seller.filter(|_| !is_own).map(|seller| seller.value.clone()),
        on_sheet: on_sheet.map_or(0, |votes| votes.count),
        seller_id: id.cloned(),
        under_id: under_id.map_or(0, |votes| votes.count),
        best,
    })
}

/// The names that photos which must agree were read with.
#[derive(Debug, Default)]
struct Tally {
    names: HashMap<String, Votes>,
    seen: HashSet<Digest>,
}

/// The readings of one name.
#[derive(Debug, Clone)]
struct Votes {
    count: usize,
    weight: f64,
    best: f32,
    /// How likely all of them are wrong, if they were independent.
    all_wrong: f64,
    /// As it was read best.
    spelling: String,
}

impl Tally {
    /// Counts a photo, unless a copy of it has been.
    fn add(&mut self, reading: &PhotoReading) {
        let Some(seller) = &reading.invoice.seller else { return };
        let name = exact_form(&seller.value);
        if name.is_empty() || !self.seen.insert(reading.pixels_sha256) {
            return;
        }
        let wrong = f64::from(1.0 - seller.confidence).clamp(1.0 - SUREST, 1.0);
        let spelling = seller.value.clone();
        let none = || Votes { count: 0, weight: 0.0, best: 0.0, all_wrong: 1.0, spelling: spelling.clone() };
        let votes = self.names.entry(name).or_insert_with(none);
        votes.count += 1;
        // A reading that is wrong in one of a hundred cases weighs twice as much as one that is in one of ten.
        votes.weight -= wrong.ln();
        votes.all_wrong *= wrong;
        let is_better = seller.confidence > votes.best || seller.confidence >= votes.best && spelling < votes.spelling;
        if is_better {
            (votes.best, votes.spelling) = (seller.confidence, spelling);
        }
    }

    /// The name with the most weight; of equal ones the first in order.
    fn winner(&self) -> Option<(&str, &Votes)> {
        let names = self.names.iter().map(|(name, votes)| (name.as_str(), votes));
        names.max_by(|a, b| a.1.weight.total_cmp(&b.1.weight).then_with(|| b.0.cmp(a.0)))
    }
}

impl Votes {
    /// Whether another name gives way to this one.
    fn outvotes(&self, other: &Self) -> bool {
        let is_majority = self.count > other.count && self.weight >= 2.0 * other.weight;
        let is_surer = self.best >= CONFIDENT && other.best < CONFIDENT && self.weight > other.weight;
        is_majority || is_surer
    }

    /// How sure the name is, 0 to 1: that not all are wrong, by its share of the votes.
    fn sureness(&self, tally: &Tally) -> f64 {
        let total: f64 = tally.names.values().map(|votes| votes.weight).sum();
        let share = if total > 0.0 { self.weight / total } else { 1.0 };
        ((1.0 - self.all_wrong) * share).clamp(0.0, SUREST)
    }
}

#[cfg(test)]
mod tests;

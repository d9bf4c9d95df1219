//! One label beside its photo.

use super::{Seen, Verdict};
use crate::error::Place;
use crate::exact::{edits, edits_within, exact_form};
use crate::findings::{Finding, Severity};
use crate::labels::rules;
use crate::readings::Vote;

/// Names that differ in so many characters are one name, misread.
const NEAR: usize = 2;
/// A label of which more than this part would have to be changed, 0 to 1, is not what a line says.
const FAR: f64 = 0.5;

/// A reading alone is believed in every character from this confidence on, 0 to 1, if its weakest character has the other.
/// Misread names that were seen had 0.945 to 0.976, all of it lost in one character.
const CERTAIN: f32 = 0.98;
const CERTAIN_CHARACTER: f32 = 0.9;

/// What a photo says of a label, and the finding where it does not say the same.
pub(super) fn judge(place: &Place, label: &str, vote: Option<&Vote>, seen: &Seen) -> (Verdict, Option<Finding>) {
    let place = place.clone();
    if let Err(why) = &seen.reading {
        let mut finding = rules::photo_not_read::found(std::path::Path::new(""), why);
        finding.place = place;
        return (Verdict::Unreadable, Some(finding));
    }
    let Some(vote) = vote else {
        let finding = rules::seller_not_read::found(place, "nobody can say whether the label is right");
        return (Verdict::Unreadable, Some(finding));
    };
    let (own, seller) = (exact_form(label), exact_form(&vote.seller));
    if own == seller {
        return (Verdict::Right, None);
    }
    let (distance, evidence) = (edits(&own, &seller), vote.evidence());
    let distance_to_photo = nearest_line(&own, &seen.lines);
    let is_buyer = seen.buyer().is_some_and(|buyer| exact_form(buyer) == own);
    let (mut finding, is_sure) = if is_buyer {
        (rules::buyer_for_seller::found_on_photo(place, label, &vote.seller, &evidence), vote.is_confident())
    } else if distance <= NEAR {
        // A character may be the reader's mistake as well.
        let finding = rules::label_near_photo::found(place, distance, label, &vote.seller, &evidence);
        (finding, vote.is_confirmed() || is_certain(vote, seen))
    } else if distance_to_photo.is_some_and(|distance| distance > FAR) {
        (rules::label_not_on_photo::found(place, label, &vote.seller, &evidence), vote.is_confident())
    } else {
        // What stands there letter by letter may be the seller after all, if no other photo says otherwise.
        let stands_there = distance_to_photo.is_some_and(|distance| distance == 0.0);
        let is_sure = vote.is_confirmed() || vote.is_confident() && !stands_there;
        (rules::label_differs_from_photo::found(place, label, &vote.seller, &evidence), is_sure)
    };
    if !is_sure {
        finding.severity = Severity::Warning;
    }
    (Verdict::Differs, Some(finding))
}

/// Whether no character of the photo's own reading was in doubt.
fn is_certain(vote: &Vote, seen: &Seen) -> bool {
    vote.own.is_some_and(|own| own >= CERTAIN) && seen.weakest.is_some_and(|weakest| weakest >= CERTAIN_CHARACTER)
}

/// How much of a name would have to be changed, 0 to 1, to be a part of the line that is nearest to it; `None` without lines.
fn nearest_line(name: &str, lines: &[String]) -> Option<f64> {
    let length = name.chars().count().max(1) as f64;
    let distances = lines.iter().map(|line| edits_within(name, &exact_form(line)));
    distances.min().map(|distance| distance as f64 / length)
}

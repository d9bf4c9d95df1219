use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::dataset::{Side, SplitBy};
use crate::error::Place;
use crate::findings::{Finding, Severity};
use crate::validate::photos::PhotoGroup;

crate::rule! {
    /// ## What it does
    /// Reports a photo of the validation file whose sheet of paper is also on a photo of the training file. Where `nova-ft prepare`
    /// split by seller, a seller on both sides is a warning. Needs the manifest, which says what belongs together.
    ///
    /// ## Why is this bad?
    /// Another photo of the same paper shows the same name: the score on the validation side then shows what the model has
    /// learned by heart. In the project that this one replaces 13 of 14 sellers were on both sides.
    ///
    /// ## Example
    /// A record was moved by hand from `validation.jsonl` to `train.jsonl`.
    ///
    /// ## Use instead
    /// `nova-ft prepare`, which keeps a group on one side.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) GROUP_ON_BOTH_SIDES = "SPL014", "group-on-both-sides", Error, Dataset, fix None;
}

/// Which groups the training file has: of each the line and the identity of its first photo.
#[derive(Debug, Default)]
pub(super) struct TrainingGroups(HashMap<u64, (u64, u64)>);

impl TrainingGroups {
    /// Notes a photo of the training file; of the validation file it is a finding where its group was noted for another photo.
    pub(super) fn see(&mut self, side: Side, place: Place, group: PhotoGroup, identity: u64) -> Option<Finding> {
        match (side, self.0.entry(group.id)) {
            (Side::Train, Entry::Vacant(entry)) => {
                entry.insert((place.line.unwrap_or_default(), identity));
                None
            }
            (Side::Validation, Entry::Occupied(entry)) => {
                let (line, first) = *entry.get();
                // Of the same photo another rule says so.
                (first != identity).then(|| finding(place, group.split_by, line))
            }
            _ => None,
        }
    }
}

fn finding(place: Place, split_by: SplitBy, line: u64) -> Finding {
    let message = format!("another photo of this {split_by} is on line {line} of the training file");
    let mut finding = Finding::new(&GROUP_ON_BOTH_SIDES, place, message);
    if split_by == SplitBy::Seller {
        finding.severity = Severity::Warning;
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_photo_of_a_group_is_found_on_the_validation_side_alone() {
        let mut groups = TrainingGroups::default();
        let mut see = |side, id, identity, split_by| {
            groups.see(side, Place::line("f", 3), PhotoGroup { id, split_by }, identity).map(|finding| finding.severity)
        };
        assert_eq!(see(Side::Train, 1, 10, SplitBy::Sheet), None);
        assert_eq!(see(Side::Train, 1, 11, SplitBy::Sheet), None);
        assert_eq!(see(Side::Validation, 1, 10, SplitBy::Sheet), None, "the same photo");
        assert_eq!(see(Side::Validation, 2, 12, SplitBy::Sheet), None);
        assert_eq!(see(Side::Validation, 1, 12, SplitBy::Sheet), Some(Severity::Error));
        assert_eq!(see(Side::Validation, 1, 12, SplitBy::Seller), Some(Severity::Warning));
    }
}

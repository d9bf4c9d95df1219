use std::path::Path;

use super::DatasetFacts;
use crate::dataset::Side;
use crate::error::Place;
use crate::findings::{Finding, Severity};
use crate::validate::Model;
use crate::validate::record::Kind;

crate::rule! {
    /// ## What it does
    /// Reports a data set in which some records have images and others have videos or documents. For Nova 2 Lite also one in which
    /// some have images and others have none (a warning).
    ///
    /// ## Why is this bad?
    /// A data set has one kind: text, text with images, or text with videos. Bedrock refuses others. Nova 2's page asks for a
    /// homogeneous set without saying what becomes of others.
    ///
    /// ## Example
    /// Photos of invoices and a video of a pile of them.
    ///
    /// ## Use instead
    /// A data set for each kind.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) KINDS_OF_MEDIA_MIXED = "SPL011", "kinds-of-media-mixed", Error, Dataset, fix None;
}

/// A record with another kind of media than the first one that has any.
pub(super) fn check(place: Place, own: Kind, shared: Kind) -> Option<Finding> {
    let message = || format!("{} in a data set whose first file is {}", own.noun(), shared.noun());
    (own != shared).then(|| Finding::new(&KINDS_OF_MEDIA_MIXED, place, message()))
}

/// Records without images among records with them.
pub(super) fn check_text_only(facts: &DatasetFacts, side: Side, file: &Path, model: Model) -> Option<Finding> {
    let counts = facts.side(side);
    if model != Model::Lite2 || counts.with_images == 0 || counts.with_images == counts.records {
        return None;
    }
    let message =
        format!("{} of {} records have images; Nova 2 asks for all or none", counts.with_images, counts.records);
    let mut finding = Finding::new(&KINDS_OF_MEDIA_MIXED, Place::file(file), message);
    finding.severity = Severity::Warning;
    Some(finding)
}

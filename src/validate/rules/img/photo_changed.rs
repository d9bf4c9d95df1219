use super::ReadPhoto;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo whose bytes are not those that `nova-ft prepare` saw.
    ///
    /// ## Why is this bad?
    /// The manifest says what a data set was made of; a photo that changed afterwards may show another invoice than its label.
    ///
    /// ## Example
    /// A photo was rotated in place after `nova-ft prepare`.
    ///
    /// ## Use instead
    /// Run `nova-ft prepare` again.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_CHANGED = "IMG006", "photo-changed", Error, Image, fix None;
}

/// A photo that is another than the manifest's.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let has_changed = photo.located.expected_sha256.is_some_and(|expected| expected != photo.facts.sha256);
    has_changed.then(|| photo.finding(&PHOTO_CHANGED, "has changed since the data set was made"))
}

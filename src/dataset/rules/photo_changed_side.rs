use crate::error::Place;
use crate::findings::Finding;

use super::super::ManifestMove;

crate::rule! {
    /// ## What it does
    /// Tells of a photo that stood on the other side of the split when the data set of this folder was last made, with the
    /// same seed and fraction: a photo that was added, or a sheet or seller that was corrected, has joined its group with
    /// another, and the older group keeps its side.
    ///
    /// ## Why is this bad?
    /// A model that was trained on the earlier data set has seen the photo that now is to test it, or its score counted a photo
    /// that now is trained on: scores of the two are not to be compared.
    ///
    /// ## Example
    /// `7.jpg` was on the validation side. A new photo shows that its sheet is that of `1.jpg`, which is on the training side.
    ///
    /// ## Use instead
    /// Nothing; train and evaluate anew.
    ///
    /// ## Fix
    /// None needed. The manifest lists under `moved` what changed sides.
    pub PHOTO_CHANGED_SIDE = "SPL015", "photo-changed-side", Warning, Dataset, fix None;
}

/// The finding for the row of such a photo.
pub(in crate::dataset) fn found(place: Place, photo: &ManifestMove) -> Finding {
    let ManifestMove { image, from, to, group } = photo;
    let message = format!("{image} was on the {from} side and is on the {to} side now, in the group \"{group}\"");
    Finding::new(&PHOTO_CHANGED_SIDE, place, message)
}

use super::ReadPhoto;
use crate::findings::Finding;
use crate::images::Fault;

crate::rule! {
    /// ## What it does
    /// Reports a photo that cannot be decoded although it begins and ends as it should. Every photo is decoded in full. For a
    /// JPEG, whose decoders pass over most damage, the compressed data are walked too: data that end too early or make no
    /// sense, restart marks and passes that are missing. A JPEG has no checksum, so a changed byte that still makes sense is
    /// not found, and in a lossy WebP nearly every byte makes sense; in a PNG every byte is checked.
    ///
    /// ## Why is this bad?
    /// Bedrock fails the job, or shows the model a picture that is gray or smeared from the damage on, with a label that
    /// cannot be read off it.
    ///
    /// ## Example
    /// A photo from a failing memory card: the first rows are right, the rest is zeros.
    ///
    /// ## Use instead
    /// Copy the photo again from where it was taken; where that is damaged too, leave the photo out.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_DAMAGED = "IMG009", "photo-damaged", Error, Image, fix None;
}

/// A photo whose data are not those of a picture.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let fault = photo.fault().filter(|fault| matches!(fault, Fault::Malformed { .. }))?;
    Some(photo.finding(&PHOTO_DAMAGED, format!("is {fault}")))
}

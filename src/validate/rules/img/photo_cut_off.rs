use super::ReadPhoto;
use crate::findings::Finding;
use crate::images::Fault;

crate::rule! {
    /// ## What it does
    /// Reports a photo whose file ends before its picture does.
    ///
    /// ## Why is this bad?
    /// Bedrock cannot decode it and fails the job; a lenient decoder shows the lower part gray, so that the model learns to
    /// give an answer that cannot be seen.
    ///
    /// ## Example
    /// A copy or a download that was broken off.
    ///
    /// ## Use instead
    /// Copy or download the photo again.
    ///
    /// ## Fix
    /// By hand.
    pub(crate) PHOTO_CUT_OFF = "IMG008", "photo-cut-off", Error, Image, fix None;
}

/// A photo that ends too early.
pub(super) fn check(photo: &ReadPhoto<'_>) -> Option<Finding> {
    let fault = photo.fault().filter(|fault| matches!(fault, Fault::Truncated { .. }))?;
    Some(photo.finding(&PHOTO_CUT_OFF, format!("is {fault}")))
}

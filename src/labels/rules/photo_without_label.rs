use std::path::Path;

use crate::findings::Finding;
use crate::images::Photo;

crate::rule! {
    /// ## What it does
    /// Reports a photo that no row names, or only rows that cannot be used. It is not used either. Many such photos are one
    /// finding.
    ///
    /// ## Why is this bad?
    /// It may be meant so. If not, a row is missing or names another photo.
    ///
    /// ## Example
    /// `vat_0051.jpg` is in the folder, and no row begins with it.
    ///
    /// ## Use instead
    /// A row for it: `vat_0051.jpg,北京宇音天下科技有限公司`.
    ///
    /// ## Fix
    /// By hand: label the photo, or move it out of the folder.
    pub PHOTO_WITHOUT_LABEL = "LBL010", "photo-without-label", Warning, Label, fix None;
}

/// Up to so many photos have a finding each.
const FEW: usize = 5;
/// So many of more are named.
const NAMED: usize = 3;

/// The findings for photos of a folder.
pub(in crate::labels) fn found(folder: &Path, photos: &[&Photo]) -> Vec<Finding> {
    if photos.len() <= FEW {
        let message = "no row that can be used names this photo; it is not used";
        return photos.iter().map(|photo| Finding::new(&PHOTO_WITHOUT_LABEL, photo.path.as_path(), message)).collect();
    }
    let named: Vec<_> = photos.iter().take(NAMED).map(|photo| photo.name.as_str()).collect();
    let message = format!(
        "no row that can be used names {} of its photos: {} and {} more; they are not used",
        photos.len(),
        named.join(", "),
        photos.len() - NAMED
    );
    vec![Finding::new(&PHOTO_WITHOUT_LABEL, folder, message)]
}

use std::path::Path;

use crate::error::Place;
use crate::finding::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a row whose photo is not in the folder: neither by its full name, nor by its file name in a folder below,
    /// nor by its name without the extension.
    ///
    /// ## Why is this bad?
    /// The row cannot be used. A photo is missing, or its name is misspelled.
    ///
    /// ## Example
    /// `vat_0051.jpg,北京宇音天下科技有限公司`, and the folder ends at `vat_0050.jpg`.
    ///
    /// ## Use instead
    /// The name as it is in the folder, counted from the folder that was named: `2019/vat_0051.jpg`.
    ///
    /// ## Fix
    /// By hand: add the photo, correct the name, or remove the row.
    pub LABEL_WITHOUT_PHOTO = "LBL009", "label-without-photo", Error, Label, fix None;
}

/// The finding for a row about `image`.
pub(in crate::labels) fn found(place: Place, image: &str, folder: &Path) -> Finding {
    Finding::new(&LABEL_WITHOUT_PHOTO, place, format!("no photo is called {image} in {}", folder.display()))
}

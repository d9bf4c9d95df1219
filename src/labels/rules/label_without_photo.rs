use std::path::Path;

use crate::error::Place;
use crate::findings::Finding;
use crate::images::PassedOver;

crate::rule! {
    /// ## What it does
    /// Reports a row whose photo is not in the folder: neither by its full name, nor by its file name in a folder below,
    /// nor by its name without the extension. Where a file of that name is there and was passed over, it says why.
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

/// The finding for a row about `image`, with what of that name the scan of the folder left aside.
pub(in crate::labels) fn found(place: Place, image: &str, folder: &Path, passed: Option<&PassedOver>) -> Finding {
    let why = passed.map(|passed| format!("; {} was passed over: {}", passed.name, passed.reason)).unwrap_or_default();
    Finding::new(&LABEL_WITHOUT_PHOTO, place, format!("no photo is called {image} in {}{why}", folder.display()))
}

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a row that names no image. The row is left out.
    ///
    /// ## Why is this bad?
    /// A label without its photo teaches nothing.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// ,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: write the photo's name, or remove the row.
    pub LABEL_WITHOUT_IMAGE = "LBL004", "label-without-image", Error, Label, fix None;
}

/// The finding for a row.
pub(in crate::labels) fn found(place: Place) -> Finding {
    Finding::new(&LABEL_WITHOUT_IMAGE, place.member("image"), "no image is named")
}

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a row without a seller. The row is left out.
    ///
    /// ## Why is this bad?
    /// It would teach the model to answer with nothing.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: write the seller's name as it is printed, or remove the row.
    pub EMPTY_LABEL = "LBL005", "empty-label", Error, Label, fix None;
}

/// The finding for a row about `image`.
pub(in crate::labels) fn found(place: Place, image: &str) -> Finding {
    Finding::new(&EMPTY_LABEL, place.member("seller"), format!("{image} has no seller"))
}

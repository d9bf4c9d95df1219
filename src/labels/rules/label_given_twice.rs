use crate::error::Place;
use crate::finding::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that two rows give the same seller. The first row is used.
    ///
    /// ## Why is this bad?
    /// It does no harm here. It often shows that two lists were put together, and then some photos may have two sellers.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: remove one of the rows.
    pub LABEL_GIVEN_TWICE = "LBL013", "label-given-twice", Warning, Label, fix None;
}

/// The finding for the later row.
pub(in crate::labels) fn found(place: Place, photo: &str, first_line: u64) -> Finding {
    let message = format!("{photo} has the same label on line {first_line}; this row is not used");
    Finding::new(&LABEL_GIVEN_TWICE, place, message)
}

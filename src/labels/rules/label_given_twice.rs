use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a photo that two rows give the same seller. The first row is used; where it names no sheet and a later one
    /// does, with that sheet.
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

/// The finding for the later row; `sheet` is what the first one had to be told.
pub(in crate::labels) fn found(place: Place, photo: &str, first_line: u64, sheet: Option<&str>) -> Finding {
    let rest = match sheet {
        Some(sheet) => format!("of this row only the sheet \"{sheet}\" is used"),
        None => "this row is not used".to_owned(),
    };
    Finding::new(&LABEL_GIVEN_TWICE, place, format!("{photo} has the same label on line {first_line}; {rest}"))
}

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a seller (or image name) with spaces, tabs, line breaks or invisible characters before or after it. They
    /// are cut off, and the row is kept. In a file of records they stay until they are repaired.
    ///
    /// ## Why is this bad?
    /// With the spaces the same seller would count as two.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0002.jpg, 北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// None needed for a table: the one that is written back has no such spaces. In a file of records `--unsafe-fixes` cuts them off.
    pub LABEL_WITH_OUTER_SPACE = "LBL007", "label-with-outer-space", Warning, Label, fix Unsafe;
}

/// The finding for a text of a row; `column` is where it stands.
pub(in crate::labels) fn found(place: Place, column: &str, text: &str) -> Finding {
    let message = format!("spaces around \"{text}\" were cut off");
    Finding::new(&LABEL_WITH_OUTER_SPACE, place.member(column), message)
}

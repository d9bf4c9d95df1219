use super::short;
use crate::error::Place;
use crate::findings::Finding;
use crate::labels::LabelRow;

crate::rule! {
    /// ## What it does
    /// Reports a photo that two rows give different sellers, or different sheets. None of its rows is used.
    ///
    /// ## Why is this bad?
    /// One of them is wrong, and nothing here says which. With the wrong sheet, photos of one paper can stand on both sides
    /// of the split.
    ///
    /// ## Example
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// vat_0002.jpg,北京字音天下科技有限公司
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller
    /// vat_0002.jpg,北京宇音天下科技有限公司
    /// ```
    ///
    /// ## Fix
    /// By hand: look at the photo and remove the wrong row.
    pub LABELS_DISAGREE = "LBL014", "labels-disagree", Error, Label, fix None;
}

/// The finding for the later row, with what the first one said of the seller.
pub(in crate::labels) fn on_seller(place: Place, photo: &str, seller: &str, first: &LabelRow) -> Finding {
    let message = format!(
        "{photo} is \"{seller}\" here and \"{}\" on line {}; neither is used",
        short(&first.seller),
        first.line
    );
    Finding::new(&LABELS_DISAGREE, place, message)
}

/// The finding for the later row, with the sheet of an earlier one and its line.
pub(in crate::labels) fn on_sheet(place: Place, photo: &str, sheet: &str, (earlier, line): (&str, u64)) -> Finding {
    let message = format!(
        "{photo} shows the sheet \"{sheet}\" here and \"{}\" on line {line}; neither row is used",
        short(earlier)
    );
    Finding::new(&LABELS_DISAGREE, place.member("sheet"), message)
}

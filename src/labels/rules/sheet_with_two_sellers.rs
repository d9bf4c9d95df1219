use super::short;
use crate::error::Place;
use crate::findings::Finding;
use crate::labels::LabelRow;

crate::rule! {
    /// ## What it does
    /// Reports rows of one sheet of paper that name different sellers. The column `sheet` says which rows those are, or, with
    /// `nova-ft audit`, invoice code and number on the photos (on fully digital e-invoices the number alone); then a row whose
    /// label the photo confirms is not reported.
    ///
    /// ## Why is this bad?
    /// A sheet has one seller: at least one of the rows is wrong.
    ///
    /// ## Example
    /// ```csv
    /// image,seller,sheet
    /// 1.jpg,北京宇音天下科技有限公司,a
    /// 2.jpg,北京字音天下科技有限公司,a
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller,sheet
    /// 1.jpg,北京宇音天下科技有限公司,a
    /// 2.jpg,北京宇音天下科技有限公司,a
    /// ```
    ///
    /// ## Fix
    /// By hand: look at the photos.
    pub SHEET_WITH_TWO_SELLERS = "LBL020", "sheet-with-two-sellers", Error, Label, fix None;
}

/// The finding for a row whose sheet another row gave another seller.
pub(crate) fn found(place: Place, sheet: &str, seller: &str, first: &LabelRow) -> Finding {
    let message =
        format!("the sheet \"{sheet}\" has \"{seller}\" here and \"{}\" on line {}", short(&first.seller), first.line);
    Finding::new(&SHEET_WITH_TWO_SELLERS, place, message)
}

use super::short;
use crate::error::Place;
use crate::findings::Finding;
use crate::labels::LabelRow;

crate::rule! {
    /// ## What it does
    /// Reports rows with one taxpayer id of the seller that name different sellers. The id stands in the column `seller_id`,
    /// `taxpayer_id`, `销售方纳税人识别号` or `纳税人识别号`, or, with `nova-ft audit`, on the photos; then a row whose label the photo
    /// confirms is not reported.
    ///
    /// ## Why is this bad?
    /// A taxpayer id belongs to one organisation: at least one of the names is wrong.
    ///
    /// ## Example
    /// ```csv
    /// image,seller,seller_id
    /// 1.jpg,北京宇音天下科技有限公司,91110108685780404T
    /// 2.jpg,北京字音天下科技有限公司,91110108685780404T
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller,seller_id
    /// 1.jpg,北京宇音天下科技有限公司,91110108685780404T
    /// 2.jpg,北京宇音天下科技有限公司,91110108685780404T
    /// ```
    ///
    /// ## Fix
    /// By hand: look at the photos.
    pub TAXPAYER_ID_WITH_TWO_SELLERS = "LBL021", "taxpayer-id-with-two-sellers", Error, Label, fix None;
}

/// The finding for a row whose taxpayer id another row gave another seller.
pub(crate) fn found(place: Place, id: &str, seller: &str, first: &LabelRow) -> Finding {
    let message =
        format!("the taxpayer id {id} has \"{seller}\" here and \"{}\" on line {}", short(&first.seller), first.line);
    Finding::new(&TAXPAYER_ID_WITH_TWO_SELLERS, place, message)
}

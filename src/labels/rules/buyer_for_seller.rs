use crate::error::Place;
use crate::finding::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a label that is the buyer (the column `buyer`, `购买方` or `购买方名称`) instead of the seller.
    ///
    /// ## Why is this bad?
    /// The buyer stands first on the form and is the same on most photos of one office: the usual mistake of a model that was not
    /// tuned. 11 of 50 labels were so in the project that this one replaces.
    ///
    /// ## Example
    /// ```csv
    /// image,seller,buyer
    /// 1.jpg,中国科学院自动化研究所,中国科学院自动化研究所
    /// ```
    ///
    /// ## Use instead
    /// ```csv
    /// image,seller,buyer
    /// 1.jpg,北京宇音天下科技有限公司,中国科学院自动化研究所
    /// ```
    ///
    /// ## Fix
    /// By hand: read the name in the block 销售方.
    pub BUYER_FOR_SELLER = "LBL023", "buyer-for-seller", Error, Label, fix None;
}

/// The finding for such a row.
pub(in crate::labels) fn found(place: Place, seller: &str) -> Finding {
    Finding::new(&BUYER_FOR_SELLER, place, format!("\"{seller}\" is the buyer of this row"))
}

use crate::error::Place;
use crate::findings::Finding;

crate::rule! {
    /// ## What it does
    /// Reports a label that is the buyer instead of the seller: the buyer that the table names (the column `buyer`, `购买方` or
    /// `购买方名称`), or, with `nova-ft audit`, the one that stands on the photo.
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
    /// By hand: read the name in the block 销售方. `nova-ft audit --fix OUT.csv` does it where two independent signals agree.
    pub BUYER_FOR_SELLER = "LBL023", "buyer-for-seller", Error, Label, fix None;
}

/// The finding for such a row.
pub(crate) fn found(place: Place, seller: &str) -> Finding {
    Finding::new(&BUYER_FOR_SELLER, place, format!("\"{seller}\" is the buyer of this row"))
}

/// The finding for a label that is the buyer on its photo.
pub(crate) fn found_on_photo(place: Place, label: &str, seller: &str, evidence: &str) -> Finding {
    let message = format!("\"{label}\" is the buyer on the photo; the seller is \"{seller}\" ({evidence})");
    Finding::new(&BUYER_FOR_SELLER, place, message)
}

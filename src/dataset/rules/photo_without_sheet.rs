crate::rule! {
    /// ## What it does
    /// Tells of a photo whose cell in the column `sheet` is empty while the split goes by sheet.
    ///
    /// ## Why is this bad?
    /// Nobody knows which other photos show the same paper. Such a photo stands alone and never on the validation side, so
    /// that it cannot make the score look better than it is.
    ///
    /// ## Example
    /// `invoice_0009.jpg,上海某某有限公司,`
    ///
    /// ## Use instead
    /// `invoice_0009.jpg,上海某某有限公司,sheet-4`
    ///
    /// ## Fix
    /// By hand.
    pub PHOTO_WITHOUT_SHEET = "SPL005", "photo-without-sheet", Note, Dataset, fix None;
}

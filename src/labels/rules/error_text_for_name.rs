crate::rule! {
    /// ## What it does
    /// Reports a label that is the message of a failure or a stand-in for nothing: `提取失败: …`, `ThrottlingException`, `None`, `N/A`, `未知`.
    ///
    /// ## Why is this bad?
    /// The model learns to answer with it. A script that writes its errors into the column of names makes such labels.
    ///
    /// ## Example
    /// `提取失败: Read timeout on endpoint URL`
    ///
    /// ## Use instead
    /// No row until the seller is known.
    ///
    /// ## Fix
    /// By hand: read the seller off the photo, or remove the row.
    pub ERROR_TEXT_FOR_NAME = "LBL017", "error-text-for-name", Error, Label, fix None;
}

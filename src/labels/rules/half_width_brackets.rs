crate::rule! {
    /// ## What it does
    /// Reports a Chinese name with the brackets of ASCII: `佳作天成(北京)科技有限公司`.
    ///
    /// ## Why is this bad?
    /// Invoices print full-width brackets. The comparison of names folds them, so no score suffers, but with both spellings the
    /// model learns to toss a coin.
    ///
    /// ## Example
    /// `佳作天成(北京)科技有限公司`
    ///
    /// ## Use instead
    /// `佳作天成（北京）科技有限公司`
    ///
    /// ## Fix
    /// In a file of records `--unsafe-fixes` writes the brackets in full width: what the paper prints, nobody but you sees.
    pub HALF_WIDTH_BRACKETS = "LBL019", "half-width-brackets", Warning, Label, fix Unsafe;
}
